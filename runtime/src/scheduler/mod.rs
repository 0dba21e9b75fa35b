//! The scheduler: workers, their queues, and who is woken when.
//!
//! `worker` is the run loop, `queue` where tasks wait, `pinned` those of one worker alone,
//! `priority` those that go first or last, `halves` the second halves of joins, `groups` what a few
//! workers share, `near` from whom they steal first. `sleep` is how
//! workers sleep and are woken, `pace` and `gain` say when that is worth it, `look` how often a
//! worker looks beyond its queue. `workers` is what all threads see of a worker, `pulse` and
//! `counters` what it publishes; `roll_call` puts the watchdog's checks off by that, `spares` calls
//! workers in place of stalled ones, `urgent` wakes what is due on their behalf. `setup` is what a
//! scheduler is made of, `owner` and `companion` what its threads are in, `runtime_ref` how tasks
//! keep it, `paused` what a paused clock asks of it. [`Shared`] is what all threads of a runtime
//! see.

mod companion;
mod counters;
mod gain;
mod groups;
mod halves;
mod look;
mod near;
mod owner;
mod pace;
#[cfg(feature = "test-util")]
mod paused;
mod pinned;
mod priority;
mod pulse;
mod queue;
mod roll_call;
mod runtime_ref;
mod setup;
mod sleep;
mod spares;
#[cfg(all(test, not(loom)))]
mod tests;
mod urgent;
mod worker;
mod workers;

use crate::alarm::Alarm;
use crate::blocking::BlockingPool;
use crate::draining::Draining;
use crate::poller::Driver;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use crate::tasks::{
    Failures, Header, JoinHandle, Notified, Origin, Priority, Registry, Schedule, TASK_WAKER,
    TaskRef, Unheard, new_task,
};
use crate::timers::TimerShard;
use crate::waking::know_own;
use gain::Gain;
use groups::{Group, Groups};
use halves::Halves;
use near::Near;
use pinned::Pinned;
use priority::Prioritized;
use queue::{Injector, WorkerQueue};
use roll_call::RollCall;
use runtime_ref::{RuntimeRef, Units};
use sleep::{Found, Sleepers, WakePoller};
use std::any::Any;
use std::future::Future;
use std::sync::{Arc, Weak};
use workers::{Remote, Workers};

pub use companion::Companion;
pub(crate) use halves::join;
pub(crate) use owner::{is_own_thread, run_as_own};
pub(crate) use pinned::TaskKey;
pub(crate) use pulse::Polled;
pub(crate) use roll_call::Cadence;
pub(crate) use setup::{Extension, Flavor, Hook, Setup, SleepHooks, run_hook};
pub(crate) use spares::{Spares, StartSpare};
pub(crate) use urgent::wake_due;
pub(crate) use worker::{LocalWorker, Seat};

/// How many shards of the registry each worker has, and the other threads of each group together:
/// taken in turns, for some hundred tasks each, so that whoever spawns many and the workers that
/// end them rarely meet.
const SHARDS_EACH: usize = 4;

/// What all threads of one runtime share.
pub(crate) struct Shared {
    units: Units,
    pub(crate) workers: Workers,
    spares: Spares,
    pub(crate) groups: Groups,
    /// Tasks of the background, of all workers.
    pub(crate) background: Injector,
    pub(crate) sleepers: Sleepers,
    halves: Halves,
    /// `None`: thieves need not choose.
    near: Option<Near>,
    gain: Gain,
    pub(crate) registry: Registry,
    pub(crate) failures: Arc<Failures>,
    pub(crate) driver: Driver,
    pub(crate) blocking: BlockingPool,
    pub(crate) draining: Arc<Draining>,
    pub(crate) roll_call: RollCall,
    /// What the watchdog sleeps by.
    pub(crate) alarm: Alarm,
    shutdown: AtomicBool,
    pub(crate) name: Option<Arc<str>>,
    on_sleep: SleepHooks,
    pub(crate) flavor: Flavor,
    pub(crate) extension: Option<Extension>,
    pub(crate) stall_log: Arc<dyn Any + Send + Sync>,
    companion: Option<Arc<dyn Companion>>,
}

