//! The task state word: life-cycle bits and the reference count, in one atomic.
//!
//! Every thread that holds a reference may change it; each method here is one transition of the
//! protocol in `PROTOCOL.md` in this directory.
//!
//! Invariant: the thread that moves the word from "neither RUNNING nor COMPLETE" to RUNNING owns
//! the future until it clears RUNNING; no other thread accesses it.

use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};

/// One thread, which set this bit, is polling or dropping the future.
const RUNNING: usize = 1;
/// The future is gone; the output (or its absence) is final. Never cleared.
const COMPLETE: usize = 1 << 1;
/// A run-queue entry exists, or the thread that polls the task will make one after the poll.
const SCHEDULED: usize = 1 << 2;
/// The `JoinHandle` is alive. Set at birth, cleared once.
const JOIN_INTEREST: usize = 1 << 3;
/// The join waker slot is filled. While the bit is clear, the `JoinHandle` owns the slot; while it
/// is set, the completing thread may read it.
const JOIN_WAKER: usize = 1 << 4;
/// Drop the future instead of polling it again.
const CANCELLED: usize = 1 << 5;

const REF_ONE: usize = 1 << 6;
/// Only leaking wakers in a loop can raise the count this high. Beyond it the count could overflow
/// into a use after free, so the process aborts, as with `Arc`.
const REF_LIMIT: usize = usize::MAX / 2;

/// What the caller of [`State::start_poll`] has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum StartPoll {
    /// Poll the future.
    Poll,
    /// Drop the future: the task was aborted.
    Cancel,
    /// The entry was stale; its reference is already given up.
    Stale,
    /// Like `Stale`, and it was the last reference: deallocate.
    StaleLast,
}

/// What the caller of [`State::finish_poll`] has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FinishPoll {
    /// Nothing: the task waits for a wake. The entry's reference is given up.
    Wait,
    /// Like `Wait`, and it was the last reference: nothing can wake the task any more.
    WaitLast,
    /// Woken while it ran: queue it again, with the reference that the caller holds.
    Reschedule,
    /// Aborted while it ran: drop the future. RUNNING is still set.
    Cancel,
}

/// What a thread that woke the task by value has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wake {
    /// Nothing; the waker's reference is given up.
    Nothing,
    /// Queue the task; the waker's reference has become the queue entry's.
    Schedule,
    /// Nothing to wake, and the waker held the last reference: deallocate.
    Dealloc,
}

/// What the thread that dropped the `JoinHandle` has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JoinDropped {
    /// Nothing; the handle's reference is given up.
    Detached,
    /// Like `Detached`, and it was the last reference: deallocate.
    Last,
    /// Clear the waker slot, then give up the handle's reference.
    ClearSlot,
    /// The task is complete, and nothing has changed: drop its output first.
    Complete,
}

/// What a task is doing, as reported to observers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting,
    Scheduled,
    /// Its future is being polled or dropped.
    Running,
    Complete,
}

/// A value of the word.
#[derive(Clone, Copy)]
pub(super) struct Snapshot(usize);

impl Snapshot {
    #[inline]
    pub(super) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    #[inline]
    pub(super) fn has_join_interest(self) -> bool {
        self.0 & JOIN_INTEREST != 0
    }

    #[inline]
    pub(super) fn has_join_waker(self) -> bool {
        self.0 & JOIN_WAKER != 0
    }

    pub(super) fn phase(self) -> Phase {
        if self.is_complete() {
            Phase::Complete
        } else if self.0 & RUNNING != 0 {
            Phase::Running
        } else if self.0 & SCHEDULED != 0 {
            Phase::Scheduled
        } else {
            Phase::Waiting
        }
    }

    fn is_idle(self) -> bool {
        self.0 & (RUNNING | COMPLETE) == 0
    }

    fn refs(self) -> usize {
        self.0 / REF_ONE
    }
}

pub(super) struct State(AtomicUsize);

impl State {
    /// Creates the word of a task with its first queue entry, its `JoinHandle`, and `owners`
    /// further references (the registry's, for tasks that are registered).
    pub(super) fn new(owners: usize) -> Self {
        Self(AtomicUsize::new(
            SCHEDULED | JOIN_INTEREST | ((2 + owners) * REF_ONE),
        ))
    }

