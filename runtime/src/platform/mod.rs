//! What a platform must provide, as traits, and which family of implementations is used.
//!
//! `linux` uses system calls for all of it. `portable` provides little but is correct everywhere,
//! and is the starting point for a new platform: a folder of its own with the same types, and two
//! lines below. `modelled` is for loom.
//!
//! Any thread may call these functions, unless stated otherwise.

// The choice of the family, which is made here and nowhere else.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
mod linux;
#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
use linux as family;

#[cfg(loom)]
mod modelled;
#[cfg(loom)]
use modelled as family;

#[cfg(any(
    not(any(target_os = "linux", target_os = "android")),
    heist_portable_driver,
    loom
))]
#[cfg_attr(
    loom,
    allow(dead_code, unused_imports, reason = "models have their own poller")
)]
mod portable;
#[cfg(all(
    any(
        not(any(target_os = "linux", target_os = "android")),
        heist_portable_driver
    ),
    not(loom)
))]
use portable as family;

mod source;
#[allow(dead_code, reason = "only Linux describes its cores by files")]
mod topology;

use crate::readiness::{Interest, Ready};
use std::fmt::Debug;
use std::io;
use std::time::{Duration, Instant};

pub(crate) use family::{AlarmClock, Events, ForkDetector, OwnThread, Poller, ThreadWatch};
pub use source::AsSource;
pub(crate) use source::{RawSource, raw};
#[cfg(all(test, not(loom)))]
pub(crate) use topology::tests::machine;
pub(crate) use topology::{Nearness, Topology};

/// Number of events that one wait returns at most: enough that a burst needs few waits.
#[cfg_attr(loom, allow(dead_code, reason = "models have no events"))]
pub(crate) const MOST_EVENTS: usize = 128;

/// Waits for events. Any thread may call its functions, except `wait` and `poll`, which are only
/// for the leader.
pub(crate) trait Polling: Sized {
    type Events: Batch;

    /// Whether a read that returned less than it could have means that the descriptor is drained.
    /// It does not where the end of a stream, or urgent data, is reported as part of "readable" and
    /// can therefore be overlooked.
    const SHORT_READ_DRAINS: bool;
    /// Number of bits of a key that an event brings back. The four highest keys of that many bits
    /// are no source's, and may be the poller's own.
    const KEY_BITS: u32;

    fn new() -> io::Result<Self>;

    /// Watches a descriptor for `watched`, and for its end and errors: permanently where the poller
    /// is edge-triggered, else from each `rearm` to the next event.
    ///
    /// # Safety
    ///
    /// The descriptor must stay open until it is deregistered.
    unsafe fn register(&self, raw: RawSource, key: u64, watched: Interest) -> io::Result<()>;

    /// # Safety
    ///
    /// As for [`register`](Self::register).
    unsafe fn deregister(&self, raw: RawSource) -> io::Result<()>;

    /// Returns whether the source must be rearmed each time a task waits.
    #[inline]
    fn needs_rearm(&self) -> bool {
        false
    }

    /// Requests the next events, if that is needed.
    ///
    /// # Safety
    ///
    /// As for [`register`](Self::register).
    unsafe fn rearm(
        &self,
        _raw: RawSource,
        _key: u64,
        _read: bool,
        _write: bool,
    ) -> io::Result<()> {
        Ok(())
    }

    /// Ends the leader's wait, or makes its next one return at once.
    fn wake(&self) -> io::Result<()>;

    /// Blocks until there are events, or the deadline has passed.
    fn wait(&self, events: &mut Self::Events, deadline: Option<Instant>) -> io::Result<()>;

    /// Takes events that are ready: up to `most`, where the platform can bound them.
    fn poll(&self, events: &mut Self::Events, most: usize) -> io::Result<()>;
}

/// The leader's data: the events of its last wait.
pub(crate) trait Batch {
    fn new() -> Self;

    fn clear(&mut self);

    /// Returns the sources' events: key and readiness.
    fn iter(&self) -> impl Iterator<Item = (u64, Ready)>;
}

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
    /// Whether [`waits`](Self::waits) knows, but for lack of a descriptor or of permission.
    const KNOWS_WAITS: bool;

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

    /// Returns the CPU time that the whole process has used, if it is known. Only of use unless
    /// [`KNOWS_WAITS`](Self::KNOWS_WAITS).
    fn process_time() -> Option<Duration> {
        None
    }
}

/// The process that a runtime was started in. A child forked from it has the memory and the
/// descriptors, including the poller, but none of the threads.
pub(crate) trait ForkDetecting {
    fn new() -> Self;

    /// Returns whether this is such a child, as far as is known.
    fn is_forked_child(&self) -> bool;
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
    fn each_core(cores: &Self::Cores) -> Vec<Self::Cores>;

    /// Returns the number of the core that this thread runs on, if the system tells.
    fn core() -> Option<usize>;

    /// Returns how near the cores of these numbers are to each other, as far as the system tells.
    fn topology() -> Topology;

    /// Binds this thread to these cores. If it is no longer allowed to use any of them, nothing
    /// changes.
    fn set_affinity(cores: &Self::Cores);
}