impl Shared {
    /// The shared part, and a seat for each worker thread to be started.
    pub(crate) fn new(
        setup: Setup,
        threads: impl FnOnce(Weak<Self>, Arc<Draining>) -> (BlockingPool, Spares),
    ) -> (Arc<Self>, Vec<Seat>) {
        let Setup {
            workers,
            name,
            driver,
            alarm,
            failures,
            is_watched,
            cadence,
            topology,
            on_sleep,
            flavor,
            extension,
            stall_log,
            companion,
        } = setup;
        know_own(&TASK_WAKER);
        know_own(&pinned::VTABLE);
        let queues: Vec<WorkerQueue> = (0..workers).map(|_| WorkerQueue::new()).collect();
        let draining = Arc::new(Draining::new());
        let remotes = queues
            .iter()
            .map(|queue| {
                let pinned = Pinned::new(failures.clone(), draining.clone());
                Remote::new(queue, pinned, driver.clock())
            })
            .collect();
        let groups = Groups::new(workers, is_watched);
        let group_count = groups.layout().groups();
        let shared = Arc::new_cyclic(|this| {
            let (blocking, spares) = threads(this.clone(), draining.clone());
            let near = match group_count {
                1 => None,
                _ => Near::new(topology(), workers + spares.most()),
            };
            Self {
                units: Units::new(),
                sleepers: Sleepers::new(workers, spares.most()),
                workers: Workers::new(remotes, spares.most()),
                spares,
                groups,
                background: Injector::new(),
                halves: Halves::new(),
                near,
                gain: Gain::new(),
                // For each regular worker, and for the other threads of each group.
                registry: Registry::new((workers + group_count) * SHARDS_EACH),
                failures,
                driver,
                blocking,
                draining,
                roll_call: RollCall::new(cadence),
                alarm,
                shutdown: AtomicBool::new(false),
                name,
                on_sleep,
                flavor,
                extension,
                stall_log,
                companion,
            }
        });
        let seats = queues
            .into_iter()
            .enumerate()
            .map(|(index, queue)| Seat::new(shared.clone(), index, queue))
            .collect();
        #[cfg(feature = "test-util")]
        shared.look_by_clock();
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
        // SAFETY: it may go to any thread.
        unsafe { self.spawn_unchecked::<U, F>(future, origin) }
    }

    /// As [`spawn`](Self::spawn), of a task that has a priority.
    #[must_use]
    pub(crate) fn spawn_by<U, F>(
        self: &Arc<Self>,
        priority: Priority,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unheard<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let scheduler = |runtime| Prioritized { runtime, priority };
        // SAFETY: it may go to any thread.
        unsafe { self.spawn_for::<U, F, _>(scheduler, future, origin) }
    }

    /// As [`spawn`](Self::spawn), of any future.
    ///
    /// # Safety
    ///
    /// The future is `Send`; or all of this runtime's tasks run and are dropped on this thread.
    #[must_use]
    pub(crate) unsafe fn spawn_unchecked<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unheard<F::Output>,
        F: Future + 'static,
    {
        // SAFETY: as promised by the caller.
        unsafe { self.spawn_for::<U, F, _>(|runtime| runtime, future, origin) }
    }

