//! How long polls take here, and whether work is worth waking a worker for.
//!
//! Waking a sleeping core costs its waker a system call and the work some tens of
//! microseconds of delay and a cold cache. Work that the awake worker will have
//! done by then is better left alone. So workers keep a moving average of the
//! time a poll takes, and wake a helper only for a backlog clearly longer than
//! the wake-up. A wrong guess costs at most a tick of the watchdog, which
//! wakes a helper for any worker that does not get on.
//!
//! All accesses are relaxed: this is a hint, never a matter of correctness.

use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::time::Duration;

/// What a task costs extra when it runs on another core than the one that made
/// it: its memory, and the queue's, must travel. Work shorter than this is not
/// made faster by sharing it.
const HANDOVER_NS: u64 = 250;

/// A backlog that is worth waking a sleeping worker for. A futex wake-up takes 5
/// to 50 µs until the other core runs.
const WAKE_WORTH_NS: u64 = 50_000;

/// A backlog that is worth stealing from for a worker that is awake anyway.
const STEAL_WORTH_NS: u64 = 5_000;

/// What polls are taken to cost before any has been measured.
const INITIAL_NS: u64 = 1_000;

/// A measurement of this many polls, or of this many times [`TIME_UNIT_NS`],
/// replaces the average altogether; smaller ones count in proportion.
const FULL_WEIGHT: u64 = 64;

/// So that one long poll counts as much as many short ones: 64 × 8 µs ≈ 0.5 ms.
const TIME_UNIT_NS: u64 = 8_192;

pub(crate) struct Pace {
    poll_ns: AtomicU64,
    /// Whether the watchdog makes up for wrong guesses. If not, any work is worth
    /// a helper.
    is_watched: bool,
    /// Whether tasks have blocked lately. If so, any work is worth a helper as well: whoever has it
    /// may be the next to block. And with no work left over the helper leads the poller.
    alert: AtomicBool,
}

impl Pace {
    pub(super) fn new(is_watched: bool) -> Self {
        Self {
            poll_ns: AtomicU64::new(INITIAL_NS),
            is_watched,
            alert: AtomicBool::new(false),
        }
    }

    pub(crate) fn set_alert(&self, alert: bool) {
        self.alert.store(alert, Relaxed);
    }

    fn is_alert(&self) -> bool {
        self.alert.load(Relaxed)
    }

    /// Takes in that `polls` polls took `elapsed` together.
    pub(super) fn record(&self, polls: u64, elapsed: Duration) {
        let elapsed = u64::try_from(elapsed.as_nanos()).unwrap_or(u64::MAX);
        let old = self.poll_ns.load(Relaxed);
        let Some(measured) = elapsed.checked_div(polls) else {
            return;
        };
        let weight = (polls + elapsed / TIME_UNIT_NS).min(FULL_WEIGHT);
        let new = (u128::from(old) * u128::from(FULL_WEIGHT - weight)
            + u128::from(measured) * u128::from(weight))
            / u128::from(FULL_WEIGHT);
        self.poll_ns.store(new as u64, Relaxed);
    }

    /// A poll was seen to take at least this long.
    pub(crate) fn record_slow_poll(&self, at_least: Duration) {
        self.record(1, at_least);
    }

    /// Whether so many waiting tasks are worth waking a sleeping worker for.
    pub(super) fn worth_waking(&self, tasks: usize) -> bool {
        self.is_alert() || self.backlog(tasks) >= WAKE_WORTH_NS
    }

    /// Whether so many waiting tasks are worth a visit of a worker that is awake.
    pub(super) fn worth_stealing(&self, tasks: usize) -> bool {
        self.backlog(tasks) >= STEAL_WORTH_NS
    }

    /// What sharing could save, in nanoseconds.
    fn backlog(&self, tasks: usize) -> u64 {
        if tasks > 0 && (!self.is_watched || self.is_alert()) {
            return u64::MAX;
        }
        let each = self.poll_ns.load(Relaxed).saturating_sub(HANDOVER_NS);
        each.saturating_mul(tasks as u64)
    }
}
