//! The scheduler: workers, their queues, and the decisions whom to wake and when.
//!
//! `worker` is the run loop. `queue` holds waiting tasks, `pinned` those of one worker alone, and
//! `priority` those that go first or last. `halves` is about the second halves of joins, `groups`
//! is what a few workers share, and `near` orders the workers to steal from.
//!
//! `sleep` is how workers sleep and are woken; `pace` and `gain` decide when that is worth it, and
//! `look` how often a worker looks beyond its queue. `workers` is the part of a worker that all
//! threads see, and `pulse` and `counters` are what it publishes. `roll_call` uses that to postpone
//! the watchdog's checks, `first_watch` starts the watchdog's thread, `spares` calls workers in
//! place of stalled ones (`on_demand` is what most runtimes never need of these), and `urgent`
//! wakes due tasks on their behalf.
//!
//! `setup` lists the parts of a scheduler, `spawn` makes tasks, and `ending` ends all. `owner` and
//! `companion` are the contexts of its threads, `runtime_ref` is the tasks' reference to it, and
//! `paused` supports a paused clock. [`Shared`] is the part of a runtime that all its threads see.

mod companion;
mod counters;
mod ending;
mod first_watch;
mod gain;
mod groups;
mod halves;
mod look;
mod near;
mod on_demand;
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
mod spawn;
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
    fence,
};
use crate::tasks::{Failures, Header, Notified, Registry, Schedule, TASK_WAKER, TaskRef};
use crate::timers::TimerShard;
use crate::waking::register_own_vtable;
use first_watch::FirstWatch;
use gain::Gain;
use groups::{Group, Groups};
use halves::Halves;
use near::Near;
use pinned::Pinned;
use queue::{Injector, WorkerQueue};
use roll_call::RollCall;
use runtime_ref::{RuntimeRef, Units};
use sleep::{Found, Sleepers, WakePoller};
use std::any::Any;
use std::sync::{Arc, Weak};
use workers::{Remote, Workers};

pub use companion::Companion;
pub(crate) use first_watch::StartWatchdog;
pub(crate) use halves::join;
pub(crate) use owner::{Membership, is_own_thread, run_as_own_thread};
pub(crate) use pinned::TaskKey;
pub(crate) use pulse::Polled;
pub(crate) use roll_call::Cadence;
pub(crate) use setup::{Extension, Flavor, Hook, Setup, SleepHooks, run_hook};
pub(crate) use spares::{Spares, StartSpare};
pub(crate) use urgent::wake_due;
pub(crate) use worker::{LocalWorker, Seat};

/// Number of registry shards of each worker, and of all other threads of each group together. A
/// thread uses each in turn for some hundred tasks, so that a thread that spawns many tasks and the
/// workers that end them rarely meet in the same shard.
const SHARDS_EACH: usize = 4;

