//! A worker: the thread that polls tasks. When it has none, it searches for some, leads the poller,
//! or sleeps.
//!
//! Only its own thread accesses [`LocalWorker`]; the part that other threads see is `Remote` in
//! `workers`. This file is the worker's loop, `seat` its beginning and end, and `current` how a
//! thread finds the worker that it is.
//!
//! When the queue is empty, `search` looks for work elsewhere. Then the worker lingers (`linger`),
//! and then leads the poller or parks (`idle`). `window` decides when to look beyond the queue,
//! `wakes` wakes the tasks that events and timers made ready, and `dense_timers` decides which
//! timers wait for each other.
//!
//! `measure` times polls, `recurrent` shares tasks that come back, `background` decides when
//! background tasks run, and `in_place` is blocking in place. `spare` is specific to spare workers,
//! and `own_thread` to the worker of a current-thread runtime.

mod background;
mod current;
mod dense_timers;
mod idle;
mod in_place;
mod linger;
mod measure;
mod own_thread;
mod recurrent;
mod search;
mod seat;
mod spare;
#[cfg(all(test, not(loom)))]
mod tests;
mod wakes;
mod window;

use super::halves::Worth;
use super::look::MAINTENANCE_INTERVAL;
use super::queue::WorkerQueue;
use super::runtime_ref::Spare;
use super::{Group, Remote, Shared};
use crate::budget::FULL;
use crate::inheritance::LowSlack;
use crate::sync::atomic::Ordering::Relaxed;
use crate::tasks::Notified;
use crate::waking::GuardedWaker;
use background::Share;
use dense_timers::DenseTimers;
use linger::Lingering;
use measure::Measured;
use recurrent::Recurrent;
use search::Search;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::Waker;
use std::time::{Duration, Instant};
use window::Window;

pub(crate) use seat::Seat;

/// A busy worker polls for events no more often than this: the system call costs as much as several
/// short polls.
const BUSY_POLL_INTERVAL: Duration = Duration::from_micros(100);

/// Number of times in a row that the next slot may go before the queue, so that two tasks that keep
/// waking each other do not starve the rest.
const NEXT_STREAK: u8 = 3;

pub(crate) struct LocalWorker {
    pub(super) shared: Arc<Shared>,
    /// This worker's `Remote` in `shared`, kept here because each poll needs it several times.
    remote: *const Remote,
    /// Likewise this worker's group.
    group: *const Group,
    units: Spare,
    is_spare: bool,
    /// Whether tasks run strictly in the order in which they were queued.
    in_order: bool,
    /// Used if `in_order`: tasks that were woken while they ran, usually by themselves.
    yielded: RefCell<Vec<Notified>>,
    index: usize,
    pub(super) queue: WorkerQueue,
    tick: Cell<u64>,
    /// Number of times in a row that the next slot has been used.
    next_streak: Cell<u8>,
    search: Search,
    /// Whether events and timers are waking tasks: these are queued in order, and one decision
    /// about waking other workers is made for all of them.
    dispatching: Cell<bool>,
    window: Window,
    measured: Cell<Measured>,
    recurrent: Recurrent,
    /// Whether this worker's joins are worth other workers' help.
    pub(super) worth: Worth,
    /// The worker time that background tasks are owed.
    share: Share,
    dense_timers: DenseTimers,
    lingering: Cell<Lingering>,
    /// Whether the worker last woke for one of its own timers.
    woke_by_timer: Cell<bool>,
    /// When it last checked for events, or woke because another worker did.
    last_poll: Cell<Instant>,
    /// When it last checked whether the others make progress.
    last_roll_call: Cell<Instant>,
    /// An empty vector, kept for its allocation.
    scratch: Cell<Vec<GuardedWaker>>,
    /// Wakes this worker for its pinned tasks.
    pinned_waker: Waker,
    _on_time: LowSlack,
}

impl LocalWorker {
    #[inline]
    pub(super) fn spare_units(&self) -> &Spare {
        &self.units
    }

    pub(super) fn is_spare(&self) -> bool {
        self.is_spare
    }

