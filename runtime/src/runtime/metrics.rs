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
/// let runtime = heist::runtime::Runtime::new()?;
/// let metrics = runtime.handle().metrics();
/// runtime.block_on(async { heist::spawn(async {}).await.unwrap() });
/// assert_eq!(metrics.spawned_tasks_count(), 1);
/// let polls: u64 = (0..metrics.num_workers()).map(|n| metrics.worker_poll_count(n)).sum();
/// assert_eq!(polls, 1);
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
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// assert_eq!(runtime.handle().metrics().num_workers(), 2);
    /// # std::io::Result::Ok(())
    /// ```
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
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// assert_eq!(runtime.metrics().num_workers(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle().metrics()
    }
}

impl RuntimeMetrics {
    /// Returns the number of workers, without spare workers.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.num_workers(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_workers(&self) -> usize {
        self.shared().worker_count()
    }

    /// Returns the number of tasks that have not ended. Tasks of a
    /// [`LocalSet`](crate::task::LocalSet) and blocking closures are not counted.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// runtime.spawn(std::future::pending::<()>());
    /// assert_eq!(metrics.num_alive_tasks(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_alive_tasks(&self) -> usize {
        self.shared().live_tasks()
    }

    /// Returns the number of tasks ever spawned. The same tasks are counted as by
    /// [`num_alive_tasks`](Self::num_alive_tasks).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// runtime.spawn(async {});
    /// assert_eq!(metrics.spawned_tasks_count(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn spawned_tasks_count(&self) -> u64 {
        self.shared().spawned_tasks()
    }

    /// Returns the number of tasks in the queues that workers share: they were spawned or woken
    /// outside the workers, or did not fit into a worker's own queue.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} tasks wait", metrics.global_queue_depth());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn global_queue_depth(&self) -> usize {
        self.shared().injected_tasks()
    }

    /// Returns how often a task was spawned or woken outside the workers.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// runtime.block_on(runtime.spawn(async {})).unwrap();
    /// assert_eq!(metrics.remote_schedule_count(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn remote_schedule_count(&self) -> u64 {
        self.shared().remote_schedules()
    }

    /// Returns the number of threads for [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    /// assert_eq!(metrics.num_blocking_threads(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_blocking_threads(&self) -> usize {
        self.shared().blocking.num_threads()
    }

    /// Returns the number of these threads that are idle.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.num_idle_blocking_threads(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_idle_blocking_threads(&self) -> usize {
        self.shared().blocking.num_idle_threads()
    }

    /// Returns the number of blocking closures that wait for a thread.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.blocking_queue_depth(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn blocking_queue_depth(&self) -> usize {
        self.shared().blocking.queue_depth()
    }

    /// Returns the maximum number of spare workers needed at the same time so far. Their numbers
    /// follow those of the regular workers.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.num_spare_workers(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_spare_workers(&self) -> usize {
        self.shared().spare_workers()
    }

    /// Returns the number of spare workers that currently run or search for tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.num_awake_spare_workers(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_awake_spare_workers(&self) -> usize {
        self.shared().awake_spares()
    }

    /// Returns how often a spare worker was called because regular ones made no progress.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.spare_workers_called_count(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn spare_workers_called_count(&self) -> u64 {
        self.shared().called_spares()
    }

    /// Returns the number of stalls found, including those in progress; see [`Handle::stalls`].
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.stalls_count(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stalls_count(&self) -> u64 {
        self.handle.stall_log().found()
    }

    /// Returns the number of workers that are currently stalled in a poll, including spare workers.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// assert_eq!(metrics.num_stalled_workers(), 0);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn num_stalled_workers(&self) -> usize {
        self.handle.stall_log().ongoing(self.shared())
    }

    /// Returns the number of polls by the worker.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} polls", metrics.worker_poll_count(0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_poll_count(&self, worker: usize) -> u64 {
        self.shared().polls_of(worker)
    }

    /// Returns the number of tasks in the worker's own queue.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} tasks wait", metrics.worker_local_queue_depth(0));
    /// # std::io::Result::Ok(())
    /// ```
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
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{:?} busy", metrics.worker_total_busy_duration(0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_total_busy_duration(&self, worker: usize) -> Duration {
        self.shared().counters_of(worker).busy()
    }

    /// Returns how often the worker has fallen asleep, waiting for tasks or for events.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("slept {} times", metrics.worker_park_count(0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_park_count(&self, worker: usize) -> u64 {
        self.worker_park_unpark_count(worker).div_ceil(2)
    }

    /// Returns how often the worker has fallen asleep and woken up. The value is odd while it
    /// sleeps.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("asleep: {}", metrics.worker_park_unpark_count(0) % 2 == 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_park_unpark_count(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).parks_and_unparks.get()
    }

    /// Returns the number of tasks that the worker has taken from other workers.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} stolen", metrics.worker_steal_count(0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_steal_count(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).stolen.get()
    }

    /// Returns how often the worker has taken tasks from another one.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} thefts", metrics.worker_steal_operations(0));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_steal_operations(&self, worker: usize) -> u64 {
        self.shared().counters_of(worker).steals.get()
    }

    /// Returns the number of tasks that did not fit into the worker's own queue and went to the
    /// shared one.
    ///
    /// # Panics
    ///
    /// Panics if there is no such worker.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// let metrics = runtime.handle().metrics();
    /// println!("{} too many", metrics.worker_overflow_count(0));
    /// # std::io::Result::Ok(())
    /// ```
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
