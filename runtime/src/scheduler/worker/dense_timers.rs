//! Many timers within a short time are fired together.
//!
//! A timer is fired when it is due, to the system's precision. But if more than ten thousand are
//! due per second, and the worker would sleep and wake for each, it collects those of up to half a
//! millisecond: waking costs far more than firing.

use super::LocalWorker;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Timers are dense if their average distance is less than this.
const DENSE: Duration = Duration::from_micros(100);

/// How long a worker then sleeps at least, as far as its timers are concerned. No timer is late by
/// more than this.
const TOGETHER: Duration = Duration::from_micros(500);

/// Number of consecutive wake-ups for dense timers after which a worker collects them.
const WAKES: u8 = 4;

pub(super) struct DenseTimers {
    last_fired: Cell<Instant>,
    wakes: Cell<u8>,
}

impl DenseTimers {
    pub(super) fn new() -> Self {
        Self {
            last_fired: Cell::new(Instant::now()),
            wakes: Cell::new(0),
        }
    }

    /// Records that `fired` timers were due after a sleep.
    fn note_fired(&self, fired: usize, now: Instant) {
        if fired == 0 {
            return;
        }
        let since_last = now.saturating_duration_since(self.last_fired.replace(now));
        let are_dense = since_last < DENSE.saturating_mul(u32::try_from(fired).unwrap_or(u32::MAX));
        self.wakes.set(match are_dense {
            true => (self.wakes.get() + 1).min(WAKES),
            false => 0,
        });
    }

    /// Returns when to wake for a timer that is due at `next`.
    fn wake_time(&self, next: Instant) -> Instant {
        match self.wakes.get() >= WAKES {
            true => next.max(self.last_fired.get() + TOGETHER),
            false => next,
        }
    }
}

impl LocalWorker {
    /// Returns when to wake for this worker's own timers.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        let next = self.remote().timers.next()?;
        Some(self.dense_timers.wake_time(next))
    }

    /// Records that `fired` of this worker's own timers were due after a sleep.
    pub(super) fn note_timers(&self, fired: usize, now: Instant) {
        self.dense_timers.note_fired(fired, now);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_dense_timers_wait_for_each_other() {
        let timers = DenseTimers::new();
        let start = timers.last_fired.get();
        let at = |micros| start + Duration::from_micros(micros);
        // One after the other, as of a task that sleeps repeatedly.
        for n in 1..=10 {
            timers.note_fired(1, at(200 * n));
            assert_eq!(timers.wake_time(at(200 * (n + 1))), at(200 * (n + 1)));
        }
        for n in 1..=3 {
            timers.note_fired(1, at(2_000 + 20 * n));
            assert_eq!(timers.wake_time(at(2_100)), at(2_100));
        }
        timers.note_fired(1, at(2_080));
        assert_eq!(timers.wake_time(at(2_100)), at(2_580));
        assert_eq!(timers.wake_time(at(3_000)), at(3_000));
        // Woken by something other than a timer.
        timers.note_fired(0, at(2_300));
        assert_eq!(timers.wake_time(at(2_310)), at(2_580));
        timers.note_fired(25, at(2_600));
        assert_eq!(timers.wake_time(at(2_700)), at(3_100));
        timers.note_fired(3, at(3_100));
        assert_eq!(timers.wake_time(at(3_200)), at(3_200));
    }
}
