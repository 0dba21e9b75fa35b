//! Calling the roll: a worker sees whether all others get on, and if they do, puts off the driver
//! thread's next look. So while nobody is stuck that thread hardly ever runs.
//!
//! Called by workers, at moments when they have read the clock anyway. The driver thread keeps the
//! same list at its own looks.
//!
//! Invariant: the list holds each worker's tick at the last moment at which it was seen to get on,
//! and a look is put off only when all have since the last time.

use super::Shared;
use crate::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, Instant};

pub(super) struct Roll {
    /// The workers' ticks when they were last seen to get on.
    pub(super) ticks: Vec<u64>,
    /// When last all were there.
    pub(super) complete: Instant,
    /// The driver thread wants to look for itself.
    pub(super) alert: bool,
}

impl Roll {
    pub(super) fn new() -> Self {
        Self {
            ticks: Vec::new(),
            complete: Instant::now(),
            alert: false,
        }
    }

    /// The tick of that worker when it was last seen to get on.
    pub(super) fn tick_of(&mut self, worker: usize) -> &mut u64 {
        if self.ticks.len() <= worker {
            self.ticks.resize(worker + 1, u64::MAX);
        }
        &mut self.ticks[worker]
    }
}

impl Shared {
    /// How long after a roll call the driver thread looks: then it sees that a worker no longer gets
    /// on, and half a threshold later that it is stuck. Setting an alarm can take five microseconds
    /// (on a virtual machine), and so should not be done much more often.
    fn time_to_look(&self) -> Duration {
        self.stall_threshold
            .saturating_add(self.stall_threshold / 2)
    }

    /// How often a worker calls the roll.
    pub(super) fn roll_call_interval(&self) -> Duration {
        self.time_to_look() / 2
    }

    /// From when on a poll counts as stuck.
    pub(crate) fn stall_threshold(&self) -> Duration {
        self.stall_threshold
    }

    /// To be called by a worker that gets on: puts off the driver thread's look if all others do.
    pub(super) fn call_roll(&self, caller: usize, now: Instant) {
        // That thread looks after those who wait for a paused clock, too.
        #[cfg(feature = "test-util")]
        if self.driver.clock().is_paused() {
            return;
        }
        let Some(mut roll) = self.roll.try_lock() else {
            return;
        };
        let is_early = now.saturating_duration_since(roll.complete) < self.roll_call_interval();
        if is_early || roll.alert || !self.all_get_on(caller, &mut roll) {
            return;
        }
        for (index, worker) in self.workers.iter().enumerate() {
            *roll.tick_of(index) = worker.tick.load(Relaxed);
            if index != caller && !self.sleepers.is_asleep(index) {
                worker.look_up.store(true, Relaxed);
            }
        }
        roll.complete = now;
        drop(roll);
        self.driver.ticker.postpone(self.time_to_look());
        self.ring_if_shut_down();
    }

    /// Whether no worker but the caller stands still, and no spare one has been called.
    fn all_get_on(&self, caller: usize, roll: &mut Roll) -> bool {
        self.workers.iter().enumerate().all(|(index, worker)| {
            if index >= self.workers.regular() {
                return worker.surplus.load(Relaxed);
            }
            let moved = *roll.tick_of(index) != worker.tick.load(Relaxed);
            index == caller
                || self.sleepers.is_asleep(index)
                || moved && !self.sleepers.is_blocking(index)
        })
    }

    /// A worker has woken: the driver thread is needed, and sleeps no more.
    pub(super) fn resume_looks(&self) {
        if self.driver.ticker.resume(self.stall_threshold) {
            self.ring_if_shut_down();
        }
    }

    /// To be called after the alarm was set for later: not over the one that tells of the end.
    fn ring_if_shut_down(&self) {
        if self.is_shut_down() {
            self.driver.ticker.ring();
        }
    }
}
