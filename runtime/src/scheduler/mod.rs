//! The scheduler: workers, their queues, and who is woken when.
//!
//! `worker` is the run loop, `queue` where tasks wait, `idle` and `parker` how
//! workers sleep and are woken, `pace` when that is worth it. [`Shared`] is what
//! all threads of a runtime see.

mod idle;
#[cfg(all(test, loom))]
mod loom_tests;
mod pace;
mod parker;
#[cfg(feature = "test-util")]
mod paused;
mod pinned;
mod queue;
mod worker;

use crate::blocking::BlockingPool;
use crate::driver::Driver;
use crate::runtime::{Draining, context};
use crate::sync::atomic::{
    AtomicBool, AtomicU64,
    Ordering::{Relaxed, SeqCst},
};
use crate::task::{
    Failures, Header, JoinHandle, Notified, Origin, Registry, Schedule, TaskRef, Unheard, new_task,
    wake_guarded,
};
use crate::time::{Clock, TimerShard};
use idle::Idle;
use pace::Pace;
use parker::{Parker, Unblock};
use pinned::Pinned;
use queue::{Injector, LocalQueue, NextSlot, StealQueue};
use std::future::Future;
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

pub(crate) use worker::{LocalWorker, Seat};

/// What all threads of one runtime share.
pub(crate) struct Shared {
    workers: Box<[Remote]>,
    injector: Injector,
    idle: Idle,
    pace: Pace,
    registry: Registry,
    pub(crate) failures: Arc<Failures>,
    pub(crate) driver: Driver,
    pub(crate) blocking: BlockingPool,
    pub(crate) draining: Arc<Draining>,
    shutdown: AtomicBool,
}

/// What others see of a worker. On lines of its own (128 bytes: two, as adjacent
/// lines are prefetched together), since the worker writes its tick at each poll.
#[repr(align(128))]
struct Remote {
    /// Counts polls, so that the driver thread can see whether the worker moves.
    tick: AtomicU64,
    /// Set by the driver thread while the tick stands still: thieves then may take
    /// everything, however little it seems worth.
    stalled: AtomicBool,
    /// Set by the driver thread at each of its ticks: the worker is to look beyond
    /// its own queue after the current poll, however few it has done.
    look_up: AtomicBool,
    queue: StealQueue,
    next: NextSlot,
    parker: Parker,
    timers: Arc<TimerShard>,
    pinned: Pinned,
}

impl Remote {
    fn new(queue: &LocalQueue, pinned: Pinned, clock: &Clock) -> Self {
        Self {
            tick: AtomicU64::new(0),
            stalled: AtomicBool::new(false),
            look_up: AtomicBool::new(false),
            queue: queue.stealer(),
            next: NextSlot::new(),
            parker: Parker::new(),
            timers: Arc::new(TimerShard::new(clock.clone())),
            pinned,
        }
    }
}

impl Shared {
    /// The shared part, and a seat for each worker thread to be started.
    pub(crate) fn new(
        workers: usize,
        driver: Driver,
        failures: Arc<Failures>,
        blocking: impl FnOnce(Weak<Self>) -> BlockingPool,
    ) -> (Arc<Self>, Vec<Seat>) {
        let queues: Vec<LocalQueue> = (0..workers).map(|_| LocalQueue::new()).collect();
        let draining = Arc::new(Draining::new());
        let remotes = queues
            .iter()
            .map(|queue| {
                let pinned = Pinned::new(failures.clone(), draining.clone());
                Remote::new(queue, pinned, driver.clock())
            })
            .collect();
        let shared = Arc::new_cyclic(|this| Self {
            workers: remotes,
            injector: Injector::new(),
            idle: Idle::new(workers),
            pace: Pace::new(),
            // One shard for each worker and one for all other threads.
            registry: Registry::new(workers + 1),
            failures,
            driver,
            blocking: blocking(this.clone()),
            draining,
            shutdown: AtomicBool::new(false),
        });
        let seats = queues
            .into_iter()
            .enumerate()
            .map(|(index, queue)| Seat::new(shared.clone(), index, queue))
            .collect();
        #[cfg(feature = "test-util")]
        shared.driver.clock().belongs_to(Arc::downgrade(&shared));
        (shared, seats)
    }

