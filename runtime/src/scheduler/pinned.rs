//! The tasks that are pinned to a worker, in contrast to those that any worker may run.
//!
//! Other threads wake them through [`Due`], which the worker checks when it looks beyond its own
//! queue.

use super::sleep::Due;
use super::{Polled, Shared};
use crate::draining::Draining;
use crate::tasks::{Failures, Header, LocalDriver, LocalQueue, Notified, TaskRef, enter_local};
use crate::waking::{OwnWake, own_vtable, own_waker};
use std::sync::{Arc, Weak};
use std::task::{Context, RawWakerVTable, Waker};

/// The part of a worker's pinned tasks that other threads see.
pub(crate) struct Pinned {
    tasks: Arc<LocalQueue>,
    driver: LocalDriver,
    due: Due,
}

impl Pinned {
    pub(super) fn new(failures: Arc<Failures>, draining: Arc<Draining>) -> Self {
        let tasks = Arc::new(LocalQueue::new(failures, Some(draining)));
        Self {
            driver: tasks.add_driver(),
            tasks,
            due: Due::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.tasks.len()
    }

    pub(crate) fn list(&self) -> Vec<TaskRef> {
        self.tasks.list()
    }

    pub(super) fn spawned(&self) -> u64 {
        self.tasks.spawned()
    }

    pub(super) fn polled(&self) -> u64 {
        self.tasks.polled()
    }

    pub(super) fn with_task<R>(&self, key: u64, f: impl FnOnce(&Header) -> R) -> Option<R> {
        self.tasks.with_task(key, f)
    }

    pub(super) fn are_due(&self) -> bool {
        self.due.is_set()
    }
}

/// Wakes a worker for its pinned tasks.
struct PinnedWaker {
    shared: Weak<Shared>,
    worker: usize,
}

pub(super) static VTABLE: RawWakerVTable = own_vtable::<PinnedWaker>();

impl OwnWake for PinnedWaker {
    fn vtable() -> &'static RawWakerVTable {
        &VTABLE
    }

    fn wake(&self) {
        let Some(shared) = self.shared.upgrade() else {
            return;
        };
        let due = &shared.workers[self.worker].pinned.due;
        due.notify(self.worker, &shared.sleepers, &*shared);
    }
}

/// A task's key in its registry. After the task has ended, another one may have the same key.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum TaskKey {
    Free(u64),
    /// In the registry of the worker's pinned tasks.
    Pinned(u64),
}

impl Shared {
    /// Returns the task that the worker polls, or has polled last.
    pub(crate) fn polled_by(&self, worker: usize) -> Option<TaskKey> {
        let remote = &self.workers[worker];
        match remote.pulse.polled() {
            Polled::Nothing => None,
            Polled::Pinned => Some(TaskKey::Pinned(remote.pinned.polled())),
            Polled::Task(key) => Some(TaskKey::Free(key)),
        }
    }

    /// Calls `f` under the registry's lock with the task that has this key now, among those that
    /// the worker may poll.
    pub(crate) fn with_task<R>(
        &self,
        worker: usize,
        key: TaskKey,
        f: impl FnOnce(&Header) -> R,
    ) -> Option<R> {
        match key {
            TaskKey::Free(key) => self.registry.with(key, f),
            TaskKey::Pinned(key) => self.workers[worker].pinned.with_task(key, f),
        }
    }

    /// Returns the pinned tasks of a worker. Numbers beyond the last worker wrap around to the
    /// first.
    pub(crate) fn pinned(&self, worker: usize) -> &Arc<LocalQueue> {
        &self.workers[worker % self.workers.regular()].pinned.tasks
    }

    /// Puts the current thread in charge of a worker's pinned tasks. Returns the waker that wakes
    /// it for them.
    pub(super) fn adopt_pinned(self: &Arc<Self>, worker: usize) -> Waker {
        let pinned = &self.workers[worker].pinned;
        pinned.tasks.adopt_current_thread();
        // The first check finds the tasks that have been spawned already.
        pinned.due.set();
        self.waker_of_due(worker)
    }

    /// Returns a waker that marks as due what only this worker can run, and wakes the worker.
    pub(super) fn waker_of_due(self: &Arc<Self>, worker: usize) -> Waker {
        own_waker(Arc::new(PinnedWaker {
            shared: Arc::downgrade(self),
            worker,
        }))
    }

    /// Returns whether that waker has been woken since the last call.
    pub(super) fn take_due(&self, worker: usize) -> bool {
        self.workers[worker].pinned.due.take()
    }

    /// Runs pinned tasks of the current thread's worker, each by `run`. Returns `false` if none
    /// were due.
    pub(super) fn run_pinned(
        &self,
        worker: usize,
        waker: &Waker,
        run: impl Fn(Notified) -> Option<Notified>,
    ) -> bool {
        let remote = &self.workers[worker];
        let pinned = &remote.pinned;
        if !self.take_due(worker) {
            return false;
        }
        let _entered = enter_local(&pinned.tasks);
        remote.pulse.set_polls_pinned();
        let cx = &Context::from_waker(waker);
        pinned.tasks.run_some(pinned.driver, cx, run);
        remote.pulse.set_polls_nothing();
        true
    }

    /// Drops the pinned tasks of the current thread's worker.
    pub(super) fn end_pinned(&self, worker: usize) {
        let pinned = &self.workers[worker].pinned;
        let _entered = enter_local(&pinned.tasks);
        pinned.tasks.close();
    }
}
