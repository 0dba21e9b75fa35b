//! How the leader waits. `portable` uses `polling` on every system that has it, `epoll` is specific
//! to Linux, and `modelled` is for loom. A platform with its own way to wait adds a file here, with
//! these two types and two constants.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
mod epoll;
#[cfg(loom)]
mod modelled;
#[cfg(not(any(
    loom,
    all(
        any(target_os = "linux", target_os = "android"),
        not(heist_portable_driver)
    )
)))]
mod portable;

use super::key::Key;
use super::{Interest, RawSource, Ready};
use std::io;
use std::time::Instant;

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(any(heist_portable_driver, loom))
))]
use epoll as system;
#[cfg(loom)]
use modelled as system;
#[cfg(not(any(
    loom,
    all(
        any(target_os = "linux", target_os = "android"),
        not(heist_portable_driver)
    )
)))]
use portable as system;

pub(super) use system::{Events, Poller};

/// Whether a read that returned less than it could have means that the descriptor is drained. It
/// does not where the end of a stream, or urgent data, is reported as part of "readable" and can
/// therefore be overlooked.
pub(super) const SHORT_READ_DRAINS: bool = Poller::SHORT_READ_DRAINS;

/// Waits for events. Any thread may call its functions, except `wait` and `poll`, which are only
/// for the leader.
pub(super) trait Polling: Sized {
    type Events: Batch;

    const SHORT_READ_DRAINS: bool;
    /// Number of bits of a key that an event brings back.
    const KEY_BITS: u32;

    fn new() -> io::Result<Self>;

    /// Watches a descriptor for `watched`, and for its end and errors: permanently where the poller
    /// is edge-triggered, else from each `rearm` to the next event.
    ///
    /// # Safety
    ///
    /// The descriptor must stay open until it is deregistered.
    unsafe fn register(&self, raw: RawSource, key: Key, watched: Interest) -> io::Result<()>;

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
        _key: Key,
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
pub(super) trait Batch {
    fn new() -> Self;

    fn clear(&mut self);

    /// Returns the sources' events: key and readiness.
    fn iter(&self) -> impl Iterator<Item = (Key, Ready)>;
}
