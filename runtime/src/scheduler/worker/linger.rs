//! Lingering: a worker without work waits a little before it sleeps, if that has paid lately.
//!
//! A thread that hands a task over to a sleeping worker pays for the wake-up, and the task waits
//! until the other core runs: for 5 µs, or 50 on a virtual machine whose core is given away
//! meanwhile. Where threads and tasks take turns, as in `block_on` and `spawn_blocking`, the next
//! task comes sooner than that. Only work from other threads is waited for; a worker that is woken
//! by events sleeps at once, for those do not come sooner to one that waits.

use super::LocalWorker;
use std::hint::spin_loop;
use std::time::{Duration, Instant};

/// How long a worker lingers: about as long as it could take to wake it.
const LINGER_TIME: Duration = Duration::from_micros(20);

/// What ends so short a sleep came soon: most of it was the time that it took to wake this thread
/// and, if that slept as well, the other one.
const SHORT_SLEEP: Duration = Duration::from_micros(100);

/// How often the injector is looked at for each look at the clock.
const SPINS: u32 = 10;

/// What a wait in vain costs at most, in credit.
const HIGHEST_PRICE: i32 = 64;

/// Whether lingering pays.
#[derive(Clone, Copy)]
pub(super) struct Lingering {
    /// Goes up with each time that it paid, or would have, and down with each that it did not.
    credit: i32,
    /// How far down: at least by four, so that no more than a fifth of it is in vain, and each time
    /// further while it never pays, as where there is but one core.
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
    /// Waits a little for work from other threads, if it is likely to come. `true`: it came.
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

    /// Whether there is what others have made.
    fn has_come(&self) -> bool {
        self.sees_injected() || self.shared.offers_half_to(self.index)
    }

    /// The worker has slept from then till now.
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

    /// At how many of `sleeps` short sleeps it waits, if the waits end as `pays` tells.
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
    fn a_worker_that_waits_in_vain_gives_it_up() {
        assert!(waits(1_000, |_| false) < 30);
        let mostly_in_vain = waits(1_000, |wait| wait % 3 == 0);
        assert!(mostly_in_vain < 250, "{mostly_in_vain}");
    }
}
