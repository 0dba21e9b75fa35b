//! Armed timers: one shard per worker, and one for all other threads.
//!
//! A worker arms timers in its own shard and serves it: it sleeps no longer than the shard's next
//! deadline. The watchdog serves the shards of stalled workers. A `Sleep` keeps the shard in which
//! it was armed, which may therefore outlive the runtime; `late` serves it then.
//!
//! Invariant: `next` is no later than the earliest deadline in the wheel, except
//! while the lock is held.

use super::clock::{self, Clock, NEVER};
use super::entry::Entry;
use super::late;
use super::wheel::Wheel;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::sync::{Mutex, Rank};
use crate::waking::{GuardedWaker, wake_all};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Instant;

/// Aligned to avoid false sharing: its worker writes here with each timer.
#[repr(align(128))]
pub(crate) struct TimerShard {
    /// A lower bound of the earliest deadline, on the scale of `clock`.
    ///
    /// Relaxed: a worker both writes and reads its own. For the shard that several threads share,
    /// fences order it; see `Driver::timer_moved_up`.
    next: AtomicU64,
    clock: Clock,
    timers: Mutex<Timers>,
}

struct Timers {
    wheel: Wheel,
    /// The runtime may not serve the shard any more: a thread that arms a timer must have it
    /// served.
    is_late: bool,
}

/// The effect of arming a timer or moving it up.
#[derive(Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Armed {
    Nothing,
    /// The timer is now the earliest of the shard.
    Earliest,
    /// The shard has outlived its runtime.
    Late,
}

impl TimerShard {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            next: AtomicU64::new(NEVER),
            clock,
            timers: Mutex::ranked(
                Rank::Last,
                Timers {
                    wheel: Wheel::new(),
                    is_late: false,
                },
            ),
        }
    }

    /// Arms a timer.
    ///
    /// # Safety
    ///
    /// The caller must own the entry, which must not be linked and must be disarmed here before it
    /// is dropped.
    pub(crate) unsafe fn arm(&self, entry: Pin<&Entry>, waker: GuardedWaker) -> Armed {
        // SAFETY: not linked, by the contract.
        unsafe { entry.put_waker(waker) };
        let mut timers = self.timers.lock();
        // SAFETY: by the contract; pinned, so it stays where it is.
        unsafe { timers.wheel.insert(entry.address()) };
        self.lower_next(&timers, entry.deadline())
    }

    /// Disarms a timer. Returns its waker, unless the timer has fired.
    ///
    /// # Safety
    ///
    /// If the entry is linked, it must be in this shard.
    pub(crate) unsafe fn disarm(&self, entry: Pin<&Entry>) -> Option<GuardedWaker> {
        let mut timers = self.timers.lock();
        if !entry.is_linked() {
            return None;
        }
        // SAFETY: linked here, by the contract.
        let waker = unsafe { timers.wheel.remove(entry.address()) };
        if timers.wheel.is_empty() {
            // Otherwise `next` is corrected when it is reached: that costs an occasional wake-up,
            // whereas correcting it here would cost a search each time.
            self.next.store(NEVER, Relaxed);
            if timers.is_late {
                drop(timers);
                late::notify_emptied();
            }
        }
        Some(waker)
    }

    /// Moves an armed timer to an earlier time. Returns `None` if it has fired.
    ///
    /// # Safety
    ///
    /// If the entry is linked, it must be in this shard.
    pub(crate) unsafe fn move_up(&self, entry: Pin<&Entry>, deadline: u64) -> Option<Armed> {
        let mut timers = self.timers.lock();
        if !entry.is_linked() {
            return None;
        }
        // SAFETY: linked here, by the contract.
        unsafe { timers.wheel.relink(entry.address(), deadline) };
        Some(self.lower_next(&timers, deadline))
    }

    /// Lowers `next` after a timer was linked. To be called under the lock.
    fn lower_next(&self, timers: &Timers, deadline: u64) -> Armed {
        let earliest = deadline < self.next.load(Relaxed);
        if earliest {
            self.next.store(deadline, Relaxed);
        }
        match (timers.is_late, earliest) {
            (true, _) => Armed::Late,
            (false, true) => Armed::Earliest,
            (false, false) => Armed::Nothing,
        }
    }

    /// Returns when the system's clock will show the earliest deadline. The result may be too
    /// early.
    pub(crate) fn next(&self) -> Option<Instant> {
        clock::instant(self.next.load(Relaxed)).and_then(|next| self.clock.when(next))
    }

    /// Takes out the timers that are due when the system's clock shows `now`. The caller must wake
    /// them.
    pub(crate) fn take_due(&self, now: Instant, due: &mut Vec<GuardedWaker>) {
        if self.next.load(Relaxed) == NEVER {
            return;
        }
        self.take_due_at(clock::nanos(self.clock.at(now)), due);
    }

    /// Like [`take_due`](Self::take_due), with a time of this shard's own clock.
    pub(super) fn take_due_at(&self, now: u64, due: &mut Vec<GuardedWaker>) {
        if self.next.load(Relaxed) > now {
            return;
        }
        let mut timers = self.timers.lock();
        timers.wheel.expire(now, due);
        self.next.store(timers.wheel.next(), Relaxed);
    }

    /// Called when the runtime shuts down: from now on, a thread that arms a timer must have the
    /// shard served.
    pub(crate) fn become_late(&self) {
        self.timers.lock().is_late = true;
    }

    /// Hands the shard to `late`, since no thread of the runtime serves it any more.
    pub(crate) fn outlive_runtime(self: &Arc<Self>) {
        let mut timers = self.timers.lock();
        timers.is_late = true;
        let is_empty = timers.wheel.is_empty();
        drop(timers);
        // If no thread can be started, all waiting tasks are woken, and try again when they arm
        // their timers anew.
        if !is_empty && !late::ensure_served(self) {
            let mut all = Vec::new();
            let mut timers = self.timers.lock();
            timers.wheel.clear(&mut all);
            self.next.store(NEVER, Relaxed);
            drop(timers);
            wake_all(all);
        }
    }

    /// Lets a paused clock jump to the earliest deadline, since nothing of an ended runtime does
    /// anything but wait.
    #[cfg(feature = "test-util")]
    pub(super) fn advance_paused_clock(&self) {
        if self.clock.is_paused() {
            if let Some(earliest) = self.earliest() {
                self.clock.advance_late_to(earliest);
            }
        }
    }

    /// Returns the exact earliest deadline.
    #[cfg(feature = "test-util")]
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.timers
            .lock()
            .wheel
            .earliest_of_all()
            .and_then(clock::instant)
    }
}
