//! The task state word: life-cycle bits and the reference count, in one atomic.
//!
//! Every thread that holds a reference may change it; each method here is one
//! transition of the protocol in `PROTOCOL.md` beside this file.
//!
//! Invariant: whoever moves the word from "neither RUNNING nor COMPLETE" to
//! RUNNING owns the future until it clears RUNNING, and nobody else touches it.

use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};

/// The future is being polled or dropped, by the one thread that set this bit.
const RUNNING: usize = 1;
/// The future is gone; the output (or its absence) is final. Never cleared.
const COMPLETE: usize = 1 << 1;
/// A run-queue entry exists, or the poller in charge will make one when it is done.
const SCHEDULED: usize = 1 << 2;
/// The `JoinHandle` lives. Set at birth, cleared once.
const JOIN_INTEREST: usize = 1 << 3;
/// The join waker slot is filled. While it is clear the `JoinHandle` owns the
/// slot; while it is set the completing thread may read it.
const JOIN_WAKER: usize = 1 << 4;
/// Drop the future instead of polling it again.
const CANCELLED: usize = 1 << 5;

const REF_ONE: usize = 1 << 6;
/// A count this high can only come from leaking wakers in a loop; beyond it the
/// count could overflow into a use after free, so the process ends, as `Arc` does.
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
    /// As `Stale`, and it was the last reference: deallocate.
    StaleLast,
}

/// What the caller of [`State::finish_poll`] has to do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum FinishPoll {
    /// Nothing: the task waits for a wake. The entry's reference is given up.
    Wait,
    /// As `Wait`, and it was the last reference: nothing can wake the task any more.
    WaitLast,
    /// Woken while it ran: queue it again, with the reference the caller holds.
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

/// What the dropped `JoinHandle` leaves to its dropper.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum JoinDropped {
    /// Nothing; its reference is given up.
    Detached,
    /// As `Detached`, and it was the last reference: deallocate.
    Last,
    /// The waker slot is the dropper's to clear, and the reference to give up.
    ClearSlot,
    /// Nothing has changed: the task is complete, and its output the dropper's to drop first.
    Complete,
}

/// What a task does, to those who only look.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    Waiting,
    Scheduled,
    /// Its future is polled, or dropped.
    Running,
    Complete,
}

/// A decoded look at the word.
#[derive(Clone, Copy)]
pub(super) struct Snapshot(usize);

impl Snapshot {
    pub(super) fn is_complete(self) -> bool {
        self.0 & COMPLETE != 0
    }

    pub(super) fn has_join_interest(self) -> bool {
        self.0 & JOIN_INTEREST != 0
    }

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
    /// A task with its first queue entry, its `JoinHandle`, and `owners` further
    /// references (the registry's, for tasks that are registered).
    pub(super) fn new(owners: usize) -> Self {
        Self(AtomicUsize::new(
            SCHEDULED | JOIN_INTEREST | ((2 + owners) * REF_ONE),
        ))
    }

    /// Acquire: a thread that sees COMPLETE reads the output written before it.
    pub(super) fn load(&self) -> Snapshot {
        Snapshot(self.0.load(Acquire))
    }

