//! Lingering: a worker without work waits briefly before it sleeps, if that has paid off lately.
//!
//! A thread that hands a task over to a sleeping worker pays for the wake-up, and the task waits
//! until the other core runs: for 5 µs, or for 50 on a virtual machine that has given the core
//! away. Where threads and tasks take turns, as in `block_on` and `spawn_blocking`, the next task
//! comes sooner than that. Only work from other threads is waited for. A worker that is woken by
//! events sleeps at once, since waiting does not bring events sooner.

use super::LocalWorker;
use std::hint::spin_loop;
use std::time::{Duration, Instant};

/// How long a worker lingers: about as long as waking it could take.
const LINGER_TIME: Duration = Duration::from_micros(20);

/// If a sleep is this short, its end came soon: most of it was the time that waking this thread
/// took and, if the other thread slept as well, waking that one.
const SHORT_SLEEP: Duration = Duration::from_micros(100);

/// Number of checks of the injector for each reading of the clock.
const SPINS: u32 = 10;

/// The largest price, in credit, of a wait in vain.
const HIGHEST_PRICE: i32 = 64;

/// Whether lingering pays off.
#[derive(Clone, Copy)]
pub(super) struct Lingering {
    /// Increased each time that lingering paid off or would have, and decreased each time that it
    /// did not.
    credit: i32,
    /// By how much it is decreased: at least by four, so that at most a fifth of the waits are in
    /// vain, and twice as much each time while lingering never pays off, as on a machine with a
    /// single core.
    price: i32,
}

impl Lingering {
    pub(super) fn new() -> Self {
        Self {
            credit: 0,
            price: 4,
        }
    }

    fn is_worthwhile(self) -> bool {
        self.credit >= 2
    }

    fn would_have_paid(self) -> Self {
        let credit = (self.credit + 1).min(8);
        Self { credit, ..self }
    }

    fn paid(self) -> Self {
        let Self { credit, .. } = self.would_have_paid();
        Self {
            credit,
            ..Self::new()
        }
    }

    fn failed(self) -> Self {
        Self {
            credit: self.credit - self.price,
            price: (self.price * 2).min(HIGHEST_PRICE),
        }
    }
}

impl LocalWorker {
    /// Waits briefly for work from other threads, if that is likely to come. Returns `true` if it
    /// came.
    pub(super) fn linger(&self, since: Instant) -> bool {
        let lingering = self.lingering.get();
        if !lingering.is_worthwhile() {
            return false;
        }
        while since.elapsed() < LINGER_TIME {
            for _ in 0..SPINS {
                if self.has_come() {
                    self.lingering.set(lingering.paid());
                    return true;
                }
                spin_loop();
            }
        }
        self.lingering.set(lingering.failed());
        false
    }

    /// Returns whether there is work from other threads.
    fn has_come(&self) -> bool {
        self.has_injected_work() || self.shared.offers_half_to(self.index)
    }

    /// Records that the worker has slept from `fell_asleep` until `now`.
    pub(super) fn note_sleep(&self, fell_asleep: Instant, now: Instant) {
        let was_called = self.search.is_counted.get() && self.has_come();
        if was_called && now.saturating_duration_since(fell_asleep) < SHORT_SLEEP {
            self.lingering.set(self.lingering.get().would_have_paid());
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Returns at how many of `sleeps` short sleeps the worker waits, if `pays` returns whether a
    /// wait pays off.
    fn waits(sleeps: u32, mut pays: impl FnMut(u32) -> bool) -> u32 {
        let (mut lingering, mut waits) = (Lingering::new(), 0);
        for _ in 0..sleeps {
            if !lingering.is_worthwhile() {
                lingering = lingering.would_have_paid();
                continue;
            }
            waits += 1;
            lingering = match pays(waits) {
                true => lingering.paid(),
                false => lingering.failed(),
            };
        }
        waits
    }

    #[test]
    fn a_worker_that_is_called_back_at_once_waits() {
        assert_eq!(waits(1_000, |_| true), 998);
        assert!(waits(1_000, |wait| wait % 10 != 0) > 900);
    }

    #[test]
    fn a_worker_that_lingers_in_vain_stops_lingering() {
        assert!(waits(1_000, |_| false) < 30);
        let mostly_in_vain = waits(1_000, |wait| wait % 3 == 0);
        assert!(mostly_in_vain < 250, "{mostly_in_vain}");
    }
}
