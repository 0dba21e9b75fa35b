//! `RuntimeMetrics`: what a runtime counts of itself.
//!
//! Any thread reads. Each figure is of its own moment; two of them need not fit together.

use super::{Handle, Runtime};
use crate::scheduler::Shared;
use std::fmt;
use std::time::Duration;

/// What a runtime counts of itself: its workers, queues, tasks and threads.
///
/// From [`Handle::metrics`]. It stays up to date: each call reads anew.
///
/// Names and meanings are tokio's, of its stable and its unstable metrics alike. There is what
/// costs nothing where tasks are polled and woken. So there are no histograms of polls and no
/// `worker_mean_poll_time`, which take a look at the clock for each poll; and no
/// `worker_local_schedule_count` and `worker_noop_count`. What counts spare workers and stalls is
/// heist's own.
///
/// A worker goes by its number. The regular ones have those below
/// [`num_workers`](Self::num_workers); spare ones that have ever been needed go on from there.
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
    /// What the runtime counts of itself.
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
    /// What the runtime counts of itself.
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
    /// How many workers the runtime has, the spare ones not counted.
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

    /// How many tasks have not ended. Those of a [`LocalSet`](crate::task::LocalSet) and blocking
    /// closures are not counted.
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

    /// How many tasks have been spawned, counted as [`num_alive_tasks`](Self::num_alive_tasks)
    /// does.
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

    /// How many tasks wait in the queue that all workers share: they were spawned or woken outside
    /// the workers, or did not fit into a worker's own queue.
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

    /// How often a task was spawned or woken outside the workers.
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

    /// How many threads there are for [`spawn_blocking`](crate::spawn_blocking).
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

    /// How many of these threads have nothing to do.
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

    /// How many blocking closures wait for a thread.
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

    /// How many spare workers have been needed at the same time, at most. They have the numbers
    /// after the regular workers.
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

    /// How many spare workers run tasks now, or look for some.
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

    /// How often a spare worker was called, since regular ones made no progress.
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

    /// How many stalls have been found, those that go on included; see [`Handle::stalls`].
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

    /// How many workers are stalled in a poll now, spare ones included: the stalls that go on.
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
        self.handle.stall_log().going_on(self.shared())
    }

    /// How many tasks the worker has polled.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How many tasks wait in the worker's own queue.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How long the worker has not slept.
    ///
    /// It is brought up to date when the worker falls asleep, and about every 61 polls; so a poll
    /// that goes on does not show.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How often the worker has fallen asleep: has waited for tasks, or for events.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How often the worker has fallen asleep and woken. Odd: it sleeps.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How many tasks the worker has taken from other workers.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How often the worker has taken tasks from another one.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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

    /// How many tasks did not fit into the worker's own queue, and went to the shared one.
    ///
    /// # Panics
    ///
    /// If there is no such worker.
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