    /// The consumer of a queue entry takes the task to poll it.
    ///
    /// Acquire: it sees what the previous poller left in the future.
    #[inline]
    pub(super) fn start_poll(&self) -> StartPoll {
        // First what nearly always is, by itself: then the caller need not tell the outcomes apart.
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

    /// The poller hands the pending future back.
    ///
    /// Release: the next poller sees what this one left in the future.
    #[inline]
    pub(super) fn finish_poll(&self) -> FinishPoll {
        // As in `start_poll`: nothing has come in between, and a waker is left.
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

    /// As [`finish_poll`](Self::finish_poll), of a task that asked to be polled again:
    /// one transition in place of a wake and a finish. Never `Wait`.
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

    /// The poller publishes the output. Returns the word as it is now.
    ///
    /// Release publishes the output to the joiner; Acquire sees the joiner's waker.
    pub(super) fn complete(&self) -> Snapshot {
        let before = self.0.fetch_xor(RUNNING | COMPLETE, AcqRel);
        debug_assert!(before & RUNNING != 0 && before & COMPLETE == 0);
        Snapshot(before ^ (RUNNING | COMPLETE))
    }

    /// A waker is used up.
    pub(super) fn wake_by_value(&self) -> Wake {
        self.update(|now| {
            if now & RUNNING != 0 {
                // The poller will see SCHEDULED and queue the task itself, with
                // its own reference, so ours cannot be the last.
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

    /// A waker is used and kept. `true`: queue the task, with a new reference.
    pub(super) fn wake_by_ref(&self) -> bool {
        self.update(|now| {
            if now & (COMPLETE | SCHEDULED) != 0 {
                // Still a release operation (see `update`): whoever runs the queued
                // entry must see what was written before this wake.
                (false, Some(now))
            } else if now & RUNNING != 0 {
                (false, Some(now | SCHEDULED))
            } else {
                (true, Some((now | SCHEDULED) + REF_ONE))
            }
        })
    }

    /// The task is aborted. `true`: queue it, with a new reference, so that a
    /// worker drops the future.
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

    /// Runtime shutdown wants the task gone. `true`: the caller now is the
    /// poller and must drop the future; otherwise whoever runs it will.
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

    /// The joiner has filled the waker slot. `false`: the task completed first
    /// and the slot is still the joiner's.
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

    /// The joiner takes the waker slot back to change it. `false`: the task
    /// completed first and may be reading the slot.
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

    /// The completing thread has used the waker slot: gives it back, and `count` references up,
    /// none of which is the last. `false`: the `JoinHandle` has gone meanwhile, so the slot is the
    /// caller's to clear, and the references are still its own.
    pub(super) fn return_join_waker(&self, count: usize) -> bool {
        self.update(|now| {
            debug_assert!(now & COMPLETE != 0 && now & JOIN_WAKER != 0);
            match now & JOIN_INTEREST != 0 {
                true => (true, Some(now - JOIN_WAKER - count * REF_ONE)),
                false => (false, None),
            }
        })
    }

    /// The `JoinHandle` is dropped, with its reference unless the outcome says otherwise.
    pub(super) fn drop_join_interest(&self) -> JoinDropped {
        self.update(|now| {
            debug_assert!(now & JOIN_INTEREST != 0);
            if now & COMPLETE != 0 {
                return (JoinDropped::Complete, None);
            }
            let next = now & !(JOIN_INTEREST | JOIN_WAKER);
            if now & JOIN_WAKER != 0 {
                // Not complete, so nobody else may read the slot: taken back.
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

    /// As [`drop_join_interest`](Self::drop_join_interest), of a complete task, whose output is
    /// gone.
    pub(super) fn drop_joined(&self) -> JoinDropped {
        self.update(|now| {
            debug_assert!(now & COMPLETE != 0 && now & JOIN_INTEREST != 0);
            match now & JOIN_WAKER != 0 {
                // The completing thread still has the slot, and a reference.
                true => (JoinDropped::Detached, Some(now - JOIN_INTEREST - REF_ONE)),
                // It will not look for JOIN_INTEREST any more.
                false => (JoinDropped::ClearSlot, None),
            }
        })
    }

    /// Relaxed: the new reference is made from one that is already held.
    pub(super) fn ref_inc(&self) {
        let before = self.0.fetch_add(REF_ONE, Relaxed);
        if before > REF_LIMIT {
            std::process::abort();
        }
    }

    /// Gives up `count` references. `true`: they were the last; deallocate.
    ///
    /// Release for what this holder did, Acquire for what the others did.
    pub(super) fn ref_dec(&self, count: usize) -> bool {
        let before = Snapshot(self.0.fetch_sub(count * REF_ONE, AcqRel));
        debug_assert!(before.refs() >= count);
        before.refs() == count
    }

    /// A compare-and-swap loop.
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

    /// AcqRel on success: every transition both sees what the last one's thread wrote and publishes
    /// what its own thread wrote. May fail for no reason.
    #[inline]
    fn replace(&self, now: usize, next: usize) -> Result<usize, usize> {
        self.0.compare_exchange_weak(now, next, AcqRel, Acquire)
    }
}
