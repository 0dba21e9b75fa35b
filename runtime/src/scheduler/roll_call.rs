//! Calling the roll: a worker checks whether all others make progress, and if they do, postpones
//! the watchdog's next check. While no worker stalls, the watchdog therefore hardly ever runs.
//!
//! Called by workers, at moments when they have read the clock anyway. The watchdog updates the
//! same roll at its own checks.
//!
//! Invariant: the roll holds each worker's count of polls at the last moment at which it was seen
//! to make progress, and a check is postponed only if all workers have made progress since the last
//! time.

use super::Shared;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Mutex, MutexGuard, Rank};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// How often workers call the roll, and by how much that postpones the watchdog's check.
#[derive(Clone, Copy)]
pub(crate) struct Cadence {
    /// How long a poll must take to be a stall.
    pub(crate) stall: Duration,
    pub(crate) roll_call: Duration,
    pub(crate) check_after_roll_call: Duration,
    pub(crate) check_after_waking: Duration,
    /// Sleeps shorter than this are left to the watchdog's own checks, one of which covers several.
    pub(crate) least_expected: Duration,
}

pub(crate) struct RollCall {
    pub(super) cadence: Cadence,
    roll: Mutex<Roll>,
}

/// The roll itself, under the lock.
pub(crate) struct Roll {
    /// The workers' counts when they were last seen to make progress.
    polls: Vec<u64>,
    /// When all workers last were seen to make progress.
    complete: Instant,
    /// Whether the watchdog wants to check by itself.
    is_left_alone: bool,
}

impl RollCall {
    pub(super) fn new(cadence: Cadence) -> Self {
        Self {
            cadence,
            roll: Mutex::ranked(
                Rank::Roll,
                Roll {
                    polls: Vec::new(),
                    complete: Instant::now(),
                    is_left_alone: false,
                },
            ),
        }
    }

    pub(crate) fn roll(&self) -> MutexGuard<'_, Roll> {
        self.roll.lock()
    }
}

impl Roll {
    /// Returns whether the worker's count has changed since it was last seen to make progress.
    pub(crate) fn has_polled(&self, worker: usize, polls: u64) -> bool {
        self.polls.get(worker) != Some(&polls)
    }

    /// Records that the worker makes progress, or has nothing to do.
    pub(crate) fn note(&mut self, worker: usize, polls: u64) {
        if self.polls.len() <= worker {
            self.polls.resize(worker + 1, u64::MAX);
        }
        self.polls[worker] = polls;
    }

    /// Returns when a worker last saw all workers make progress.
    pub(crate) fn complete(&self) -> Instant {
        self.complete
    }
}

impl Shared {
    /// Postpones the watchdog's check if all other workers make progress. Must be called by a
    /// worker that makes progress.
    pub(super) fn call_roll(self: &Arc<Self>, caller: usize, now: Instant) {
        self.make_up_for_refusal();
        // The watchdog also serves threads that wait for a paused clock.
        #[cfg(feature = "test-util")]
        if self.driver.clock().is_paused() {
            return;
        }
        let cadence = &self.roll_call.cadence;
        let Some(mut roll) = self.roll_call.roll.try_lock() else {
            return;
        };
        let is_early = now.saturating_duration_since(roll.complete) < cadence.roll_call;
        if is_early || roll.is_left_alone || !self.all_progress(caller, &roll) {
            return;
        }
        for (index, worker) in self.workers.iter().enumerate() {
            roll.note(index, worker.pulse.polls());
            if index != caller && !self.sleepers.is_asleep(index) {
                worker.look_up.store(true, Relaxed);
            }
        }
        roll.complete = now;
        drop(roll);
        let is_over = || self.is_shut_down();
        self.alarm.postpone(cadence.check_after_roll_call, is_over);
    }

    /// Returns whether all workers but the caller make progress, and no spare one has been called.
    fn all_progress(&self, caller: usize, roll: &Roll) -> bool {
        self.workers.iter().enumerate().all(|(index, worker)| {
            if index >= self.workers.regular() {
                return !self.sleepers.is_called(index);
            }
            let has_polled = roll.has_polled(index, worker.pulse.polls());
            index == caller
                || self.sleepers.is_asleep(index)
                || has_polled && !self.sleepers.is_blocking(index)
        })
    }

    /// Records whether tasks have blocked or hogged lately, and whether the watchdog wants to check
    /// by itself. Called by the watchdog.
    pub(crate) fn set_alert(&self, alert: bool, checks_alone: bool) {
        self.roll_call.roll().is_left_alone = checks_alone;
        self.groups
            .iter()
            .for_each(|group| group.pace.set_alert(alert));
        for worker in self.workers.iter() {
            // Stores only changes: the worker writes the same cache line.
            if worker.alert.load(Relaxed) != alert {
                worker.alert.store(alert, Relaxed);
            }
        }
    }

    /// Must be called by a worker that has woken: the watchdog is needed, and stops resting.
    pub(super) fn resume_checks(self: &Arc<Self>) {
        self.make_up_for_refusal();
        let after = self.roll_call.cadence.check_after_waking;
        let is_over = || self.is_shut_down();
        self.alarm.resume(after, Instant::now, is_over);
    }

    /// Must be called by a worker that is about to sleep and has announced it. If all others sleep
    /// as well and the watchdog rests, makes the watchdog check after the next timer, so that the
    /// worker that wakes for that timer need not call it.
    pub(super) fn expect_waking(&self) {
        if !self.sleepers.all_asleep() {
            return;
        }
        let own = self
            .workers
            .iter()
            .filter_map(|worker| worker.timers.next());
        let Some(next) = own.chain(self.driver.timers().next()).min() else {
            return;
        };
        let (now, cadence) = (Instant::now(), &self.roll_call.cadence);
        if next.saturating_duration_since(now) < cadence.least_expected {
            return;
        }
        let quiet = || self.sleepers.all_asleep();
        let is_over = || self.is_shut_down();
        let at = next + cadence.check_after_waking;
        self.alarm.expect_waking(at, now, quiet, is_over);
    }
}
