//! A worker: the thread that polls tasks, and when it has none looks for some,
//! leads the poller, or sleeps.
//!
//! [`LocalWorker`] is touched by its own thread only; what others see of it is
//! `Remote` in the parent module. `spare` is what only spare workers do, `own_thread` what
//! the worker of a current-thread runtime does, `in_place` how a worker says that it blocks,
//! `measure` how it finds out what tasks take, `linger` when it waits a little before it sleeps,
//! `recurrent` when others share tasks that are always ready, `dense_timers` when timers wait for each
//! other.

mod dense_timers;
mod in_place;
mod linger;
mod measure;
mod own_thread;
mod recurrent;
mod spare;
#[cfg(all(test, not(loom)))]
mod tests;

use super::look::{Looks, MAINTENANCE_INTERVAL};
use super::queue::LocalQueue;
use super::runtime_ref::Spare;
use super::{Remote, Shared, run_hook};
use crate::budget::FULL;
use crate::inheritance::LowSlack;
use crate::poller::Leader;
use crate::sync::atomic::Ordering::Relaxed;
use crate::tasks::Notified;
use crate::waking::{GuardedWaker, put_off};
use dense_timers::DenseTimers;
use fastrand::Rng;
use linger::Lingering;
use measure::Measured;
use recurrent::Recurrent;
use std::cell::{Cell, RefCell};
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};

/// A busy worker polls for events no more often than this: the system call costs
/// as much as several short polls.
const BUSY_POLL_INTERVAL: Duration = Duration::from_micros(100);

/// How often in a row the next slot may go before the queue, so that two tasks
/// that keep waking each other do not starve the rest.
const NEXT_STREAK: u8 = 3;

thread_local! {
    /// The worker this thread is, if it is one.
    static WORKER: Cell<*const LocalWorker> = const { Cell::new(ptr::null()) };
}

/// A worker that has no thread yet.
pub(crate) struct Seat {
    shared: Arc<Shared>,
    pub(super) index: usize,
    pub(super) queue: LocalQueue,
}

impl Seat {
    pub(super) fn new(shared: Arc<Shared>, index: usize, queue: LocalQueue) -> Self {
        Self {
            shared,
            index,
            queue,
        }
    }

    /// Makes the current thread this worker, until the runtime shuts down; or, as a
    /// spare worker, until it has not been needed for a while.
    pub(crate) fn run(self) {
        let is_spare = self.index >= self.shared.workers.regular();
        let pinned_waker = match is_spare {
            true => Waker::noop().clone(),
            false => self.shared.adopt_pinned(self.index),
        };
        let worker = self.into_worker(pinned_waker);
        let thread = ThisThread::becomes(&worker);
        worker.run_until_shutdown();
        if worker.shared.shutdown.load(Relaxed) {
            worker.leave();
        }
        drop(thread);
        let LocalWorker {
            shared,
            index,
            queue,
            ..
        } = worker;
        if is_spare {
            shared.leave_spare(index, queue);
        }
    }

    /// The current thread's worker, for as long as it is.
    fn into_worker(self, pinned_waker: Waker) -> LocalWorker {
        let first_tick = self.shared.workers[self.index].pulse.polls();
        let is_spare = self.index >= self.shared.workers.regular();
        let worker = LocalWorker {
            pinned_waker,
            _on_time: LowSlack::new(),
            is_spare,
            in_order: self.shared.flavor.is_current_thread(),
            yielded: RefCell::new(Vec::new()),
            remote: &raw const self.shared.workers[self.index],
            units: Spare::none(&self.shared),
            shared: self.shared,
            index: self.index,
            queue: self.queue,
            rng: RefCell::new(Rng::new()),
            tick: Cell::new(first_tick),
            next_streak: Cell::new(0),
            // Whoever called a spare worker counted it as searching.
            searching: Cell::new(is_spare),
            dispatching: Cell::new(false),
            window: Cell::new(Window::starting_now(first_tick)),
            looks: Looks::new(),
            look_interval: Cell::new(MAINTENANCE_INTERVAL),
            next_look: Cell::new(first_tick + MAINTENANCE_INTERVAL),
            measured: Cell::new(Measured::starting_now(first_tick)),
            recurrent: Recurrent::new(),
            dense_timers: DenseTimers::new(),
            lingering: Cell::new(Lingering::new()),
            last_poll: Cell::new(Instant::now()),
            last_roll_call: Cell::new(Instant::now()),
            scratch: Cell::new(Vec::new()),
        };
        worker.shared.sleepers.adopt_current_thread(worker.index);
        worker.remote().pulse.adopt_current_thread();
        worker
    }
}