    /// Starts a task. On a runtime that has shut down it is cancelled at once: then
    /// the caller must [`shutdown`](TaskRef::shutdown) what is given beside the
    /// handle, at a moment when the future's destructors may run.
    #[must_use]
    pub(crate) fn spawn<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unheard<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (owner, entry, handle) = new_task::<U, _, _>(future, self.clone(), origin);
        let owner = owner.expect("the scheduler's tasks are registered");
        let shard = match LocalWorker::with(self, |worker| worker.index()) {
            Some(worker) => worker,
            None if self.takes_no_more() => {
                return (handle, Some(owner));
            }
            None => self.workers.len(),
        };
        match self.registry.insert(shard, owner) {
            Ok(()) => {
                self.schedule(entry);
                (handle, None)
            }
            Err(owner) => (handle, Some(owner)),
        }
    }

    /// Whether a graceful shutdown has begun, and this thread's new tasks come from outside.
    pub(crate) fn takes_no_more(self: &Arc<Self>) -> bool {
        self.draining.has_begun() && !context::is_own_thread(self)
    }

    /// Queues a runnable task, on the current worker if it is one of ours.
    fn schedule(self: &Arc<Self>, task: Notified) {
        if let Some(task) = LocalWorker::offer(Arc::as_ptr(self), task) {
            self.inject(task);
        }
    }

    /// Queues a task from outside the workers.
    fn inject(&self, task: Notified) {
        self.injector.push(task);
        self.wake_for_injected();
    }

    /// After tasks were injected: sees to it that they are found.
    fn wake_for_injected(&self) {
        let must = self.idle.must_wake();
        if must || self.worth_help(self.injector.len()) {
            self.wake_one();
        }
    }

    /// Whether a backlog should get one more worker: it is long enough, and nobody
    /// is on the way already.
    fn worth_help(&self, tasks: usize) -> bool {
        self.idle.any_asleep() && self.pace.worth_waking(tasks) && !self.idle.anyone_searching()
    }

    /// Wakes one sleeping worker, if there is one.
    fn wake_one(&self) {
        if let Some(worker) = self.idle.claim_sleeper() {
            self.unpark(worker);
        }
    }

    fn unpark(&self, worker: usize) {
        if self.workers[worker].parker.notify() == Unblock::WakePoller {
            self.driver.wake();
        }
    }

    pub(crate) fn worker_count(&self) -> usize {
        self.workers.len()
    }

    /// How many tasks are alive, the pinned ones included.
    pub(crate) fn live_tasks(&self) -> usize {
        let pinned = self.workers.iter().map(|worker| worker.pinned.len());
        self.registry.len() + pinned.sum::<usize>()
    }

    /// The tasks that are alive, the pinned ones included.
    pub(crate) fn list_tasks(&self) -> Vec<TaskRef> {
        let mut tasks = self.registry.list();
        for worker in &self.workers {
            tasks.append(&mut worker.pinned.list());
        }
        tasks
    }

    pub(crate) fn is_shut_down(&self) -> bool {
        self.shutdown.load(SeqCst)
    }

    /// Tells all threads to end. Idempotent.
    pub(crate) fn begin_shutdown(&self) {
        if self.shutdown.swap(true, SeqCst) {
            return;
        }
        self.draining.token().cancel();
        self.blocking.close();
        for worker in 0..self.workers.len() {
            self.unpark(worker);
        }
        self.driver.ticker.resume();
        self.driver.ticker.unpark();
    }

    /// Ends every task. By each worker when it leaves, so that it is done when the
    /// last has.
    fn end_tasks(&self) {
        self.registry.close();
        self.injector.close();
        self.driver.close();
    }

    /// The timers that this worker arms.
    pub(crate) fn timers(&self, worker: usize) -> &Arc<TimerShard> {
        &self.workers[worker].timers
    }
}

impl Schedule for Arc<Shared> {
    const REGISTERED: bool = true;

    unsafe fn schedule(this: *const Self, task: Notified) {
        // SAFETY: valid until `task` is handed over, by the trait's contract.
        let shared = unsafe { Arc::as_ptr(&*this) };
        if let Some(task) = LocalWorker::offer(shared, task) {
            // Not a worker: keep the runtime alive beyond the hand-over, after
            // which the task and its reference may be gone.
            // SAFETY: `offer` gave the task back, so it has not been handed over.
            let shared = unsafe { (*this).clone() };
            shared.inject(task);
        }
    }

    fn release(&self, task: &Header) -> bool {
        let was_registered = self.registry.release(task);
        self.draining.task_ended();
        was_registered
    }

    fn failures(&self) -> &Failures {
        &self.failures
    }
}

/// What the driver thread sees and does at its ticks.
impl Shared {
    /// Marks workers that have not moved since `seen`, and mends what they keep
    /// from happening. `false`: every worker sleeps.
    pub(crate) fn check_workers(&self, seen: &mut [u64], since: Duration) -> bool {
        let mut awake = false;
        let mut stuck_work = false;
        let mut any_stalled = false;
        for (index, (worker, seen)) in self.workers.iter().zip(seen).enumerate() {
            let tick = worker.tick.load(Relaxed);
            let asleep = self.idle.is_asleep(index);
            let stalled = !asleep && tick == *seen;
            *seen = tick;
            awake |= !asleep;
            any_stalled |= stalled;
            if stalled != worker.stalled.load(Relaxed) {
                worker.stalled.store(stalled, Relaxed);
            }
            if !asleep {
                worker.look_up.store(true, Relaxed);
            }
            if stalled {
                self.pace.record_slow_poll(since);
                stuck_work |= worker.queue.len() > 0 || !worker.next.is_empty();
            }
        }
        if any_stalled {
            self.stand_in(stuck_work);
        }
        awake
    }

    /// A worker is stuck in a poll: does for it what cannot wait.
    fn stand_in(&self, stuck_work: bool) {
        let now = Instant::now();
        let mut due = Vec::new();
        self.driver.clock().enter();
        for worker in &self.workers {
            if worker.stalled.load(Relaxed) {
                worker.timers.take_due(now, &mut due);
            }
        }
        self.driver.timers().take_due(now, &mut due);
        let led = match self.driver.try_lead() {
            Some(mut leader) => {
                leader.poll();
                leader.dispatch(&mut due);
                false
            }
            None => true,
        };
        for waker in due {
            wake_guarded(waker);
        }
        // A sleeper takes the stuck tasks, and then leads, so that from now on
        // events are served at once.
        if stuck_work || !led || self.injector.len() > 0 {
            self.wake_one();
        }
        self.driver.clock().leave();
    }

    /// Whether every worker sleeps, seen in order with what the caller did before.
    pub(crate) fn all_asleep(&self) -> bool {
        self.idle.must_wake()
    }

    /// How many timer shards and workers the driver thread must look at.
    pub(crate) fn fresh_ticks(&self) -> Vec<u64> {
        vec![u64::MAX; self.workers.len()]
    }
}
