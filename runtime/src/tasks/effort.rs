//! How often a task was polled, and for approximately how long.
//!
//! The polling thread counts the polls; any thread that has measured a poll adds its time, and any
//! thread reads. Two 32-bit words, since every task carries them.

// Not loom's types, since no protocol depends on them.
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};
use std::time::Duration;

pub(crate) struct Effort {
    /// Wraps around after 2^32.
    polls: AtomicU32,
    /// In milliseconds, enough for 49 days.
    busy: AtomicU32,
}

impl Effort {
    #[inline]
    pub(super) fn new() -> Self {
        Self {
            polls: AtomicU32::new(0),
            busy: AtomicU32::new(0),
        }
    }

    /// To be called by the thread that polls the task.
    #[inline]
    pub(super) fn count_poll(&self) {
        // Only one thread polls at a time, and the state word orders its writes before the next
        // one's reads.
        let polls = self.polls.load(Relaxed).wrapping_add(1);
        self.polls.store(polls, Relaxed);
    }

    #[inline]
    pub(crate) fn polls(&self) -> u32 {
        self.polls.load(Relaxed)
    }

    /// Adds time for which the task is known to have been polled. Stochastic rounding to
    /// milliseconds lets small amounts add up correctly.
    pub(crate) fn add_busy(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        let round_up = fastrand::u64(..1_000) < micros % 1_000;
        let millis = micros / 1_000 + u64::from(round_up);
        let millis = u32::try_from(millis).unwrap_or(u32::MAX);
        let add = |busy: u32| Some(busy.saturating_add(millis));
        let _ = self.busy.fetch_update(Relaxed, Relaxed, add);
    }

    pub(crate) fn busy(&self) -> Duration {
        Duration::from_millis(self.busy.load(Relaxed).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_amounts_add_up() {
        let effort = Effort::new();
        for _ in 0..100_000 {
            effort.add_busy(Duration::from_micros(100));
        }
        let busy = effort.busy();
        // At least ten standard deviations.
        let error = busy.abs_diff(Duration::from_secs(10));
        assert!(error < Duration::from_secs(1), "{busy:?}");
        effort.add_busy(Duration::MAX);
        effort.add_busy(Duration::from_secs(1));
        assert_eq!(effort.busy(), Duration::from_millis(u32::MAX.into()));
    }
}