/// The current thread is a worker until this is dropped: when it leaves, or by a panic, after which
/// destructors of thread-locals still run.
struct ThisThread<'a>(PhantomData<&'a LocalWorker>);

impl<'a> ThisThread<'a> {
    fn becomes(worker: &'a LocalWorker) -> Self {
        WORKER.set(worker);
        Self(PhantomData)
    }
}

impl Drop for ThisThread<'_> {
    fn drop(&mut self) {
        WORKER.set(ptr::null());
    }
}

pub(crate) struct LocalWorker {
    shared: Arc<Shared>,
    /// This worker's place in `shared`, kept since it is needed several times at each poll.
    remote: *const Remote,
    units: Spare,
    is_spare: bool,
    /// Its tasks run in the order in which they were queued, without exception.
    in_order: bool,
    /// If so: tasks that were woken while they ran, by themselves as a rule.
    yielded: RefCell<Vec<Notified>>,
    index: usize,
    queue: LocalQueue,
    rng: RefCell<Rng>,
    tick: Cell<u64>,
    /// How often in a row the next slot has been used.
    next_streak: Cell<u8>,
    /// Counted in `Idle`'s searchers.
    searching: Cell<bool>,
    /// Wakes come from events and timers: they queue in order, and one decision
    /// about waking others is made for all of them.
    dispatching: Cell<bool>,
    window: Cell<Window>,
    /// After how many polls it looks beyond its own queue, as long as they are; and at which it does next.
    looks: Looks,
    look_interval: Cell<u64>,
    next_look: Cell<u64>,
    measured: Cell<Measured>,
    recurrent: Recurrent,
    dense_timers: DenseTimers,
    lingering: Cell<Lingering>,
    /// When it last looked for events, or woke because another worker did.
    last_poll: Cell<Instant>,
    /// When it last saw whether the others get on.
    last_roll_call: Cell<Instant>,
    /// An empty vector, kept for its memory.
    scratch: Cell<Vec<GuardedWaker>>,
    /// Wakes this worker for its pinned tasks.
    pinned_waker: Waker,
    _on_time: LowSlack,
}

/// A stretch of uninterrupted work, to measure how long polls take.
#[derive(Clone, Copy)]
struct Window {
    start: Instant,
    first_tick: u64,
}

impl Window {
    fn starting_now(first_tick: u64) -> Self {
        Self {
            start: Instant::now(),
            first_tick,
        }
    }
}

impl LocalWorker {
    /// Calls `f` with the current thread's worker, if it is one of `shared`'s.
    pub(crate) fn with<R>(shared: &Arc<Shared>, f: impl FnOnce(&LocalWorker) -> R) -> Option<R> {
        Self::of_runtime(Arc::as_ptr(shared)).map(f)
    }

    /// Queues the task if this thread is one of `shared`'s workers; otherwise
    /// gives it back. `shared` is only compared.
    pub(super) fn offer(shared: *const Shared, task: Notified) -> Option<Notified> {
        match Self::of_runtime(shared) {
            Some(worker) => {
                worker.schedule(task);
                None
            }
            None => Some(task),
        }
    }

    /// The current thread's worker, if it is one of `shared`'s, which is only compared. Not to be kept
    /// beyond what the thread does now.
    #[inline]
    pub(super) fn of_runtime<'a>(shared: *const Shared) -> Option<&'a Self> {
        // SAFETY: set by `ThisThread` for as long as the worker is on `Seat::run`'s stack, and
        // the reference does not leave this thread or its callers, all of which run within
        // `Seat::run`.
        let worker = unsafe { WORKER.get().as_ref() }?;
        ptr::eq(Arc::as_ptr(&worker.shared), shared).then_some(worker)
    }

