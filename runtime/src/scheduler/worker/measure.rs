//! The time that tasks take: now and then one poll is timed, and stands for all since the last
//! timed one.
//!
//! A task's total time is therefore right in the long run, however its polls differ, provided that
//! the timed polls are chosen by their number, independently of how long they take. That holds for
//! stalls too, but these are rare and long; they are left out here and counted with the stall.

use super::{LocalWorker, MAINTENANCE_INTERVAL};
use crate::budget::FULL;
use crate::tasks::{Notified, TaskRef};
use std::time::{Duration, Instant};

/// Two readings of the clock per interval, some 50 ns, are negligible.
const MEASURE_INTERVAL: Duration = Duration::from_micros(200);

/// The last poll that was timed.
#[derive(Clone, Copy)]
pub(super) struct Measured {
    at: Instant,
    tick: u64,
}

impl Measured {
    pub(super) fn starting_now(tick: u64) -> Self {
        Self {
            at: Instant::now(),
            tick,
        }
    }
}

impl LocalWorker {
    /// Runs the next task of this worker, if there is one, as a sample of all tasks that the worker
    /// has. Times it, if the last measurement is long enough ago.
    pub(super) fn run_measured(&self) {
        if let Some(entry) = self.pop() {
            let came_from_queue = self.next_streak.get() == 0;
            if came_from_queue {
                self.recurrent.sample(entry.header().effort().polls());
            }
            if !self.is_due(self.window.start()) {
                self.run(entry);
                return;
            }
            let task = entry.task();
            let start = Instant::now();
            self.run(entry);
            self.measured(&task, start);
        }
    }

    /// Runs a pinned task.
    pub(super) fn run_one_pinned(&self, entry: Notified) -> Option<Notified> {
        self.count_poll();
        if self.tick.get() % MAINTENANCE_INTERVAL != 0 {
            return entry.run(FULL);
        }
        let (task, start) = (entry.task(), Instant::now());
        let again = entry.run(FULL);
        if self.is_due(start) {
            self.measured(&task, start);
        }
        again
    }

    /// Records a poll that was timed in addition to the sampled ones: it stands for itself only,
    /// and they do not stand for it.
    pub(super) fn measured_exactly(&self, task: &TaskRef, took: Duration) {
        let Measured { at, tick } = self.measured.get();
        let tick = tick.wrapping_add(1);
        self.measured.set(Measured { at, tick });
        let most = self.shared.roll_call.cadence.stall;
        task.header().effort().add_busy(took.min(most));
    }

    fn is_due(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.measured.get().at) >= MEASURE_INTERVAL
    }

    fn measured(&self, task: &TaskRef, start: Instant) {
        if self.shared.sleepers.is_stalled(self.index) {
            return;
        }
        let tick = self.tick.get();
        let last = self.measured.replace(Measured { at: start, tick });
        let polls = u32::try_from(tick.wrapping_sub(last.tick)).unwrap_or(u32::MAX);
        // A longer poll is a stall or waits for its core, and the other polls would not have done
        // that.
        let took = start.elapsed().min(self.shared.roll_call.cadence.stall);
        task.header().effort().add_busy(took.saturating_mul(polls));
    }
}
