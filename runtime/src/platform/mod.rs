//! What a platform must provide beside a poller (`poller/backend/`), and which of them this is.
//!
//! `linux` asks the system for all of it. `portable` knows little, is right everywhere, and is what
//! a new platform starts from: a folder of its own with these four types, and a line below.
//!
//! Any thread may call these, unless it is said otherwise.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[cfg_attr(
    any(heist_portable_driver, loom),
    allow(dead_code, unused_imports, reason = "the alarm is the portable one")
)]
mod linux;
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    allow(dead_code, unused_imports, reason = "one of them is used, by models")
)]
mod portable;

use std::fmt::Debug;
use std::io;
use std::time::Duration;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) use linux::{Home, OwnThread, ThreadWatch};
#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) use portable::{Home, OwnThread, ThreadWatch};

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
pub(crate) use linux::AlarmClock;
#[cfg(not(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
)))]
pub(crate) use portable::AlarmClock;

/// The clock behind the watchdog's alarm: one that any thread may set, and set later again.
///
/// A system that keeps the time itself spares the watchdog a wake-up for each alarm that is put
/// off.
///
/// Invariant: a wait ends no later than the clock was last set to ring.
pub(crate) trait Alarming: Send + Sync + Sized {
    fn new() -> io::Result<Self>;

    /// Has it ring after so long, in place of whenever it would have. It does not wait.
    fn set(&self, after: Duration);

    /// Sleeps until it rings, if it has not rung already. One thread at a time.
    fn wait(&self);

    /// As [`wait`](Self::wait), but for so long at most: as to set the clock and wait, for one who
    /// would not have it set later.
    fn wait_at_most(&self, time: Duration);
}

/// What a worker's thread is doing: a worker that makes no progress because its core is busy with
/// others is not stalled, and a spare one would only add to that. The watchdog's alone.
pub(crate) trait Watching: Default + Send {
    /// The worker on the thread of this [id](Setting::id) has made progress. At each check of which
    /// that is so.
    fn note_progress(&mut self, thread: i32);

    /// The CPU time that the thread has used since, if that can be told.
    fn computed(&self) -> Option<Duration>;

    /// Whether the thread waits for something, and not just for a core or for a debugger, if that
    /// can be told.
    fn waits(&mut self) -> Option<bool>;

    /// Keeps no descriptor open until the thread is looked at again.
    fn close(&mut self);
}

/// The process that a runtime was started in. A child that is forked from it has the memory and the
/// descriptors, its poller among them, and none of the threads.
pub(crate) trait Belonging {
    fn here() -> Self;

    /// Whether this is such a child, as far as is known.
    fn is_left(&self) -> bool;
}

/// What a thread asks and sets for itself.
pub(crate) trait Setting {
    /// A set of cores.
    type Cores: Clone + Debug + Send + Sync + 'static;

    /// What [`Watching`] knows the thread by; 0 where it knows none.
    fn id() -> i32;

    /// Has the system end this thread's sleeps in time, or as late as it likes to, so as to end
    /// several at once.
    fn sleep_precisely(yes: bool);

    /// The cores that this thread may use.
    ///
    /// # Errors
    ///
    /// The system's, or that it does not tell.
    fn cores() -> io::Result<Self::Cores>;

    /// Each of the cores by itself.
    fn each(cores: &Self::Cores) -> Vec<Self::Cores>;

    /// Binds this thread to these cores. Should it no longer be allowed to use any of them, it goes
    /// on as before.
    fn run_on(cores: &Self::Cores);
}
