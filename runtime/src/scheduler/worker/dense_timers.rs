//! Many timers in a short time are fired together.
//!
//! A timer is fired when it is due, to the system's precision. But if there are more than ten
//! thousand in a second, and the worker would sleep and wake for each, it lets up to half a
//! millisecond's come together: waking costs far more than firing.

use super::LocalWorker;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// Timers are dense if they come so soon after each other, on average.
const DENSE: Duration = Duration::from_micros(100);

/// How long a worker then sleeps at least, for its timers' sake. No timer is later by more than
/// this.
const TOGETHER: Duration = Duration::from_micros(500);

/// How many wakes in a row for dense timers make a worker wait for them.
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

    /// `fired` timers were due after a sleep.
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

    /// When to wake for a timer that is due then.
    fn when_to_wake(&self, next: Instant) -> Instant {
        match self.wakes.get() >= WAKES {
            true => next.max(self.last_fired.get() + TOGETHER),
            false => next,
        }
    }
}

impl LocalWorker {
    /// When to wake for this worker's own timers.
    pub(super) fn next_timer(&self) -> Option<Instant> {
        let next = self.remote().timers.next()?;
        Some(self.dense_timers.when_to_wake(next))
    }

    /// `fired` of this worker's own timers were due after a sleep.
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
        // One after the other, as of a task that sleeps again and again.
        for n in 1..=10 {
            timers.note_fired(1, at(200 * n));
            assert_eq!(timers.when_to_wake(at(200 * (n + 1))), at(200 * (n + 1)));
        }
        for n in 1..=3 {
            timers.note_fired(1, at(2_000 + 20 * n));
            assert_eq!(timers.when_to_wake(at(2_100)), at(2_100));
        }
        timers.note_fired(1, at(2_080));
        assert_eq!(timers.when_to_wake(at(2_100)), at(2_580));
        assert_eq!(timers.when_to_wake(at(3_000)), at(3_000));
        // Woken by something else.
        timers.note_fired(0, at(2_300));
        assert_eq!(timers.when_to_wake(at(2_310)), at(2_580));
        timers.note_fired(25, at(2_600));
        assert_eq!(timers.when_to_wake(at(2_700)), at(3_100));
        timers.note_fired(3, at(3_100));
        assert_eq!(timers.when_to_wake(at(3_200)), at(3_200));
    }
}
