//! How long polls take here, and whether work is worth waking a worker for.
//!
//! Waking a sleeping core costs the waker a system call, and the work some tens of microseconds of
//! delay and a cold cache. Work that the awake worker will have done by then is better left alone.
//! So workers keep a moving average of the time that a poll takes, and wake a helper only for a
//! backlog that clearly takes longer than the wake-up. A wrong guess costs at most a check of the
//! watchdog, which wakes a helper for any worker that makes no progress.
//!
//! All accesses are relaxed: this is a hint, and never affects correctness.

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// The additional cost of a task that runs on another core than the one that made it: its memory,
/// and the queue's, must travel. (Measured with 10,000 tasks spawned by one of two workers: 300 ns
/// of CPU time each by one worker, 1,150 ns shared by both.)
const HANDOVER_NS: u64 = 1_000;

/// The least backlog that is worth waking a sleeping worker for. A futex wake-up takes 5 to 50 µs
/// until the other core runs.
const WAKE_WORTH_NS: u64 = 50_000;

/// The least backlog that is worth stealing from, for a worker that is awake anyway.
const STEAL_WORTH_NS: u64 = 5_000;

/// The assumed time of a poll before any has been measured.
const INITIAL_NS: u64 = 2 * HANDOVER_NS;

/// A measurement of this many polls, or of this many times [`TIME_UNIT_NS`], replaces the average
/// entirely; smaller ones count in proportion.
const FULL_WEIGHT: u64 = 64;

const LONGEST_NS: u64 = u64::MAX / FULL_WEIGHT;

/// Makes one long poll count as much as many short ones: 64 × 8 µs ≈ 0.5 ms.
const TIME_UNIT_NS: u64 = 8_192;

/// On cache lines of its own, because workers write it all the time.
#[repr(align(128))]
pub(crate) struct Pace {
    poll_ns: AtomicU64,
    /// Sharing tasks whose polls are no longer than this makes them no faster, however many workers
    /// help.
    handover_ns: u64,
    /// Whether a watchdog makes up for wrong guesses. If not, any work is worth a helper.
    is_watched: bool,
    /// Whether tasks have blocked or hogged lately. If so, any work is worth a helper, too, since
    /// the worker that has it may be the next to be blocked. A helper that finds no work left leads
    /// the poller.
    alert: AtomicBool,
}

impl Pace {
    pub(super) fn new(workers: usize, is_watched: bool) -> Self {
        // `n` workers take `(poll + handover) / n` per task, where one takes `poll`.
        let helpers = workers.saturating_sub(1).max(1) as u64;
        Self {
            poll_ns: AtomicU64::new(INITIAL_NS),
            handover_ns: HANDOVER_NS / helpers,
            is_watched,
            alert: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_alert(&self, alert: bool) {
        self.alert.store(alert, Relaxed);
    }

    pub(super) fn is_watched(&self) -> bool {
        self.is_watched
    }

    fn is_alert(&self) -> bool {
        self.alert.load(Relaxed)
    }

    /// Records that `polls` polls took `elapsed` together.
    pub(super) fn record(&self, polls: u64, elapsed: Duration) {
        // Limited to some nine years, so that it can be multiplied.
        let elapsed = u64::try_from(elapsed.as_nanos()).map_or(LONGEST_NS, |ns| ns.min(LONGEST_NS));
        let old = self.poll_ns.load(Relaxed);
        let Some(measured) = elapsed.checked_div(polls) else {
            return;
        };
        let weight = (polls + elapsed / TIME_UNIT_NS).min(FULL_WEIGHT);
        let new = (old * (FULL_WEIGHT - weight) + measured * weight) / FULL_WEIGHT;
        self.poll_ns.store(new, Relaxed);
    }

    /// Records that a poll has taken at least this long.
    pub(crate) fn record_slow_poll(&self, at_least: Duration) {
        self.record(1, at_least);
    }

    /// Returns whether `tasks` waiting tasks are worth waking a sleeping worker for.
    pub(super) fn is_worth_waking_for(&self, tasks: usize) -> bool {
        self.is_alert() || self.backlog(tasks) >= WAKE_WORTH_NS
    }

    /// Returns whether `tasks` waiting tasks are worth a visit of a worker that is awake.
    pub(super) fn is_worth_stealing(&self, tasks: usize) -> bool {
        self.backlog(tasks) >= STEAL_WORTH_NS
    }

    /// Returns how much time sharing could save, in nanoseconds.
    fn backlog(&self, tasks: usize) -> u64 {
        if tasks > 0 && (!self.is_watched || self.is_alert()) {
            return u64::MAX;
        }
        let each = self.poll_ns.load(Relaxed).saturating_sub(self.handover_ns);
        each.saturating_mul(tasks as u64)
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Tests whether a number of tasks is worth a thief or a wake-up, by the number of workers and
    /// the time of a poll.
    #[test]
    fn what_is_worth_sharing() {
        for (workers, poll_ns, tasks, steal, wake) in [
            // With two workers, polls that are shorter than the move are not worth sharing.
            (2, 900, 10_000, false, false),
            (2, 1_100, 49, false, false),
            (2, 1_100, 50, true, false),
            (2, 1_100, 500, true, true),
            (2, 10_000, 1, true, false),
            (2, 60_000, 1, true, true),
            // The more workers there are, the shorter the polls that are worth it.
            (5, 240, 10_000, false, false),
            (5, 350, 50, true, false),
            (5, 350, 500, true, true),
            // A spare worker may help.
            (1, 60_000, 1, true, true),
            (2, 60_000, 0, false, false),
        ] {
            let pace = Pace::new(workers, true);
            pace.record(FULL_WEIGHT, Duration::from_nanos(FULL_WEIGHT * poll_ns));
            let worth = (
                pace.is_worth_stealing(tasks),
                pace.is_worth_waking_for(tasks),
            );
            assert_eq!(worth, (steal, wake), "{workers} {poll_ns} {tasks}");
        }
    }

    #[test]
    fn any_backlog_is_shared_while_alert_or_unwatched() {
        let pace = Pace::new(2, true);
        pace.record(FULL_WEIGHT, Duration::from_nanos(FULL_WEIGHT));
        assert!(!pace.is_worth_waking_for(1));
        pace.set_alert(true);
        assert!(pace.is_worth_waking_for(1));
        assert!(Pace::new(2, false).is_worth_waking_for(1));
        assert!(!Pace::new(2, false).is_worth_waking_for(0));
    }
}
