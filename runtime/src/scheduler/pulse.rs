//! The data that a worker publishes about itself. All of it is atomic, written by the worker's own
//! thread only, and never waited for.
//!
//! Invariant: the count of polls changes before each poll, and the worker records after a long poll
//! that it has returned from it. So a worker whose count stands still, and that has not recorded a
//! return, is in a poll.

use super::counters::Counters;
use crate::platform::{OwnThread, Setting};
// Not loom's: no protocol depends on them.
use std::sync::atomic::{
    AtomicI32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};
use std::time::{Duration, Instant};

pub(crate) struct Pulse {
    /// Counts polls, and returns from blocking in place.
    polls: AtomicU64,
    /// The registry key of the task that the worker polls, or has polled last: clearing it after
    /// each poll would cost as much again. So a key is meaningful only while the task that is
    /// registered under it is being polled.
    polled: AtomicU64,
    /// When the worker last recorded that it was outside a poll, in nanoseconds since `start`, and
    /// the count of the poll that it had returned from. Stored in this order.
    returned_at: AtomicU64,
    returned_from: AtomicU64,
    start: Instant,
    /// The system's id of the worker's thread, or [`NO_THREAD`].
    thread: AtomicI32,
    pub(crate) counters: Counters,
}

/// The worker has not had a running thread yet. Not 0, which is the id on platforms that have no
/// thread ids.
const NO_THREAD: i32 = -1;

/// Keys under which no task is registered.
const NOTHING: u64 = u64::MAX;
const PINNED: u64 = u64::MAX - 1;

/// What a worker polls, by registry key. After that task has ended, another one may have the same
/// key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Polled {
    Nothing,
    /// A task in the runtime's registry.
    Task(u64),
    /// One of the worker's pinned tasks, which have a registry of their own.
    Pinned,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self {
            polls: AtomicU64::new(0),
            polled: AtomicU64::new(NOTHING),
            returned_at: AtomicU64::new(0),
            returned_from: AtomicU64::new(0),
            start: Instant::now(),
            thread: AtomicI32::new(NO_THREAD),
            counters: Counters::default(),
        }
    }

    // Called by the worker.

    /// Must be called by the worker's thread when it starts, before any user code.
    pub(super) fn adopt_current_thread(&self) {
        self.thread.store(OwnThread::id(), Relaxed);
    }

    #[inline]
    pub(super) fn set_polls(&self, polls: u64) {
        self.polls.store(polls, Relaxed);
    }

    /// Records that the worker is about to poll the task of this registry key.
    #[inline]
    pub(super) fn set_polled(&self, key: u64) {
        self.polled.store(key, Relaxed);
    }

    pub(super) fn set_polls_pinned(&self) {
        self.polled.store(PINNED, Relaxed);
    }

    pub(super) fn set_polls_nothing(&self) {
        self.polled.store(NOTHING, Relaxed);
    }

    /// Records that the worker is outside a poll at this time, or blocks in place within one.
    #[inline]
    pub(super) fn set_returned(&self, now: Instant) {
        let nanos = now.saturating_duration_since(self.start).as_nanos();
        self.returned_at.store(nanos as u64, Relaxed);
        // Release: a thread that reads this sees the time.
        self.returned_from.store(self.polls(), Release);
    }

    // Called by other threads.

    pub(crate) fn polls(&self) -> u64 {
        self.polls.load(Relaxed)
    }

    pub(crate) fn polled(&self) -> Polled {
        match self.polled.load(Relaxed) {
            NOTHING => Polled::Nothing,
            PINNED => Polled::Pinned,
            key => Polled::Task(key),
        }
    }

    /// Returns when the worker had returned from the poll of this count, as far as it has recorded
    /// that.
    pub(crate) fn returned_from(&self, poll: u64) -> Option<Instant> {
        let from = self.returned_from.load(Acquire);
        let returned_at = || self.start + Duration::from_nanos(self.returned_at.load(Relaxed));
        (from == poll || self.polls() != poll).then(returned_at)
    }

    /// Returns the system's id of the worker's thread, if that has run.
    pub(crate) fn thread(&self) -> Option<i32> {
        Some(self.thread.load(Relaxed)).filter(|&thread| thread != NO_THREAD)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Otherwise the watchdog would take each of the thread's stalls for a wait for its core.
    #[test]
    fn a_thread_without_a_system_id_counts_as_started() {
        let pulse = Pulse::new();
        assert_eq!(pulse.thread(), None);
        pulse.thread.store(0, Relaxed);
        assert_eq!(pulse.thread(), Some(0));
        pulse.adopt_current_thread();
        assert_eq!(pulse.thread(), Some(OwnThread::id()));
    }
}
