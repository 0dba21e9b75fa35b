//! `RuntimeMetrics`: a runtime's counters.
//!
//! Any thread reads them. Each value is read at a different moment, so two of them may be
//! inconsistent.

use super::{Handle, Runtime};
use crate::scheduler::Shared;
use std::fmt;
use std::time::Duration;

/// A runtime's metrics: its workers, queues, tasks and threads.
///
/// Returned by [`Handle::metrics`]. Each call reads the current value.
///
/// Names and meanings are those of tokio, of its stable and its unstable metrics alike. Metrics
/// that would cost something when tasks are polled or woken are left out: histograms of polls and
/// `worker_mean_poll_time`, which read the clock for each poll, and `worker_local_schedule_count`
/// and `worker_noop_count`. The metrics of spare workers and stalls are heist's own.
///
/// Workers are numbered. The regular ones have the numbers below
/// [`num_workers`](Self::num_workers); spare workers that have been needed so far follow.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
/// let metrics = runtime.metrics();
/// runtime.block_on(runtime.spawn(async {})).unwrap();
///
/// assert_eq!((metrics.num_workers(), metrics.spawned_tasks_count()), (2, 1));
/// assert_eq!(metrics.remote_schedule_count(), 1); // it was spawned outside the workers
/// let (tasks, queued) = (metrics.num_alive_tasks(), metrics.global_queue_depth());
/// println!("{tasks} tasks, {queued} in shared queues");
/// let (threads, idle) = (metrics.num_blocking_threads(), metrics.num_idle_blocking_threads());
/// println!("{threads} blocking threads, {idle} idle, {} jobs", metrics.blocking_queue_depth());
/// let (spares, awake) = (metrics.num_spare_workers(), metrics.num_awake_spare_workers());
/// let called = metrics.spare_workers_called_count();
/// println!("{spares} spare workers, {awake} awake, called {called} times");
/// println!("{} stalls, {} in progress", metrics.stalls_count(), metrics.num_stalled_workers());
///
/// for worker in 0..metrics.num_workers() + metrics.num_spare_workers() {
///     let (polls, busy) =
///         (metrics.worker_poll_count(worker), metrics.worker_total_busy_duration(worker));
///     let is_asleep = metrics.worker_park_unpark_count(worker) % 2 == 1;
///     let sleeps = metrics.worker_park_count(worker);
///     println!("{worker}: {polls} polls, busy for {busy:?}, {sleeps} sleeps, asleep: {is_asleep}");
///     let (stolen, thefts) =
///         (metrics.worker_steal_count(worker), metrics.worker_steal_operations(worker));
///     let queued = metrics.worker_local_queue_depth(worker);
///     let overflowed = metrics.worker_overflow_count(worker);
///     println!("{queued} queued, {overflowed} overflowed, {stolen} stolen at {thefts} visits");
/// }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct RuntimeMetrics {
    handle: Handle,
}

impl Handle {
    /// Returns the runtime's metrics.
    ///
    /// # Examples
    ///
    /// See [`RuntimeMetrics`].
    pub fn metrics(&self) -> RuntimeMetrics {
        RuntimeMetrics {
            handle: self.clone(),
        }
    }
}

impl Runtime {
    /// Returns the runtime's metrics.
    ///
    /// # Examples
    ///
    /// See [`RuntimeMetrics`].
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle().metrics()
    }
}

impl RuntimeMetrics {
    /// Returns the number of workers, without spare workers.
    pub fn num_workers(&self) -> usize {
        self.shared().worker_count()
    }

    /// Returns the number of tasks that have not ended. Tasks of a
    /// [`LocalSet`](crate::task::LocalSet) and blocking closures are not counted.
    pub fn num_alive_tasks(&self) -> usize {
        self.shared().live_tasks()
    }

    /// Returns the number of tasks ever spawned. The same tasks are counted as by
    /// [`num_alive_tasks`](Self::num_alive_tasks).
    pub fn spawned_tasks_count(&self) -> u64 {
        self.shared().spawned_tasks()
    }

    /// Returns the number of tasks in the queues that workers share: they were spawned or woken
    /// outside the workers, or did not fit into a worker's own queue.
    pub fn global_queue_depth(&self) -> usize {
        self.shared().injected_tasks()
    }

    /// Returns how often a task was spawned or woken outside the workers.
    pub fn remote_schedule_count(&self) -> u64 {
        self.shared().remote_schedules()
    }

    /// Returns the number of threads for [`spawn_blocking`](crate::spawn_blocking).
    pub fn num_blocking_threads(&self) -> usize {
        self.shared().blocking.num_threads()
    }

    /// Returns the number of these threads that are idle.
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.shared().blocking.num_idle_threads()
    }

    /// Returns the number of blocking closures that wait for a thread.
    pub fn blocking_queue_depth(&self) -> usize {
        self.shared().blocking.queue_depth()
    }

    /// Returns the maximum number of spare workers needed at the same time so far. Their numbers
    /// follow those of the regular workers.
    pub fn num_spare_workers(&self) -> usize {
        self.shared().spare_workers()
    }

    /// Returns the number of spare workers that currently run or search for tasks.
    pub fn num_awake_spare_workers(&self) -> usize {
        self.shared().awake_spares()
    }

    /// Returns how often a spare worker was called because regular ones made no progress.
    pub fn spare_workers_called_count(&self) -> u64 {
        self.shared().called_spares()
    }

    /// Returns the number of stalls found, including those in progress; see [`Handle::stalls`].
    pub fn stalls_count(&self) -> u64 {
        self.handle.stall_log().found()
    }

    /// Returns the number of workers that are currently stalled in a poll, including spare workers.
    pub fn num_stalled_workers(&self) -> usize {
        self.handle.stall_log().ongoing(self.shared())
    }

    /// Returns the number of polls by the worker.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.shared().polls_of(worker)
    }

    /// Returns the number of tasks in the worker's own queue.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_local_queue_depth(&self, worker: usize) -> usize {
        self.shared().queued_with(worker)
    }

    /// Returns how long the worker has been awake in total.
    ///
    /// It is updated when the worker falls asleep and about every 61 polls, so a poll in progress
    /// is not included.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        self.shared().counters_of(worker).busy()
    }

    /// Returns how often the worker has fallen asleep, waiting for tasks or for events.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker_park_unpark_count(worker).div_ceil(2)
    }

    /// Returns how often the worker has fallen asleep and woken up. The value is odd while it
    /// sleeps.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).parks_and_unparks.get()
    }

    /// Returns the number of tasks that the worker has taken from other workers.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_steal_count(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).stolen.get()
    }

    /// Returns how often the worker has taken tasks from another one.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_steal_operations(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).steals.get()
    }

    /// Returns the number of tasks that went to the shared queue because too many that events or
    /// timers had woken were waiting in the worker's own. Other tasks always fit there.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    pub fn worker_overflow_count(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).overflows.get()
    }

    fn shared(&self) -> &Shared {
        self.handle.shared()
    }
}

impl fmt::Debug for RuntimeMetrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RuntimeMetrics")
            .field("num_workers", &self.num_workers())
            .field("num_alive_tasks", &self.num_alive_tasks())
            .field("num_stalled_workers", &self.num_stalled_workers())
            .finish_non_exhaustive()
    }
}
