//! A window: a worker's polls between two readings of the clock.
//!
//! It measures how long they took, and determines at which poll the worker must look beyond its own
//! queue. Only the worker's thread accesses it.

use crate::scheduler::look::{Looks, MAINTENANCE_INTERVAL};
use std::cell::Cell;
use std::time::{Duration, Instant};

pub(super) struct Window {
    start: Cell<Instant>,
    first_tick: Cell<u64>,
    /// Computes after how many polls to look, from how long polls and looks have taken so far.
    looks: Looks,
    interval: Cell<u64>,
    next_look: Cell<u64>,
}

impl Window {
    pub(super) fn starting_now(first_tick: u64) -> Self {
        Self {
            start: Cell::new(Instant::now()),
            first_tick: Cell::new(first_tick),
            looks: Looks::new(),
            interval: Cell::new(MAINTENANCE_INTERVAL),
            next_look: Cell::new(first_tick + MAINTENANCE_INTERVAL),
        }
    }

    pub(super) fn start(&self) -> Instant {
        self.start.get()
    }

    pub(super) fn begin(&self, tick: u64, now: Instant) {
        self.start.set(now);
        self.first_tick.set(tick);
        // Do not skip any of the polls that are chosen by their number to be timed.
        let to_timed = MAINTENANCE_INTERVAL - tick % MAINTENANCE_INTERVAL;
        self.next_look.set(tick + self.interval.get().min(to_timed));
    }

    #[inline]
    pub(super) fn is_look_due(&self, tick: u64) -> bool {
        tick >= self.next_look.get()
    }

    /// Returns the number of polls, and how long they took.
    pub(super) fn end(&self, tick: u64, now: Instant) -> (u64, Duration) {
        let polls = tick.wrapping_sub(self.first_tick.get());
        let elapsed = now.duration_since(self.start.get());
        self.looks.record_polls(polls, elapsed);
        self.interval.set(self.looks.interval());
        (polls, elapsed)
    }

    /// Records how long a look took that also checked the poller and found nothing.
    pub(super) fn record_empty_look(&self, took: Duration) {
        self.looks.record_look(took);
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn long_polls_bring_looks_sooner_and_no_timed_poll_is_passed_over() {
        let window = Window::starting_now(0);
        let mut now = window.start();
        let look_after = |tick: u64| (tick..).find(|&tick| window.is_look_due(tick)).unwrap();
        window.begin(100, now);
        assert_eq!(look_after(100), 2 * MAINTENANCE_INTERVAL);
        let mut tick = 122;
        for _ in 0..10 {
            window.begin(tick, now);
            now += Duration::from_millis(1);
            tick += 1;
            assert_eq!(window.end(tick, now), (1, Duration::from_millis(1)));
        }
        window.begin(tick, now);
        assert_eq!(look_after(tick), tick + 1);
    }
}
