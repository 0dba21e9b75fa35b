//! A worker that has no thread yet, and how a thread becomes that worker.

use super::LocalWorker;
use super::background::Share;
use super::current::ThisThread;
use super::dense_timers::DenseTimers;
use super::linger::Lingering;
use super::measure::Measured;
use super::recurrent::Recurrent;
use super::search::Search;
use super::window::Window;
use crate::inheritance::LowSlack;
use crate::scheduler::Shared;
use crate::scheduler::halves::Worth;
use crate::scheduler::queue::WorkerQueue;
use crate::scheduler::runtime_ref::Spare;
use crate::sync::atomic::Ordering::Relaxed;
use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::task::Waker;
use std::time::Instant;

/// A worker that has no thread yet.
pub(crate) struct Seat {
    pub(super) shared: Arc<Shared>,
    pub(in crate::scheduler) index: usize,
    pub(in crate::scheduler) queue: WorkerQueue,
}

impl Seat {
    pub(in crate::scheduler) fn new(shared: Arc<Shared>, index: usize, queue: WorkerQueue) -> Self {
        Self {
            shared,
            index,
            queue,
        }
    }

    /// Makes the current thread this worker until the runtime shuts down, or, if it is a spare
    /// worker, until it has not been needed for a while.
    pub(crate) fn run(self) {
        let is_spare = self.index >= self.shared.workers.regular();
        let pinned_waker = match is_spare {
            true => Waker::noop().clone(),
            false => self.shared.adopt_pinned(self.index),
        };
        let worker = self.into_worker(pinned_waker);
        let thread = ThisThread::enter(&worker);
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

    /// Makes the current thread, which the watchdog watches as this worker's already, this worker,
    /// for as long as the result exists.
    pub(super) fn into_worker(self, pinned_waker: Waker) -> LocalWorker {
        let first_tick = self.shared.workers[self.index].pulse.polls();
        let is_spare = self.index >= self.shared.workers.regular();
        let worker = LocalWorker {
            pinned_waker,
            _on_time: LowSlack::new(),
            is_spare,
            in_order: self.shared.flavor.is_current_thread(),
            yielded: RefCell::new(Vec::new()),
            remote: &raw const self.shared.workers[self.index],
            group: self.shared.groups.of(self.index),
            units: Spare::none(&self.shared),
            shared: self.shared,
            index: self.index,
            queue: self.queue,
            tick: Cell::new(first_tick),
            next_streak: Cell::new(0),
            search: Search::new(),
            dispatching: Cell::new(false),
            window: Window::starting_now(first_tick),
            measured: Cell::new(Measured::starting_now(first_tick)),
            recurrent: Recurrent::new(),
            worth: Worth::new(),
            share: Share::new(),
            dense_timers: DenseTimers::new(),
            lingering: Cell::new(Lingering::new()),
            woke_by_timer: Cell::new(false),
            last_poll: Cell::new(Instant::now()),
            last_roll_call: Cell::new(Instant::now()),
            scratch: Cell::new(Vec::new()),
        };
        worker.shared.sleepers.adopt_current_thread(worker.index);
        worker
    }
}
