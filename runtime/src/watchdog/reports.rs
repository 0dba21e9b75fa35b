//! Reports of stalls through `tracing`: not many, and from a thread that may block.

use super::Stall;
use crate::blocking::AtDeadline;
use crate::scheduler::Shared;
use crate::tasks::Origin;
use std::mem;
use std::time::{Duration, Instant};

/// A stall that goes on for this long is reported before it is over.
pub(super) const GOES_ON_FOR: Duration = Duration::from_millis(100);

/// A program that always stalls is not to drown its log, nor the disk.
const MOST_IN_A_SECOND: u32 = 10;

#[derive(Default)]
pub(super) struct Reports {
    due: Vec<Report>,
    /// When the first of this second's reports was made, and how many there were.
    second: Option<Instant>,
    in_second: u32,
    /// Stalls since the last report.
    pub(super) suppressed: u64,
}

pub(super) struct Report {
    stall: Stall,
    suppressed: u64,
}

impl Reports {
    /// Has the stall reported, unless too many have been.
    pub(super) fn consider(&mut self, stall: &Stall, now: Instant) {
        let is_new = |second| now.duration_since(second) >= Duration::from_secs(1);
        if self.second.is_none_or(is_new) {
            self.second = Some(now);
            self.in_second = 0;
        }
        if self.in_second == MOST_IN_A_SECOND {
            self.suppressed += 1;
            return;
        }
        self.in_second += 1;
        self.due.push(Report {
            stall: stall.clone(),
            suppressed: mem::take(&mut self.suppressed),
        });
    }

    pub(super) fn take_due(&mut self) -> Vec<Report> {
        mem::take(&mut self.due)
    }
}

/// On a thread of the blocking pool: the subscriber may write to what the stalled task has locked,
/// and then neither the watchdog nor the workers must wait for it.
///
/// # Errors
///
/// There is no thread. The stalls that this leaves unreported, which the next report says.
pub(super) fn report(shared: &Shared, report: Report) -> Result<(), u64> {
    let lost = 1 + report.suppressed;
    let runtime = shared.name.clone();
    let job = shared.blocking.spawn(
        move || report.emit(runtime.as_deref()),
        Origin::caller(),
        AtDeadline::Cancel,
    );
    job.map(drop).map_err(|_| lost)
}

impl Report {
    fn emit(self, runtime: Option<&str>) {
        let Self { stall, suppressed } = self;
        tracing::warn!(
            runtime.name = runtime,
            task.id = %stall.task_id(),
            task.name = stall.name(),
            task.location = %stall.location(),
            worker = stall.worker(),
            duration = ?stall.duration(),
            goes_on = stall.goes_on(),
            suppressed,
            "{stall}"
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tasks::TaskMeta;

    #[test]
    fn beyond_so_many_in_a_second_they_are_only_counted() {
        let stall = Stall {
            task: TaskMeta::new(Origin::caller()),
            worker: 0,
            duration: Duration::ZERO,
            goes_on: false,
        };
        let start = Instant::now();
        let mut reports = Reports::default();
        for n in 0..25 {
            reports.consider(&stall, start + Duration::from_millis(n));
        }
        let due = reports.take_due();
        assert_eq!(due.len(), 10);
        assert!(due.iter().all(|report| report.suppressed == 0));

        reports.consider(&stall, start + Duration::from_millis(1_000));
        reports.consider(&stall, start + Duration::from_millis(1_001));
        let due: Vec<u64> = reports.take_due().iter().map(|r| r.suppressed).collect();
        assert_eq!(due, [15, 0]);
    }
}
