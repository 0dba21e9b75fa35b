//! Reports of stalls through `tracing`: at a limited rate, from a thread that may block.

use super::Stall;
use crate::blocking::AtDeadline;
use crate::scheduler::Shared;
use crate::tasks::Origin;
use std::mem;
use std::time::{Duration, Instant};

/// A stall that has lasted this long is reported before it is over.
pub(super) const REPORT_AFTER: Duration = Duration::from_millis(100);

/// Limit on the reports in a second, so that a program that always stalls does not flood its log.
const MOST_IN_A_SECOND: u32 = 10;

#[derive(Default)]
pub(super) struct Reports {
    due: Vec<Report>,
    /// When the current second began, with its first report.
    second: Option<Instant>,
    /// Number of reports in the current second.
    in_second: u32,
    /// Number of stalls not reported since the last report.
    pub(super) suppressed: u64,
}

pub(super) struct Report {
    stall: Stall,
    suppressed: u64,
}

impl Reports {
    /// Queues a report of the stall, unless there were too many in this second.
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

/// Sends a report from a thread of the blocking pool. The subscriber may need a lock that the
/// stalled task holds, and neither the watchdog nor the workers may wait for that.
///
/// # Errors
///
/// If there is no thread, returns the number of stalls left unreported, which the next report
/// includes.
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
            is_ongoing = stall.is_ongoing(),
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
            is_ongoing: false,
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