    /// Returns whether there is no other worker to share with.
    #[inline]
    pub(super) fn is_the_only_one(&self) -> bool {
        self.in_order
    }

    pub(crate) fn index(&self) -> usize {
        self.index
    }

    #[inline]
    pub(super) fn remote(&self) -> &Remote {
        // SAFETY: made from a reference in `Seat::into_worker`. `shared` keeps the workers'
        // `Remote`s alive, and they do not move.
        unsafe { &*self.remote }
    }

    #[inline]
    pub(super) fn group(&self) -> &Group {
        // SAFETY: as for `remote`.
        unsafe { &*self.group }
    }

    /// Queues a task that the running task spawned or woke, or that an event woke.
    #[inline]
    pub(super) fn schedule(&self, task: Notified) {
        // Each of these is rare: one branch for all.
        if self.in_order | self.dispatching.get() | self.remote().alert.load(Relaxed) {
            self.schedule_specially(task);
        } else if let Some(displaced) = self.remote().next.put(task) {
            self.push_and_wake_help(displaced);
        }
    }

    #[inline(never)]
    fn schedule_specially(&self, task: Notified) {
        if self.in_order {
            self.push(task);
        } else if self.dispatching.get() {
            self.push_urgent(task);
        } else {
            // While alert: if this worker blocks, no other worker would find the task in the next
            // slot.
            self.push_and_wake_help(task);
        }
    }

    #[inline(never)]
    fn push_and_wake_help(&self, task: Notified) {
        self.push(task);
        self.wake_help();
    }

    /// Queues a task of high priority, as if an event had woken it.
    pub(super) fn schedule_urgent(&self, task: Notified) {
        self.push_urgent(task);
        if !self.dispatching.get() {
            self.wake_help();
        }
    }

    /// Puts a task at the back of the queue.
    fn push(&self, task: Notified) {
        self.queue.push(task);
    }

    /// Queues a task that an event or a due timer woke, before those that are merely runnable.
    pub(super) fn push_urgent(&self, task: Notified) {
        if let Err(task) = self.queue.push_urgent(task) {
            self.remote().pulse.counters.overflows.add(1);
            self.group().injector.push_urgent(task);
        }
    }

    fn run_until_shutdown(&self) {
        self.keep_first_watch();
        self.start_window();
        while !self.shared.shutdown.load(Relaxed) {
            if !self.run_next() {
                self.sleep();
                if self.is_surplus() && !self.rest() {
                    return;
                }
                continue;
            }
            let tick = self.tick.get();
            if self.window.is_look_due(tick) || self.remote().look_up.load(Relaxed) {
                self.maintain();
                // Before its own tasks, so that they cannot starve the injected ones.
                if let Some(task) = self.pop_injected() {
                    self.run(task);
                }
                // Not after the watchdog's checks: those fall into long polls, so that the poll
                // timed would always be the one that follows a long poll.
                if tick % MAINTENANCE_INTERVAL == 0 {
                    self.run_measured();
                }
                if self.is_surplus() && !self.rest() {
                    return;
                }
            }
        }
    }

    /// Runs the first that exists of: a task of its own queue, its pinned tasks, a task found
    /// elsewhere, a half of a join, and a background task. Returns `false` if there was none.
    ///
    /// After each of these the caller checks whether a look is due, so that pinned tasks that are
    /// always ready cannot starve timers and events.
    #[inline]
    fn run_next(&self) -> bool {
        let run = |task| self.run(task);
        self.pop().map(run).is_some()
            || self.run_pinned()
            || self.search().map(run).is_some()
            || self.run_offered_half()
            || self.pop_background().map(run).is_some()
    }

    /// Counts a poll. The watchdog detects by this count whether the worker makes progress.
    #[inline]
    pub(super) fn count_poll(&self) -> &Remote {
        let tick = self.tick.get().wrapping_add(1);
        self.tick.set(tick);
        let remote = self.remote();
        remote.pulse.set_polls(tick);
        remote
    }