    /// Starts a task of that scheduler.
    ///
    /// # Safety
    ///
    /// As of [`spawn_unchecked`](Self::spawn_unchecked).
    #[inline]
    unsafe fn spawn_for<U, F, S>(
        self: &Arc<Self>,
        scheduler: impl FnOnce(RuntimeRef) -> S,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unheard<F::Output>,
        F: Future + 'static,
        S: Schedule,
    {
        let worker = LocalWorker::of_runtime(Arc::as_ptr(self));
        let runtime = match worker {
            Some(worker) => worker.spare_units().take(self),
            None => RuntimeRef::new(self),
        };
        let (owner, entry, handle) = new_task::<U, _, _>(future, scheduler(runtime), origin);
        let owner = owner.expect("the scheduler's tasks are registered");
        let spawner = match worker {
            Some(worker) => worker.index().min(self.workers.regular()),
            None if self.takes_no_more() => return (handle, Some(owner)),
            None => self.workers.regular() + self.groups.home_of_this_thread(),
        };
        let shard = spawner * SHARDS_EACH + handle.id().spread(SHARDS_EACH);
        match self.registry.insert(shard, owner) {
            Ok(()) => {
                match S::HAS_PRIORITY {
                    true => entry.schedule(),
                    false => self.schedule(entry),
                }
                (handle, None)
            }
            Err(owner) => (handle, Some(owner)),
        }
    }

    /// Whether a graceful shutdown has begun, and this thread's new tasks come from outside.
    pub(crate) fn takes_no_more(self: &Arc<Self>) -> bool {
        self.draining.has_begun() && !is_own_thread(self)
    }

    /// Queues a runnable task, on the current worker if it is one of ours.
    #[inline]
    fn schedule(self: &Arc<Self>, task: Notified) {
        if let Some(task) = LocalWorker::offer(Arc::as_ptr(self), task) {
            self.inject(task);
        }
    }

    /// Queues a task from outside the workers.
    fn inject(self: &Arc<Self>, task: Notified) {
        let group = self.group_for_outside();
        self.publish(group, &group.injector, || match urgent::is_due() {
            true => group.injector.push_urgent(task),
            false => group.injector.push_from_outside(task),
        });
    }

    /// The group in which the calling thread, which is no worker, leaves a task.
    fn group_for_outside(&self) -> &Group {
        let groups = &self.groups;
        groups.get(match groups.is_one() {
            true => 0,
            false => groups
                .layout()
                .for_outside(groups.home_of_this_thread(), |workers| {
                    self.sleepers.any_present(workers)
                }),
        })
    }

    /// Puts a task into a queue that all workers look at, by `push`, and sees to it that one does.
    /// The group's polls tell what tasks take.
    fn publish(self: &Arc<Self>, group: &Group, queue: &Injector, push: impl FnOnce()) {
        match self.sleepers.publish(&**self, push) {
            Found::Nobody => _ = self.call_spare(),
            Found::Awake if self.worth_help(group, queue.len()) => _ = self.wake_one(),
            Found::Awake | Found::Woken => {}
        }
    }

    /// Wakes a sleeping worker, or calls a spare one.
    fn wake_some(self: &Arc<Self>) {
        if !self.wake_one() {
            self.call_spare();
        }
    }

    /// Whether a backlog should get one more worker: it is long enough, and nobody
    /// is on the way already. It is of that group's tasks.
    fn worth_help(&self, group: &Group, tasks: usize) -> bool {
        // The cheapest first, which is seldom so.
        group.pace.worth_waking(tasks)
            && self.sleepers.any_asleep()
            && !self.sleepers.anyone_searching()
    }

    /// Whether the worker makes no progress, as far as is known: thieves then may take everything
    /// it has, however little it seems worth.
    pub(crate) fn is_absent(&self, worker: usize) -> bool {
        self.workers[worker].makes_no_progress.load(Relaxed) || self.sleepers.is_blocking(worker)
    }

    /// The current thread is to be that worker's, and runs the user's hooks first: the watchdog
    /// watches it from now on.
    pub(crate) fn adopt_thread(&self, worker: usize) {
        self.workers[worker].pulse.adopt_current_thread();
    }

    /// Wakes one sleeping worker: a regular one, or else a spare one that has been called. `false`:
    /// there is none.
    pub(crate) fn wake_one(self: &Arc<Self>) -> bool {
        self.sleepers.wake_one(&**self) || self.wake_called()
    }

    fn unpark(&self, worker: usize) {
        self.sleepers.unpark(worker, self);
    }

    /// How many regular workers there are.
    pub(crate) fn worker_count(&self) -> usize {
        self.workers.regular()
    }

    /// How many tasks are alive, the pinned ones included.
    pub(crate) fn live_tasks(&self) -> usize {
        let pinned = self.workers.iter().map(|worker| worker.pinned.len());
        self.registry.len() + pinned.sum::<usize>()
    }

    /// Whether there is neither a task nor a blocking closure. `true` only if that was so at one
    /// moment, however they spawn each other.
    pub(crate) fn has_no_work(&self) -> bool {
        let ever = || (self.spawned_tasks(), self.blocking.accepted());
        let before = ever();
        // Each of these may be true at another moment than the other. But if nothing was spawned
        // all the while, what was gone stayed so.
        self.live_tasks() == 0 && self.blocking.jobs() == 0 && ever() == before
    }

    /// The tasks that are alive, the pinned ones included.
    pub(crate) fn list_tasks(&self) -> Vec<TaskRef> {
        let mut tasks = self.registry.list();
        for worker in self.workers.iter() {
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
        self.blocking.close();
        // Of their timers those of tasks go with the tasks.
        self.workers
            .iter()
            .for_each(|worker| worker.timers.become_late());
        self.driver.timers().outlive_runtime();
        #[cfg(feature = "test-util")]
        self.driver.clock().end();
        for worker in 0..self.workers.len() {
            self.unpark(worker);
        }
        self.alarm.ring();
        // Last, as those who wait for it may be anybody, whose wakers take their time.
        self.draining.token().cancel();
    }

    /// Workers do not end, or nobody waits for it: others look after their timers.
    pub(crate) fn release_timers(&self) {
        self.workers
            .iter()
            .for_each(|worker| worker.timers.outlive_runtime());
    }

    /// Ends every task. By each worker when it leaves, so that it is done when the
    /// last has; and by others if workers do not.
    pub(crate) fn end_tasks(&self) {
        self.registry.close();
        self.groups.iter().for_each(|group| group.injector.close());
        self.background.close();
        self.driver.close();
    }

    /// The timers that this worker arms.
    pub(crate) fn timers(&self, worker: usize) -> &Arc<TimerShard> {
        &self.workers[worker].timers
    }
}

impl WakePoller for Shared {
    fn wake_poller(&self) {
        self.driver.wake();
    }
}

impl Schedule for RuntimeRef {
    const REGISTERED: bool = true;

    #[inline]
    unsafe fn schedule(this: *const Self, task: Notified) {
        // SAFETY: valid until `task` is handed over, by the trait's contract.
        let shared = unsafe { (*this).as_ptr() };
        if let Some(task) = LocalWorker::offer(shared, task) {
            // SAFETY: `offer` gave the task back, so it has not been handed over.
            unsafe { Self::hand_over(this, task, Shared::inject) };
        }
    }

    fn release(&self, task: &Header) -> bool {
        let was_registered = self.shared().registry.release(task);
        self.shared().draining.work_ended();
        was_registered
    }

    fn failures(&self) -> &Failures {
        &self.shared().failures
    }
}