    /// Reads the word. Acquire: a thread that sees COMPLETE reads the output written before it.
    #[inline]
    pub(super) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(Acquire))
    }

    /// Takes the task to poll it, on behalf of the consumer of a queue entry.
    ///
    /// Acquire: sees what the previous poll left in the future.
    #[inline]
    pub(super) fn start_poll(&self) -> StartPoll {
        // The usual case is tried first by itself, so that the caller need not distinguish the
        // outcomes.
        let now = self.0.load(Relaxed);
        let is_plain = now & (RUNNING | COMPLETE | CANCELLED) == 0;
        if is_plain && self.replace(now, (now | RUNNING) & !SCHEDULED).is_ok() {
            return StartPoll::Poll;
        }
        self.start_rare_poll()
    }

    #[cold]
    fn start_rare_poll(&self) -> StartPoll {
        self.update(|now| {
            debug_assert!(now & SCHEDULED != 0, "a queue entry without SCHEDULED");
            if Snapshot(now).is_idle() {
                let outcome = if now & CANCELLED != 0 {
                    StartPoll::Cancel
                } else {
                    StartPoll::Poll
                };
                (outcome, Some((now | RUNNING) & !SCHEDULED))
            } else {
                // Shutdown claimed the task while its entry was still queued.
                let next = now - REF_ONE;
                let outcome = if Snapshot(next).refs() == 0 {
                    StartPoll::StaleLast
                } else {
                    StartPoll::Stale
                };
                (outcome, Some(next))
            }
        })
    }

    /// Returns the pending future after a poll.
    ///
    /// Release: the next poll sees what this one left in the future.
    #[inline]
    pub(super) fn finish_poll(&self) -> FinishPoll {
        // The usual case first, as in `start_poll`: nothing has changed during the poll, and a
        // waker is left.
        let now = self.0.load(Relaxed);
        let is_plain = now & (CANCELLED | SCHEDULED) == 0 && Snapshot(now).refs() > 1;
        if is_plain && self.replace(now, (now & !RUNNING) - REF_ONE).is_ok() {
            return FinishPoll::Wait;
        }
        self.finish_rare_poll()
    }

    #[cold]
    fn finish_rare_poll(&self) -> FinishPoll {
        self.update(|now| {
            debug_assert!(now & RUNNING != 0);
            if now & CANCELLED != 0 {
                return (FinishPoll::Cancel, None);
            }
            let next = now & !RUNNING;
            if now & SCHEDULED != 0 {
                return (FinishPoll::Reschedule, Some(next));
            }
            let next = next - REF_ONE;
            let outcome = if Snapshot(next).refs() == 0 {
                FinishPoll::WaitLast
            } else {
                FinishPoll::Wait
            };
            (outcome, Some(next))
        })
    }

    /// Like [`finish_poll`](Self::finish_poll), for a task that has woken itself: one transition in
    /// place of a wake and a finish. Never returns `Wait`.
    #[inline]
    pub(super) fn finish_poll_and_wake(&self) -> FinishPoll {
        self.update(|now| {
            debug_assert!(now & RUNNING != 0);
            if now & CANCELLED != 0 {
                (FinishPoll::Cancel, None)
            } else {
                (FinishPoll::Reschedule, Some((now & !RUNNING) | SCHEDULED))
            }
        })
    }

    /// Publishes the output. Returns the new word.
    ///
    /// Release publishes the output to the joiner; Acquire sees the joiner's waker.
    #[inline]
    pub(super) fn complete(&self) -> Snapshot {
        let before = self.0.fetch_xor(RUNNING | COMPLETE, AcqRel);
        debug_assert!(before & RUNNING != 0 && before & COMPLETE == 0);
        Snapshot(before ^ (RUNNING | COMPLETE))
    }

    /// Wakes the task by a waker that is used up.
    #[inline]
    pub(super) fn wake_by_value(&self) -> Wake {
        // The usual case first, as in `start_poll`: the task waits.
        let now = self.0.load(Relaxed);
        let is_plain = now & (RUNNING | COMPLETE | SCHEDULED) == 0;
        if is_plain && self.replace(now, now | SCHEDULED).is_ok() {
            return Wake::Schedule;
        }
        self.rare_wake_by_value()
    }

    #[cold]
    fn rare_wake_by_value(&self) -> Wake {
        self.update(|now| {
            if now & RUNNING != 0 {
                // The polling thread will see SCHEDULED and queue the task itself, with its own
                // reference, so ours cannot be the last.
                (Wake::Nothing, Some((now | SCHEDULED) - REF_ONE))
            } else if now & (COMPLETE | SCHEDULED) != 0 {
                let next = now - REF_ONE;
                let outcome = if Snapshot(next).refs() == 0 {
                    Wake::Dealloc
                } else {
                    Wake::Nothing
                };
                (outcome, Some(next))
            } else {
                (Wake::Schedule, Some(now | SCHEDULED))
            }
        })
    }

    /// Wakes the task by a waker that is kept. Returns `true` if the caller must queue the task,
    /// with a new reference.
    #[inline]
    pub(super) fn wake_by_ref(&self) -> bool {
        self.update(|now| {
            if now & (COMPLETE | SCHEDULED) != 0 {
                // Still a release operation (see `update`): the thread that runs the queued entry
                // must see what was written before this wake.
                (false, Some(now))
            } else if now & RUNNING != 0 {
                (false, Some(now | SCHEDULED))
            } else {
                (true, Some((now | SCHEDULED) + REF_ONE))
            }
        })
    }

    /// Marks the task aborted. Returns `true` if the caller must queue it, with a new reference, so
    /// that a worker drops the future.
    pub(super) fn abort(&self) -> bool {
        self.update(|now| {
            if now & (COMPLETE | CANCELLED) != 0 {
                (false, None)
            } else if now & (RUNNING | SCHEDULED) != 0 {
                (false, Some(now | CANCELLED))
            } else {
                (true, Some((now | CANCELLED | SCHEDULED) + REF_ONE))
            }
        })
    }

    /// Marks the task for shutdown. Returns `true` if the caller now owns the future and must drop
    /// it; otherwise the thread that polls the task will.
    pub(super) fn claim_for_shutdown(&self) -> bool {
        self.update(|now| {
            if now & COMPLETE != 0 {
                (false, None)
            } else if now & RUNNING != 0 {
                (false, Some(now | CANCELLED))
            } else {
                (true, Some(now | CANCELLED | RUNNING))
            }
        })
    }

    /// Publishes the waker slot that the joiner has filled. Returns `false` if the task completed
    /// first and the slot is still the joiner's.
    #[inline]
    pub(super) fn set_join_waker(&self) -> bool {
        self.update(|now| {
            debug_assert!(now & JOIN_INTEREST != 0 && now & JOIN_WAKER == 0);
            if now & COMPLETE != 0 {
                (false, None)
            } else {
                (true, Some(now | JOIN_WAKER))
            }
        })
    }

    /// Takes the waker slot back for the joiner to change it. Returns `false` if the task completed
    /// first and may be reading the slot.
    pub(super) fn unset_join_waker(&self) -> bool {
        self.update(|now| {
            debug_assert!(now & JOIN_INTEREST != 0 && now & JOIN_WAKER != 0);
            if now & COMPLETE != 0 {
                (false, None)
            } else {
                (true, Some(now & !JOIN_WAKER))
            }
        })
    }

    /// Gives back the waker slot that the completing thread has used, and gives up `count`
    /// references, none of which is the last. Returns `false` if the `JoinHandle` has been dropped:
    /// the caller must then clear the slot, and still holds the references.
    #[inline]
    pub(super) fn return_join_waker(&self, count: usize) -> bool {
        self.update(|now| {
            debug_assert!(now & COMPLETE != 0 && now & JOIN_WAKER != 0);
            match now & JOIN_INTEREST != 0 {
                true => (true, Some(now - JOIN_WAKER - count * REF_ONE)),
                false => (false, None),
            }
        })
    }

    /// Drops the `JoinHandle`, with its reference unless the outcome says otherwise.
    #[inline]
    pub(super) fn drop_join_interest(&self) -> JoinDropped {
        self.update(|now| {
            debug_assert!(now & JOIN_INTEREST != 0);
            if now & COMPLETE != 0 {
                return (JoinDropped::Complete, None);
            }
            let next = now & !(JOIN_INTEREST | JOIN_WAKER);
            if now & JOIN_WAKER != 0 {
                // Not complete, so no other thread may read the slot any more.
                return (JoinDropped::ClearSlot, Some(next));
            }
            let next = next - REF_ONE;
            let outcome = match Snapshot(next).refs() {
                0 => JoinDropped::Last,
                _ => JoinDropped::Detached,
            };
            (outcome, Some(next))
        })
    }

    /// Like [`drop_join_interest`](Self::drop_join_interest), for a complete task whose output is
    /// gone.
    #[inline]
    pub(super) fn drop_joined(&self) -> JoinDropped {
        self.update(|now| {
            debug_assert!(now & COMPLETE != 0 && now & JOIN_INTEREST != 0);
            match now & JOIN_WAKER != 0 {
                // The completing thread still has the slot, and a reference.
                true => (JoinDropped::Detached, Some(now - JOIN_INTEREST - REF_ONE)),
                // The completing thread will not check JOIN_INTEREST any more.
                false => (JoinDropped::ClearSlot, None),
            }
        })
    }

    /// Adds a reference. Relaxed: the new reference is made from one that is already held.
    #[inline]
    pub(super) fn ref_inc(&self) {
        let before = self.0.fetch_add(REF_ONE, Relaxed);
        if before > REF_LIMIT {
            std::process::abort();
        }
    }

    /// Gives up `count` references. Returns `true` if they were the last; deallocate.
    ///
    /// Release publishes what this holder did; Acquire sees what the others did.
    #[inline]
    pub(super) fn ref_dec(&self, count: usize) -> bool {
        let before = Snapshot(self.0.fetch_sub(count * REF_ONE, AcqRel));
        debug_assert!(before.refs() >= count);
        before.refs() == count
    }

    /// Runs a compare-and-swap loop.
    fn update<R>(&self, mut step: impl FnMut(usize) -> (R, Option<usize>)) -> R {
        let mut now = self.0.load(Acquire);
        loop {
            let (outcome, next) = step(now);
            let Some(next) = next else { return outcome };
            match self.replace(now, next) {
                Ok(_) => return outcome,
                Err(actual) => now = actual,
            }
        }
    }

    /// Attempts one transition. AcqRel on success: every transition both sees what the thread of
    /// the previous one wrote and publishes what its own thread wrote. May fail spuriously.
    #[inline]
    fn replace(&self, now: usize, next: usize) -> Result<usize, usize> {
        self.0.compare_exchange_weak(now, next, AcqRel, Acquire)
    }
}
