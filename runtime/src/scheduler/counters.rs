//! What workers count for the metrics, where that is free: nothing at each poll.
//!
//! Each worker writes its own counters; any thread may read them.

use super::Shared;
// Not loom's: no protocol depends on them.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

#[derive(Default)]
pub(crate) struct Counters {
    /// Incremented when the worker falls asleep, and when it wakes.
    pub(crate) parks_and_unparks: Counter,
    /// Number of times that the worker took tasks from others, and number of those tasks.
    pub(crate) steals: Counter,
    pub(crate) stolen: Counter,
    /// Number of tasks that did not fit into the worker's urgent lane.
    pub(crate) overflows: Counter,
    /// By how much the worker's tick is ahead of its polls.
    pub(super) other_ticks: Counter,
    busy_nanos: Counter,
}

impl Counters {
    pub(super) fn add_busy(&self, time: Duration) {
        let nanos = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.busy_nanos.add(nanos);
    }

    /// Returns how long the worker has not been sleeping.
    pub(crate) fn busy(&self) -> Duration {
        Duration::from_nanos(self.busy_nanos.get())
    }
}

/// A counter that only one thread writes.
#[derive(Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    #[inline]
    pub(super) fn add(&self, n: u64) {
        let now = self.0.load(Relaxed).wrapping_add(n);
        self.0.store(now, Relaxed);
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Relaxed)
    }
}

impl Shared {
    /// Returns the counters of a worker.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker, like the other methods here that take a worker.
    #[track_caller]
    pub(crate) fn counters_of(&self, worker: usize) -> &Counters {
        self.assert_worker(worker);
        &self.workers[worker].pulse.counters
    }

    #[track_caller]
    pub(crate) fn polls_of(&self, worker: usize) -> u64 {
        let other_ticks = self.counters_of(worker).other_ticks.get();
        let ticks = self.workers[worker].pulse.polls();
        ticks.saturating_sub(other_ticks)
    }

    #[track_caller]
    pub(crate) fn queued_with(&self, worker: usize) -> usize {
        self.assert_worker(worker);
        let remote = &self.workers[worker];
        remote.queue.len() + usize::from(!remote.next.is_empty())
    }

    #[track_caller]
    fn assert_worker(&self, worker: usize) {
        let workers = self.workers.len();
        assert!(worker < workers, "no worker {worker} among {workers}");
    }

    /// Returns the number of tasks that have been spawned, including pinned ones.
    pub(crate) fn spawned_tasks(&self) -> u64 {
        let pinned = self.workers.iter().map(|worker| worker.pinned.spawned());
        self.registry.spawned() + pinned.sum::<u64>()
    }

    pub(crate) fn injected_tasks(&self) -> usize {
        self.groups.injected() + self.background.len()
    }

    pub(crate) fn remote_schedules(&self) -> u64 {
        let groups = self.groups.iter();
        let injected: u64 = groups
            .map(|group| group.injector.pushed_from_outside())
            .sum();
        injected + self.background.pushed_from_outside()
    }

    pub(crate) fn spare_workers(&self) -> usize {
        self.workers.len() - self.workers.regular()
    }

    pub(crate) fn awake_spares(&self) -> usize {
        self.sleepers.awake_spares()
    }

    pub(crate) fn called_spares(&self) -> u64 {
        self.spares.called.load(Relaxed)
    }
}