/// The part of a runtime that all its threads share.
pub(crate) struct Shared {
    units: Units,
    pub(crate) workers: Workers,
    spares: Spares,
    /// `None` if the watchdog is started with the runtime, or there is none.
    first_watch: Option<FirstWatch>,
    pub(crate) groups: Groups,
    /// The background tasks of all workers.
    pub(crate) background: Injector,
    pub(crate) sleepers: Sleepers,
    halves: Halves,
    /// `None` if the order in which thieves visit does not matter.
    near: Option<Near>,
    gain: Gain,
    pub(crate) registry: Registry,
    pub(crate) failures: Arc<Failures>,
    pub(crate) driver: Driver,
    pub(crate) blocking: BlockingPool,
    pub(crate) draining: Arc<Draining>,
    pub(crate) roll_call: RollCall,
    /// Wakes the watchdog.
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
    /// Creates the shared part, and a seat for each worker thread to be started.
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
            start_watchdog,
            cadence,
            topology,
            on_sleep,
            flavor,
            extension,
            stall_log,
            companion,
        } = setup;
        register_own_vtable(&TASK_WAKER);
        register_own_vtable(&pinned::VTABLE);
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
        let first_watch = start_watchdog.map(|start| FirstWatch::new(start, cadence.stall));
        let shared = Arc::new_cyclic(|this| {
            let (blocking, spares) = threads(this.clone(), draining.clone());
            let near = match group_count {
                1 => None,
                _ => Near::new(topology(), workers + spares.most()),
            };
            let sleepers = Sleepers::new(workers, spares.most());
            if first_watch.is_some() {
                sleepers.announce(workers - 1);
            }
            Self {
                units: Units::new(),
                sleepers,
                workers: Workers::new(remotes, spares.most()),
                spares,
                first_watch,
                groups,
                background: Injector::new(),
                halves: Halves::new(),
                near,
                gain: Gain::new(),
                // A set for each regular worker, and one for the other threads of each group.
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
        shared.install_quiescence_check();
        (shared, seats)
    }

    /// Queues a runnable task, on the current worker if it belongs to this runtime.
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

    /// Returns the group for a task from the calling thread, which is not a worker.
    fn group_for_outside(&self) -> &Group {
        let groups = &self.groups;
        groups.get(match groups.is_one() {
            true => 0,
            false => groups.layout().for_outside(groups.home_group(), |workers| {
                self.sleepers.any_present(workers)
            }),
        })
    }

    /// Puts a task, by `push`, into a queue that all workers check, and makes sure that one does.
    /// The group's pace determines how long the tasks in the queue are expected to take.
    fn publish(self: &Arc<Self>, group: &Group, queue: &Injector, push: impl FnOnce()) {
        match self.sleepers.publish(&**self, push) {
            Found::Nobody => _ = self.call_spare(),
            Found::Awake if self.needs_help(group, queue.len()) => _ = self.wake_one(),
            Found::Awake | Found::Woken => {}
        }
    }

    /// Wakes a sleeping worker, or calls a spare one.
    fn wake_some(self: &Arc<Self>) {
        if !self.wake_one() {
            self.call_spare();
        }
    }

    /// Returns whether one more worker should help with a backlog of the group's tasks.
    fn needs_help(&self, group: &Group, tasks: usize) -> bool {
        // The cheapest condition first; it seldom holds.
        if !group.pace.is_worth_waking_for(tasks) {
            return false;
        }
        if !group.pace.is_watched() {
            // Pairs with the fences in `announce` and `waiting_tasks`. A watchdog makes up for what
            // is missed without it.
            fence(SeqCst);
        }
        self.may_wake_helper() && !self.only_first_watch_sleeps()
    }

    /// Returns whether a worker sleeps, and none is searching already.
    #[inline]
    fn may_wake_helper(&self) -> bool {
        self.sleepers.any_asleep() && !self.sleepers.anyone_searching()
    }

    /// Returns whether, as far as is known, the worker makes no progress. Thieves may then take
    /// everything it has, however little that seems to be worth.
    pub(crate) fn is_absent(&self, worker: usize) -> bool {
        self.workers[worker].makes_no_progress.load(Relaxed) || self.sleepers.is_blocking(worker)
    }

    /// Must be called by the thread that will be this worker, before it runs the user's hooks: the
    /// watchdog watches it from now on.
    pub(crate) fn adopt_thread(&self, worker: usize) {
        self.workers[worker].pulse.adopt_current_thread();
    }

    /// Wakes one sleeping worker: a regular one, or else a spare one that has been called. Returns
    /// `false` if there is none.
    pub(crate) fn wake_one(self: &Arc<Self>) -> bool {
        self.sleepers.wake_one(&**self) || self.wake_called()
    }

    fn unpark(&self, worker: usize) {
        self.sleepers.unpark(worker, self);
    }

    /// Makes every worker check the clock, and whether the runtime has shut down.
    pub(crate) fn unpark_all(&self) {
        self.sleepers.unpark_all(self.workers.len(), self);
    }

    /// Returns the number of regular workers.
    pub(crate) fn worker_count(&self) -> usize {
        self.workers.regular()
    }

    /// Returns the number of live tasks, including pinned ones.
    pub(crate) fn live_tasks(&self) -> usize {
        let pinned = self.workers.iter().map(|worker| worker.pinned.len());
        self.registry.len() + pinned.sum::<usize>()
    }

    /// Returns whether there is neither a task nor a blocking closure. Returns `true` only if that
    /// was so at a single moment, even if tasks and closures spawn each other.
    pub(crate) fn has_no_work(&self) -> bool {
        let ever = || (self.spawned_tasks(), self.blocking.accepted());
        let before = ever();
        // The two counts are read at different moments. But if nothing was spawned in between, a
        // count that was zero has remained zero.
        self.live_tasks() == 0 && self.blocking.jobs() == 0 && ever() == before
    }

    /// Returns the live tasks, including pinned ones.
    pub(crate) fn list_tasks(&self) -> Vec<TaskRef> {
        let mut tasks = self.registry.list();
        for worker in self.workers.iter() {
            tasks.append(&mut worker.pinned.list());
        }
        tasks
    }

    /// Returns the timers that this worker arms.
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
