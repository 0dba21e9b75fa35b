//! Armed timers: one shard per worker, and one for all other threads.
//!
//! A worker arms timers in its own shard and looks after it: it sleeps no longer
//! than the shard's next deadline. The driver thread looks after the shards of
//! workers that are stuck. A `Sleep` keeps the shard it was armed in.
//!
//! Invariant: `next` is no later than the earliest deadline in the wheel, except
//! while the lock is held.

use super::clock::{self, Clock, NEVER};
use super::entry::Entry;
use super::wheel::Wheel;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicU64, Ordering::Relaxed};
use crate::waking::GuardedWaker;
use std::pin::Pin;
use std::time::Instant;

/// On lines of its own: its worker writes here with each timer.
#[repr(align(128))]
pub(crate) struct TimerShard {
    /// The earliest deadline, or earlier, on the scale of `clock`.
    ///
    /// Relaxed: its worker both writes and reads it. For the shard that several
    /// threads share, fences order it; see `Driver::timer_moved_up`.
    next: AtomicU64,
    clock: Clock,
    wheel: Mutex<Wheel>,
}

impl TimerShard {
    pub(crate) fn new(clock: Clock) -> Self {
        Self {
            next: AtomicU64::new(NEVER),
            clock,
            wheel: Mutex::new(Wheel::new()),
        }
    }

    /// Arms a timer. `true`: it is now the earliest of the shard.
    ///
    /// # Safety
    ///
    /// The caller owns the entry, it is not linked, and it will be disarmed here
    /// before it is dropped.
    pub(super) unsafe fn arm(&self, entry: Pin<&Entry>, waker: GuardedWaker) -> bool {
        // SAFETY: not linked, by the contract.
        unsafe { entry.put_waker(waker) };
        let mut wheel = self.wheel.lock();
        // SAFETY: by the contract; pinned, so it stays where it is.
        unsafe { wheel.insert(entry.address()) };
        self.lower_next(entry.deadline())
    }

    /// Disarms a timer. Gives its waker, if it has not fired.
    ///
    /// # Safety
    ///
    /// If the entry is linked, then in this shard.
    pub(super) unsafe fn disarm(&self, entry: Pin<&Entry>) -> Option<GuardedWaker> {
        let mut wheel = self.wheel.lock();
        if !entry.is_linked() {
            return None;
        }
        // SAFETY: linked here, by the contract.
        let waker = unsafe { wheel.remove(entry.address()) };
        if wheel.is_empty() {
            // Otherwise it is put right when it is reached: that costs a wake-up now
            // and then, this would cost a search each time.
            self.next.store(NEVER, Relaxed);
        }
        Some(waker)
    }

    /// Moves an armed timer to an earlier time. `None`: it has fired. Otherwise whether
    /// it is now the earliest of the shard.
    ///
    /// # Safety
    ///
    /// If the entry is linked, then in this shard.
    pub(super) unsafe fn move_up(&self, entry: Pin<&Entry>, deadline: u64) -> Option<bool> {
        let mut wheel = self.wheel.lock();
        if !entry.is_linked() {
            return None;
        }
        // SAFETY: linked here, by the contract.
        unsafe { wheel.relink(entry.address(), deadline) };
        Some(self.lower_next(deadline))
    }

    /// After a timer was linked, under the lock. `true`: it is now the earliest.
    fn lower_next(&self, deadline: u64) -> bool {
        let earliest = deadline < self.next.load(Relaxed);
        if earliest {
            self.next.store(deadline, Relaxed);
        }
        earliest
    }

    /// When the system's clock shows the earliest deadline. It may be too early.
    pub(crate) fn next(&self) -> Option<Instant> {
        clock::instant(self.next.load(Relaxed)).and_then(|next| self.clock.when(next))
    }

    /// Takes out the timers that are due when the system's clock shows `now`, to be
    /// woken by the caller.
    pub(crate) fn take_due(&self, now: Instant, due: &mut Vec<GuardedWaker>) {
        if self.next.load(Relaxed) == NEVER {
            return;
        }
        self.take_due_at(clock::nanos(self.clock.at(now)), due);
    }

    /// As [`take_due`](Self::take_due), by this shard's own clock.
    pub(super) fn take_due_at(&self, now: u64, due: &mut Vec<GuardedWaker>) {
        if self.next.load(Relaxed) > now {
            return;
        }
        let mut wheel = self.wheel.lock();
        wheel.expire(now, due);
        self.next.store(wheel.next(), Relaxed);
    }

    /// The runtime ends: wakes everybody, whether due or not.
    pub(crate) fn close(&self, due: &mut Vec<GuardedWaker>) {
        let mut wheel = self.wheel.lock();
        wheel.clear(due);
        self.next.store(NEVER, Relaxed);
    }

    /// The exact earliest deadline.
    #[cfg(feature = "test-util")]
    pub(crate) fn earliest(&self) -> Option<Instant> {
        self.wheel.lock().earliest_of_all().and_then(clock::instant)
    }
}
