//! The number of polls after which a worker looks beyond its own queue: at the injector, the clock,
//! its timers and the poller.
//!
//! Due work waits for the polls before the next look, and these pay for that look. So a look
//! follows each poll while polls are long compared with a look, and looks become rarer the shorter
//! polls are. Both times are measured, so the ratio also holds on a slow machine, and under a
//! profiler that slows down everything.
//!
//! Each worker has its own, which only its thread accesses.

use std::cell::Cell;
use std::time::Duration;

/// The largest number of polls between looks. The same number as in Go and tokio; a prime, so that
/// it does not interfere with the users' own cycles. The watchdog's checks make a worker look
/// sooner if necessary.
pub(super) const MAINTENANCE_INTERVAL: u64 = 61;

/// A poll that takes this many times as long as a look that finds nothing is followed by a look.
const POLLS_TO_LOOK: u64 = 200;

/// The assumed time of a look before any has been measured: a system call and three readings of the
/// clock.
const INITIAL_LOOK_NS: u64 = 1_000;

/// The assumed time of a poll before any has been measured.
const INITIAL_POLL_NS: u64 = 1_000;

pub(super) struct Looks {
    look_ns: Cell<u64>,
    poll_ns: Cell<u64>,
}

impl Looks {
    pub(super) fn new() -> Self {
        Self {
            look_ns: Cell::new(INITIAL_LOOK_NS),
            poll_ns: Cell::new(INITIAL_POLL_NS),
        }
    }

    /// Records how long a look took that also checked the poller and found nothing. The shortest
    /// counts, and fades: a thread may lose its core during a look.
    pub(super) fn record_look(&self, took: Duration) {
        let known = self.look_ns.get();
        self.look_ns.set(nanos(took).min(known + known / 64 + 1));
    }

    /// Records that `polls` polls between two looks took `took`. The majority of the measurements
    /// counts: each changes the known value by a factor of two at most, so that one during which
    /// the thread lost its core, or ran a single long poll, has little effect.
    pub(super) fn record_polls(&self, polls: u64, took: Duration) {
        if let Some(each) = nanos(took).checked_div(polls) {
            let known = self.poll_ns.get();
            self.poll_ns.set(each.clamp(known / 2, known * 2).max(1));
        }
    }

    /// Returns the number of polls after which to look. It grows with the square of the ratio: if
    /// polls are half as long as polls that are followed by a look each, it is four. In proportion,
    /// a look after every second poll, looks cost a server with 4,096 connections a fifth of its
    /// CPU time: more frequent looks that find something are more expensive, because events come in
    /// smaller batches.
    pub(super) fn interval(&self) -> u64 {
        let to_look = self.look_ns.get().saturating_mul(POLLS_TO_LOOK) / self.poll_ns.get();
        to_look
            .saturating_mul(to_look)
            .clamp(1, MAINTENANCE_INTERVAL)
    }
}

/// Returns the nanoseconds, limited so that they can be doubled.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).map_or(u64::MAX / 4, |nanos| nanos.min(u64::MAX / 4))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Returns the interval where each poll takes `each`, and a look a microsecond.
    fn after(each: Duration) -> u64 {
        let looks = Looks::new();
        for _ in 0..64 {
            looks.record_polls(10, each * 10);
        }
        looks.interval()
    }

    #[test]
    fn the_longer_the_polls_the_sooner_a_look() {
        let expected = [
            (0, 61),
            (1, 61),
            (25, 61),
            (50, 16),
            (100, 4),
            (101, 1),
            (5000, 1),
        ];
        for (each, polls) in expected {
            assert_eq!(after(Duration::from_micros(each)), polls, "{each} µs");
        }
        assert_eq!(after(Duration::MAX / 10), 1);
    }

    #[test]
    fn a_slower_machine_looks_as_rarely() {
        let looks = Looks::new();
        for _ in 0..500 {
            looks.record_look(Duration::from_micros(50));
            looks.record_polls(61, Duration::from_micros(100) * 61);
        }
        assert_eq!(looks.interval(), 61);
    }

    #[test]
    fn long_polls_are_noticed_soon() {
        let looks = Looks::new();
        let windows = (1..).find(|_| {
            looks.record_polls(1, Duration::from_micros(200));
            looks.interval() == 1
        });
        assert_eq!(windows, Some(7));
    }

    #[test]
    fn time_without_a_core_has_little_weight() {
        let looks = Looks::new();
        looks.record_look(Duration::from_millis(20));
        assert!(looks.look_ns.get() < INITIAL_LOOK_NS * 103 / 100);
        looks.record_look(Duration::from_nanos(400));
        assert_eq!(looks.look_ns.get(), 400);
        looks.record_polls(61, Duration::from_millis(20));
        looks.record_polls(0, Duration::from_millis(20));
        assert_eq!(looks.poll_ns.get(), 2 * INITIAL_POLL_NS);
    }
}
