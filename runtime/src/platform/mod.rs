//! What a platform must provide besides a poller (`poller/backend/`), and which implementation is
//! used.
//!
//! `linux` uses system calls for all of it. `portable` provides little but is correct everywhere,
//! and is the starting point for a new platform: a folder of its own with these four types, and a
//! line below.
//!
//! Any thread may call these functions, unless stated otherwise.

#[cfg(any(target_os = "linux", target_os = "android"))]
#[cfg_attr(
    any(heist_portable_driver, loom),
    allow(
        dead_code,
        unused_imports,
        reason = "the portable alarm is used instead"
    )
)]
mod linux;
#[cfg_attr(
    any(target_os = "linux", target_os = "android"),
    allow(
        dead_code,
        unused_imports,
        reason = "only its alarm is used, by models"
    )
)]
mod portable;
#[cfg_attr(
    not(any(target_os = "linux", target_os = "android")),
    allow(dead_code, reason = "read from Linux's files only")
)]
mod topology;

use std::fmt::Debug;
use std::io;
use std::time::Duration;

#[cfg(all(test, not(loom)))]
pub(crate) use topology::tests::machine;
pub(crate) use topology::{Nearness, Topology};

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

/// The clock behind the watchdog's alarm, which any thread may set, and set to a later time again.
///
/// With a timer of the system's, the watchdog does not wake up for alarms that have been put off.
///
/// Invariant: a wait ends no later than the time that the clock was last set to.
pub(crate) trait Alarming: Send + Sync + Sized {
    fn new() -> io::Result<Self>;

    /// Sets the alarm to this time from now, in place of the previous time. Does not block.
    fn set(&self, after: Duration);

    /// Sleeps until the alarm rings, unless it has already rung. Only one thread may wait at a
    /// time.
    fn wait(&self);

    /// Like [`wait`](Self::wait), with a time limit. Like setting the clock and waiting, except
    /// that others cannot put it off.
    fn wait_at_most(&self, time: Duration);
}

/// Observes what a worker's thread is doing. A worker that makes no progress because its core is
/// busy with other threads is not stalled, and a spare worker would only add to the load. Only used
/// by the watchdog.
pub(crate) trait Watching: Default + Send {
    /// Records that the worker on the thread with this [id](Setting::id) has made progress. To be
    /// called at each check at which it has.
    fn note_progress(&mut self, thread: i32);

    /// Returns the CPU time that the thread has used since, if it is known.
    fn computed(&self) -> Option<Duration>;

    /// Returns whether the thread waits for something other than a core or a debugger, if it is
    /// known.
    fn waits(&mut self) -> Option<bool>;

    /// Closes any open descriptor until the thread is observed again.
    fn close(&mut self);
}

/// The process that a runtime was started in. A child forked from it has the memory and the
/// descriptors, including the poller, but none of the threads.
pub(crate) trait Belonging {
    fn here() -> Self;

    /// Returns whether this is such a child, as far as is known.
    fn is_left(&self) -> bool;
}

/// What a thread can query and set for itself.
pub(crate) trait Setting {
    /// A set of cores.
    type Cores: Clone + Debug + Send + Sync + 'static;

    /// Returns the id that [`Watching`] takes, or 0 where there is none.
    fn id() -> i32;

    /// Sets whether the system must end this thread's sleeps on time, or may end them late in order
    /// to end several at once.
    fn sleep_precisely(yes: bool);

    /// Returns the cores that this thread may use.
    ///
    /// # Errors
    ///
    /// Returns the system's error, or an error if the platform does not report the cores.
    fn cores() -> io::Result<Self::Cores>;

    /// Returns each of the cores as a set of its own.
    fn each(cores: &Self::Cores) -> Vec<Self::Cores>;

    /// Returns the number of the core that this thread runs on, if the system tells.
    fn core() -> Option<usize>;

    /// Returns how near the cores of these numbers are to each other, as far as the system tells.
    fn topology() -> Topology;

    /// Binds this thread to these cores. If it is no longer allowed to use any of them, nothing
    /// changes.
    fn run_on(cores: &Self::Cores);
}
