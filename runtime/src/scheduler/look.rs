//! After how many polls a worker looks beyond its own queue: at the injector, the clock, its timers
//! and the poller.
//!
//! What is due waits for the polls until the next look, and those pay for it. So a look comes after
//! each poll while polls are long beside it, and more rarely the shorter they are. Both are
//! measured, so that it holds on a slow machine, too, and under a profiler that slows down
//! everything.
//!
//! Each worker has its own, which only its thread touches.

use std::cell::Cell;
use std::time::Duration;

/// Looks come no more rarely than this. Go's and tokio's figure; a prime, so that it does not beat
/// with the users' own cycles. The watchdog's checks have a worker look sooner, if need be.
pub(super) const MAINTENANCE_INTERVAL: u64 = 61;

/// A poll that takes this many times as long as a look that finds nothing is followed by one.
const POLLS_TO_LOOK: u64 = 200;

/// What a look is taken to cost before any has been measured: a system call and three reads of the
/// clock.
const INITIAL_LOOK_NS: u64 = 1_000;

/// What a poll is taken to cost before any has been measured.
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

    /// A look that asked the poller, too, and found nothing took `took`. The least counts, and
    /// fades: a thread may lose its core within a look.
    pub(super) fn record_look(&self, took: Duration) {
        let known = self.look_ns.get();
        self.look_ns.set(nanos(took).min(known + known / 64 + 1));
    }

    /// `polls` polls between two looks took `took`. What most of such times say counts: each moves
    /// what is known by a factor of two at most, so that one in which the thread lost its core, or
    /// met a single long poll, changes little.
    pub(super) fn record_polls(&self, polls: u64, took: Duration) {
        if let Some(each) = nanos(took).checked_div(polls) {
            let known = self.poll_ns.get();
            self.poll_ns.set(each.clamp(known / 2, known * 2).max(1));
        }
    }

    /// After how many polls to look: if they are half as long as to be followed by a look each,
    /// four. For looks that find something are dearer the more often they come: in proportion (two)
    /// they cost a server with 4,096 connections a fifth of its CPU time, as its events came in
    /// smaller batches.
    pub(super) fn interval(&self) -> u64 {
        let to_look = self.look_ns.get().saturating_mul(POLLS_TO_LOOK) / self.poll_ns.get();
        to_look
            .saturating_mul(to_look)
            .clamp(1, MAINTENANCE_INTERVAL)
    }
}

/// No more than can be doubled.
fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).map_or(u64::MAX / 4, |nanos| nanos.min(u64::MAX / 4))
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    /// Where polls take so long, again and again, and looks a microsecond.
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
    fn where_all_is_slower_looks_are_as_rare() {
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
    fn what_is_lost_without_a_core_counts_for_little() {
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