    /// Runs pinned tasks that are due. Returns `false` if none were.
    fn run_pinned(&self) -> bool {
        if self.in_order {
            // In this case the flag means that the future passed to `block_on` is due.
            return false;
        }
        if self.search.is_counted.get() && self.remote().pinned.are_due() {
            self.end_search_and_wake_help();
        }
        let run = |task: Notified| self.run_one_pinned(task);
        self.shared.run_pinned(self.index, &self.pinned_waker, run)
    }

    #[inline]
    fn run(&self, task: Notified) {
        self.count_poll()
            .pulse
            .set_polled(task.header().registry_key());
        if self.search.is_counted.get() {
            self.end_search_and_wake_help();
        }
        if let Some(task) = task.run(FULL) {
            self.queue_again(task);
        }
    }

    /// Queues a task that was woken while it ran, usually by itself: other tasks go first,
    /// including those from outside.
    #[inline]
    fn queue_again(&self, task: Notified) {
        if self.in_order {
            self.yielded.borrow_mut().push(task);
            return;
        }
        let group = self.group();
        if group.injector.len() > 0 {
            group.injector.move_into(&self.queue, group.workers);
        }
        match task.has_priority() {
            true => task.schedule(),
            false => self.push(task),
        }
    }

    /// Wakes another worker if there is enough work for it.
    fn wake_help(&self) {
        self.wake_help_for(self.queue.len() + self.group().injector.len());
    }

    fn wake_help_for(&self, backlog: usize) {
        if self.shared.needs_help(self.group(), backlog) {
            self.shared.wake_one();
        } else {
            self.share_recurrent();
        }
    }

    /// Returns the next task of this worker's own.
    #[inline]
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

    /// Looks beyond the queue, however much there is to do: at the clock, timers and events.
    fn maintain(&self) {
        self.remote().look_up.store(false, Relaxed);
        self.remote().pulse.set_polls_nothing();
        let start = self.window.start();
        let now = self.end_window();
        self.window.begin(self.tick.get(), now);
        self.call_roll(now);
        self.share_recurrent();
        let mut due = self.scratch.take();
        self.take_due_timers(now, &mut due);
        let is_poll_due = now.duration_since(self.last_poll.get()) >= BUSY_POLL_INTERVAL;
        if is_poll_due {
            self.last_poll.set(now);
            if let Some(mut leader) = self.shared.driver.try_lead() {
                leader.poll_few();
                leader.dispatch(&mut due);
                if due.is_empty() {
                    self.window.record_empty_look(now.elapsed());
                }
            }
        }
        self.wake_all(due);
        if is_poll_due {
            // No more often, since it reads a line that the other worker writes at each poll.
            self.balance();
        }
        self.run_pinned();
        self.run_share_of_background(now.saturating_duration_since(start));
    }

    /// Calls the roll if it is time for that: checks whether the others make progress, so that the
    /// watchdog need not.
    fn call_roll(&self, now: Instant) {
        let since_last = now.saturating_duration_since(self.last_roll_call.get());
        if since_last >= self.shared.roll_call.cadence.roll_call {
            self.last_roll_call.set(now);
            self.shared.call_roll(self.index, now);
        }
    }

    fn start_window(&self) {
        self.window.begin(self.tick.get(), Instant::now());
    }

    fn end_window(&self) -> Instant {
        let now = Instant::now();
        let (polls, elapsed) = self.window.end(self.tick.get(), now);
        self.group().pace.record(polls, elapsed);
        self.note_recurrent(polls, elapsed, now);
        self.remote().pulse.counters.add_busy(elapsed);
        self.remote().pulse.set_returned(now);
        now
    }

    /// Drops all tasks after the runtime has shut down; this worker's queue holds entries of some
    /// of them.
    fn leave(&self) {
        self.end_window();
        if !self.is_spare && !self.in_order {
            self.shared.end_pinned(self.index);
        }
        self.shared.end_tasks();
        while let Some(task) = self.remote().next.take().or_else(|| self.queue.pop()) {
            drop(task);
        }
        // The timers that are left belong to other threads.
        self.remote().timers.outlive_runtime();
    }
}
