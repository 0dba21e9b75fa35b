//! The background's share of a worker: the time that it is idle, and otherwise a twentieth.
//!
//! Each look reads the clock anyway, and so knows the time that other tasks took since the last
//! one; it runs the background tasks that are owed time for that. A runtime without such tasks
//! therefore pays for one check per look, and its tasks pay nothing.

use super::LocalWorker;
use crate::budget::FULL;
use crate::tasks::Notified;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// This much of other tasks' time earns one of the background's, which makes a twentieth of all.
const OTHERS: i64 = 19;

/// The largest debt of the background after one long poll. With this, the background tasks after it
/// wait for two seconds, and not for a time that depends on how long a task blocks.
const LARGEST_DEBT: i64 = 100_000_000;

/// The worker time that background tasks are owed, in nanoseconds.
pub(super) struct Share {
    owed: Cell<i64>,
    /// Whether a background task has run since the last look because the worker had no other.
    ran_idle: Cell<bool>,
}

impl Share {
    pub(super) fn new() -> Self {
        Self {
            owed: Cell::new(0),
            ran_idle: Cell::new(false),
        }
    }

    /// Records that the worker has run tasks for this long since the last look. While no background
    /// task waits, the background earns nothing, but its debt is still paid off.
    fn note_others(&self, time: Duration, is_any_waiting: bool) {
        if self.ran_idle.take() {
            // A part of that time was the background's own.
            return;
        }
        let earned = nanos(time) / OTHERS;
        let owed = self.owed.get().saturating_add(earned);
        self.owed.set(match is_any_waiting {
            true => owed,
            false => owed.min(0),
        });
    }

    fn is_owed(&self) -> bool {
        self.owed.get() > 0
    }

    /// Records that a background task's poll took this long while others waited.
    fn note_own(&self, time: Duration) {
        let owed = self.owed.get().saturating_sub(nanos(time));
        self.owed.set(owed.max(-LARGEST_DEBT));
    }

    /// Records that a background task is about to run because the worker has no other.
    fn note_idle(&self) {
        self.ran_idle.set(true);
    }
}

fn nanos(time: Duration) -> i64 {
    i64::try_from(time.as_nanos()).unwrap_or(i64::MAX)
}

impl LocalWorker {
    /// Queues a background task, on this worker's thread.
    pub(in crate::scheduler) fn schedule_background(&self, task: Notified) {
        let background = &self.shared.background;
        background.push(task);
        if !self.dispatching.get() {
            self.wake_help_for(background.len());
        }
    }

    /// Takes a background task, for a worker that has no other.
    pub(super) fn pop_background(&self) -> Option<Notified> {
        let background = &self.shared.background;
        let task = background.pop()?;
        self.share.note_idle();
        self.end_search_and_wake_help();
        self.wake_help_for(background.len());
        Some(task)
    }

    /// Runs the background tasks that are owed time. Called at each look, after other tasks have
    /// run for `others_ran`.
    #[inline]
    pub(super) fn run_share_of_background(&self, others_ran: Duration) {
        let is_any_waiting = self.shared.background.len() > 0;
        self.share.note_others(others_ran, is_any_waiting);
        if is_any_waiting && self.share.is_owed() {
            self.run_background();
        }
    }

    #[cold]
    fn run_background(&self) {
        let mut start = Instant::now();
        while self.share.is_owed() {
            let Some(entry) = self.shared.background.pop() else {
                break;
            };
            let task = entry.task();
            self.count_poll()
                .pulse
                .set_polled(task.header().registry_key());
            if let Some(entry) = entry.run(FULL) {
                entry.schedule();
            }
            let end = Instant::now();
            let took = end.saturating_duration_since(start);
            self.share.note_own(took);
            self.measured_exactly(&task, took);
            start = end;
        }
        let pulse = &self.remote().pulse;
        pulse.set_polls_nothing();
        // The pace measures the polls of other tasks, so these are left out of it.
        let took = start.saturating_duration_since(self.window.start());
        pulse.counters.add_busy(took);
        self.window.begin(self.tick.get(), start);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    /// Returns the background's share of the time, if each of its polls takes `own` and there is a
    /// look after each `others` of other tasks' time.
    fn share_of(own: Duration, others: Duration) -> f64 {
        let (share, second) = (Share::new(), Duration::from_secs(60));
        let (mut all, mut had) = (Duration::ZERO, Duration::ZERO);
        while all < second {
            share.note_others(others, true);
            all += others;
            while share.is_owed() {
                share.note_own(own);
                (all, had) = (all + own, had + own);
            }
        }
        had.as_secs_f64() / all.as_secs_f64()
    }

    #[test]
    fn the_background_has_a_twentieth_whatever_polls_take() {
        let micros = Duration::from_micros;
        for own in [micros(1), micros(100), 5 * MS, 50 * MS] {
            for others in [micros(60), MS, 10 * MS, 100 * MS] {
                let share = share_of(own, others);
                assert!(
                    (0.0499..0.052).contains(&share),
                    "{own:?} {others:?}: {share}"
                );
            }
        }
        // More than that if one poll takes longer than the largest debt.
        assert!(share_of(1000 * MS, MS) > 0.05);
    }

    #[test]
    fn no_debt_accumulates_while_nothing_waits() {
        let share = Share::new();
        share.note_others(1000 * MS, false);
        assert!(!share.is_owed());
        share.note_others(19 * MS, true);
        assert!(share.is_owed());
        share.note_own(MS);
        assert!(!share.is_owed());
    }

    #[test]
    fn an_excess_is_compensated_within_two_seconds() {
        for is_any_waiting in [true, false] {
            let share = Share::new();
            share.note_own(3_600_000 * MS);
            share.note_others(1899 * MS, is_any_waiting);
            assert!(!share.is_owed());
            share.note_others(2 * MS, true);
            assert!(share.is_owed());
        }
    }

    #[test]
    fn background_polls_of_idle_workers_count_for_neither() {
        let share = Share::new();
        share.note_idle();
        share.note_others(1000 * MS, true);
        assert!(!share.is_owed());
        share.note_others(MS, true);
        assert!(share.is_owed());
    }
}
