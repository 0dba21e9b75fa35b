//! Calling the roll: a worker sees whether all others make progress, and if they do, puts off the
//! watchdog's next check. So while nobody stalls the watchdog hardly ever runs.
//!
//! Called by workers, at moments when they have read the clock anyway. The watchdog keeps the same
//! list at its own checks.
//!
//! Invariant: the list holds each worker's count of polls at the last moment at which it was seen
//! to make progress, and a check is put off only when all have since the last time.

use super::Shared;
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::{Mutex, MutexGuard, Rank};
use std::time::{Duration, Instant};

/// How often workers call the roll, and by how much that puts off the watchdog's check.
#[derive(Clone, Copy)]
pub(crate) struct Cadence {
    /// From which time on a poll is a stall.
    pub(crate) stall: Duration,
    pub(crate) roll_call: Duration,
    pub(crate) check_after_roll_call: Duration,
    pub(crate) check_after_waking: Duration,
    /// Sleeps shorter than this are left to the watchdog's own checks: there is one for several.
    pub(crate) least_expected: Duration,
}

pub(crate) struct RollCall {
    pub(super) cadence: Cadence,
    roll: Mutex<Roll>,
}

/// The list, while nobody else has it.
pub(crate) struct Roll {
    /// The workers' counts when they were last seen to make progress.
    polls: Vec<u64>,
    /// When all last were.
    complete: Instant,
    /// The watchdog wants to check for itself.
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
    /// Whether the worker's count differs from when it was last seen to make progress.
    pub(crate) fn has_polled(&self, worker: usize, polls: u64) -> bool {
        self.polls.get(worker) != Some(&polls)
    }

    /// The worker makes progress, or has none to make.
    pub(crate) fn note(&mut self, worker: usize, polls: u64) {
        if self.polls.len() <= worker {
            self.polls.resize(worker + 1, u64::MAX);
        }
        self.polls[worker] = polls;
    }

    /// When all workers were last seen to make progress, by one of their own.
    pub(crate) fn complete(&self) -> Instant {
        self.complete
    }
}

impl Shared {
    /// To be called by a worker that makes progress: puts off the watchdog's check if all others
    /// do.
    pub(super) fn call_roll(&self, caller: usize, now: Instant) {
        // The watchdog looks after those who wait for a paused clock, too.
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

    /// Whether all workers but the caller make progress, and no spare one has been called.
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

    /// The watchdog says whether tasks have blocked or hogged lately, and whether it wants to check
    /// for itself.
    pub(crate) fn set_alert(&self, alert: bool, checks_alone: bool) {
        self.roll_call.roll().is_left_alone = checks_alone;
        self.groups
            .iter()
            .for_each(|group| group.pace.set_alert(alert));
        for worker in self.workers.iter() {
            // Stores only what changes: the line is the worker's.
            if worker.alert.load(Relaxed) != alert {
                worker.alert.store(alert, Relaxed);
            }
        }
    }

    /// A worker has woken: the watchdog is needed, and rests no more.
    pub(super) fn resume_checks(&self) {
        let after = self.roll_call.cadence.check_after_waking;
        let is_over = || self.is_shut_down();
        self.alarm.resume(after, Instant::now, is_over);
    }

    /// A worker is about to sleep, and has said so. Has the watchdog check after the next timer, so
    /// that whoever wakes for that need not call it; if all others sleep as well, and it rests.
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