    #[inline]
    pub(super) fn spare_units(&self) -> &Spare {
        &self.units
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    /// The number of the current thread's worker, or, of a spare one, of one of the regular.
    pub(crate) fn current_number() -> Option<usize> {
        // SAFETY: as in `of_runtime`.
        let worker = unsafe { WORKER.get().as_ref() }?;
        Some(worker.index % worker.shared.workers.regular())
    }

    #[inline]
    fn remote(&self) -> &Remote {
        // SAFETY: made from a reference in `Seat::run`. `shared` keeps the workers' places, and
        // those stay where they are.
        unsafe { &*self.remote }
    }

    /// Queues a task that the running task spawned or woke, or that an event woke.
    fn schedule(&self, task: Notified) {
        if self.in_order {
            self.push(task);
            return;
        }
        if self.dispatching.get() {
            self.push_urgent(task);
            return;
        }
        if self.remote().alert.load(Relaxed) {
            // Nobody would find it in the next slot if this worker blocks.
            self.push(task);
            self.wake_help();
            return;
        }
        if let Some(displaced) = self.remote().next.put(task) {
            self.push(displaced);
            self.wake_help();
        }
    }

    /// Puts a task at the back of the queue.
    fn push(&self, task: Notified) {
        if self.in_order {
            self.queue.push_beyond_capacity(task);
            return;
        }
        if let Err(task) = self.queue.push(task) {
            self.remote().pulse.counters.overflows.add(1);
            self.shared.injector.push(task);
        }
    }

    /// Queues a task that an event or a due timer woke, before those that are merely runnable.
    fn push_urgent(&self, task: Notified) {
        if let Err(task) = self.queue.push_urgent(task) {
            self.remote().pulse.counters.overflows.add(1);
            self.shared.injector.push_urgent(task);
        }
    }

    fn run_until_shutdown(&self) {
        self.start_window();
        while !self.shared.shutdown.load(Relaxed) {
            if let Some(task) = self.pop() {
                self.run(task);
            } else if self.run_pinned() {
                // They may have made work for this worker's own queue: that is next. But first,
                // what they must not keep waiting if they are always ready.
            } else if let Some(task) = self.search() {
                self.run(task);
            } else {
                self.sleep();
                if self.is_surplus() && !self.rest() {
                    return;
                }
                continue;
            }
            let tick = self.tick.get();
            if tick >= self.next_look.get() || self.remote().look_up.load(Relaxed) {
                self.maintain();
                // Before its own tasks, so that they cannot starve the others.
                if let Some(task) = self.pop_injected() {
                    self.run(task);
                }
                // Not after the watchdog's ticks: those fall into long polls, and so it
                // would always be the one that follows a long one.
                if tick % MAINTENANCE_INTERVAL == 0 {
                    self.run_measured();
                }
                if self.is_surplus() && !self.rest() {
                    return;
                }
            }
        }
    }

    /// For the watchdog, which sees by it whether the worker moves.
    fn count_poll(&self) -> &Remote {
        let tick = self.tick.get().wrapping_add(1);
        self.tick.set(tick);
        let remote = self.remote();
        remote.pulse.set_polls(tick);
        remote
    }

    /// Runs pinned tasks that are due. `false`: there were none.
    fn run_pinned(&self) -> bool {
        if self.in_order {
            // What is due then is the future that its thread blocks on.
            return false;
        }
        let run = |task: Notified| self.run_one_pinned(task);
        self.shared.run_pinned(self.index, &self.pinned_waker, run)
    }

    fn run(&self, task: Notified) {
        self.count_poll()
            .pulse
            .set_polled(task.header().registry_key());
        if self.searching.take() && self.shared.sleepers.end_search() {
            // Nobody looks for further work now; there may be enough for one more.
            self.wake_help();
        }
        if let Some(task) = task.run(FULL) {
            if self.in_order {
                self.yielded.borrow_mut().push(task);
                return;
            }
            // Woken while it ran, by itself as a rule: others go first, those from outside, too.
            self.recurrent.count();
            if self.shared.injector.len() > 0 {
                let workers = self.shared.workers.regular();
                self.shared.injector.move_into(&self.queue, workers);
            }
            self.push(task);
        }
    }

    /// Wakes another worker if there is enough to do for it.
    fn wake_help(&self) {
        self.wake_help_for(self.queue.len() + self.shared.injector.len());
    }

    fn wake_help_for(&self, backlog: usize) {
        if self.shared.worth_help(backlog) {
            self.shared.wake_one();
        }
    }

    /// The next task of this worker's own.
    fn pop(&self) -> Option<Notified> {
        if let Some(task) = self.remote().next.take() {
            let streak = self.next_streak.get();
            if streak < NEXT_STREAK {
                self.next_streak.set(streak + 1);
                return Some(task);
            }
            self.push(task);
        }
        self.next_streak.set(0);
        self.queue.pop()
    }

    fn pop_injected(&self) -> Option<Notified> {
        self.shared
            .injector
            .pop_into(&self.queue, self.shared.workers.regular())
    }

    /// Looks for work elsewhere.
    fn search(&self) -> Option<Notified> {
        if let Some(task) = self.pop_injected() {
            return Some(task);
        }
        if self.shared.sleepers.is_alone(self.index) {
            return None;
        }
        if !self.searching.get() {
            self.searching.set(self.shared.sleepers.start_search());
        }
        if !self.searching.get() {
            return None;
        }
        self.steal().or_else(|| self.pop_injected())
    }

    fn steal(&self) -> Option<Notified> {
        let workers = &self.shared.workers;
        let count = workers.len();
        let start = self.rng.borrow_mut().usize(..count);
        (start..start + count)
            .map(|n| n % count)
            .filter(|&victim| victim != self.index)
            .find_map(|victim| {
                if !self.shared.worth_stealing(victim) {
                    return None;
                }
                let stolen = workers[victim].queue.steal_into(&self.queue);
                let stolen = stolen.or_else(|| {
                    // From a worker that moves, its next task would only be torn.
                    let still = self.shared.is_absent(victim);
                    still.then(|| workers[victim].next.take()).flatten()
                });
                if stolen.is_some() {
                    let counters = &self.remote().pulse.counters;
                    counters.steals.add(1);
                    // What a thief moves goes into its empty queue.
                    counters.stolen.add(1 + self.queue.len() as u64);
                }
                stolen
            })
    }

    /// Every so often, however much there is to do: the clock, timers and events.
    fn maintain(&self) {
        self.remote().look_up.store(false, Relaxed);
        self.remote().pulse.set_polls_nothing();
        let now = self.end_window();
        self.start_window_at(now);
        self.call_roll(now);
        self.share_recurrent();
        let mut due = self.scratch.take();
        self.take_due_timers(now, &mut due);
        if now.duration_since(self.last_poll.get()) >= BUSY_POLL_INTERVAL {
            self.last_poll.set(now);
            if let Some(mut leader) = self.shared.driver.try_lead() {
                leader.poll_few();
                leader.dispatch(&mut due);
                if due.is_empty() {
                    self.looks.record_look(now.elapsed());
                }
            }
        }
        self.wake_all(due);
        self.run_pinned();
    }

    /// Nothing to do: leads the poller if nobody does, and otherwise parks.
    fn sleep(&self) {
        let shared = &*self.shared;
        self.remote().pulse.set_polls_nothing();
        // Here and not after the sleep: setting an alarm takes some microseconds, and nobody waits now.
        // But not if all others sleep: to put off one look costs as much as the look does.
        let now = self.end_window();
        if !shared.sleepers.is_alone(self.index) {
            self.call_roll(now);
        }
        if self.searching.take() {
            shared.sleepers.end_search();
        }
        if self.linger(now) {
            self.start_window();
            return;
        }
        let _hooks = SleepHook::new(shared);
        if self.queue.len() > 0 || !self.remote().next.is_empty() {
            // The hook has made them.
            self.start_window();
            return;
        }
        let mut sees_work = false;
        let may_block = shared.sleepers.fall_asleep(self.index, || {
            sees_work = shared.has_work_for(self.index);
            sees_work || self.remote().pinned.are_due() || shared.shutdown.load(Relaxed)
        });
        if !may_block {
            self.end_sleep();
            self.start_window();
            // Or it would come back here until one of those who search has taken it, which may have
            // lost its core.
            if sees_work && !self.searching.replace(true) {
                shared.sleepers.join_search();
            }
            if self.in_order {
                // The future that is due may be so whenever it would sleep, by the hook.
                self.maintain();
            }
            return;
        }
        self.remote().pulse.counters.parks_and_unparks.add(1);
        let mut due = self.scratch.take();
        match shared.driver.try_lead() {
            Some(leader) => self.lead(leader, &mut due),
            None => {
                #[cfg(feature = "test-util")]
                shared.let_time_pass();
                shared.sleepers.park(self.index, self.next_timer());
                self.end_sleep();
            }
        }
        self.start_window();
        self.remote().pulse.counters.parks_and_unparks.add(1);
        let (fell_asleep, now) = (now, self.window.get().start);
        self.note_sleep(now.saturating_duration_since(fell_asleep));
        self.last_poll.set(now);
        let fired = self.take_due_timers(now, &mut due);
        self.note_timers(fired, now);
        self.wake_all(due);
    }

    /// Now and then sees whether the others get on, so that the watchdog need not.
    fn call_roll(&self, now: Instant) {
        let since_last = now.saturating_duration_since(self.last_roll_call.get());
        if since_last >= self.shared.roll_call.cadence.roll_call {
            self.last_roll_call.set(now);
            self.shared.call_roll(self.index, now);
        }
    }

    /// Blocks in the poller until an event, a timer or a notification.
    fn lead(&self, mut leader: Leader<'_>, woken: &mut Vec<GuardedWaker>) {
        #[cfg(feature = "test-util")]
        let passed = self.shared.pass_time(&mut leader, woken);
        #[cfg(not(feature = "test-util"))]
        let passed = false;
        if !passed {
            let wait = || leader.wait(self.next_timer());
            self.shared.sleepers.lead(self.index, wait);
        }
        self.end_sleep();
        leader.dispatch(woken);
    }

    fn end_sleep(&self) {
        let claimed = self.shared.sleepers.wake_up(self.index);
        // Whoever claimed it counted it as searching.
        self.searching.set(claimed);
        self.shared.resume_checks();
    }

    /// Gives how many of this worker's own were due.
    fn take_due_timers(&self, now: Instant, due: &mut Vec<GuardedWaker>) -> usize {
        let before = due.len();
        self.remote().timers.take_due(now, due);
        let fired = due.len() - before;
        self.shared.driver.timers().take_due(now, due);
        fired
    }

    /// Wakes what events and timers made ready, and help if it is much.
    fn wake_all(&self, mut wakers: Vec<GuardedWaker>) {
        if !wakers.is_empty() {
            self.dispatching.set(true);
            let strangers = put_off(|| wakers.drain(..).for_each(GuardedWaker::wake));
            self.dispatching.set(false);
            self.wake_help_for_dispatched();
            if !strangers.is_empty() {
                self.wake_strangers(strangers);
            }
        }
        self.scratch.set(wakers);
    }

    fn wake_help_for_dispatched(&self) {
        // The first of them this worker runs itself, at once.
        let backlog = self.queue.len() + self.shared.injector.len();
        self.wake_help_for(backlog.saturating_sub(1));
    }

    /// Wakes those whose code is not heist's. The watchdog sees to the rest of them if one blocks.
    fn wake_strangers(&self, strangers: Vec<GuardedWaker>) {
        let waiting = &self.remote().strangers;
        waiting.lock().extend(strangers);
        self.dispatching.set(true);
        // Not in a `while let`, which would hold the lock.
        loop {
            let next = waiting.lock().pop_front();
            match next {
                Some(waker) => waker.wake(),
                None => break,
            }
        }
        self.dispatching.set(false);
        self.wake_help_for_dispatched();
    }

    fn start_window(&self) {
        self.start_window_at(Instant::now());
    }

    fn start_window_at(&self, start: Instant) {
        let first_tick = self.tick.get();
        self.window.set(Window { start, first_tick });
        // None of the polls that are chosen by their number, to be timed, is passed over.
        let to_timed = MAINTENANCE_INTERVAL - first_tick % MAINTENANCE_INTERVAL;
        let polls = self.look_interval.get().min(to_timed);
        self.next_look.set(first_tick + polls);
    }

    fn end_window(&self) -> Instant {
        let now = Instant::now();
        let window = self.window.get();
        let polls = self.tick.get().wrapping_sub(window.first_tick);
        let elapsed = now.duration_since(window.start);
        self.shared.pace.record(polls, elapsed);
        self.looks.record_polls(polls, elapsed);
        self.look_interval.set(self.looks.interval());
        self.note_recurrent(polls, now);
        self.remote().pulse.counters.add_busy(elapsed);
        self.remote().pulse.set_returned(now);
        now
    }

    /// The runtime has shut down: drops all tasks, of which this worker's queue
    /// holds entries.
    fn leave(&self) {
        self.end_window();
        if !self.is_spare && !self.in_order {
            self.shared.end_pinned(self.index);
        }
        self.shared.end_tasks();
        while let Some(task) = self.remote().next.take().or_else(|| self.queue.pop()) {
            drop(task);
        }
        // What is left belongs to others.
        self.remote().timers.outlive_runtime();
    }
}

/// Calls the user's hooks: what comes before a sleep when it is made, what comes after at its drop.
struct SleepHook<'a>(&'a Shared);

impl<'a> SleepHook<'a> {
    fn new(shared: &'a Shared) -> Self {
        run_hook(shared.on_sleep.before.as_ref());
        Self(shared)
    }
}

impl Drop for SleepHook<'_> {
    fn drop(&mut self) {
        run_hook(self.0.on_sleep.after.as_ref());
    }
}

impl Shared {
    /// Whether a thief should visit this worker.
    fn worth_stealing(&self, victim: usize) -> bool {
        let remote = &self.workers[victim];
        let waiting = remote.queue.len();
        if self.is_absent(victim) {
            waiting > 0 || !remote.next.is_empty()
        } else {
            let recurs = waiting >= recurrent::MANY && remote.recurs.load(Relaxed);
            recurs || self.pace.worth_stealing(waiting)
        }
    }

    /// The last look before a worker sleeps.
    fn has_work_for(&self, worker: usize) -> bool {
        self.injector.len() > 0
            || (0..self.workers.len()).any(|victim| {
                victim != worker && !self.sleepers.is_asleep(victim) && self.worth_stealing(victim)
            })
    }
}
