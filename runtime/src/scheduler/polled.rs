//! Which task each worker polls: published by the worker, looked up by whoever asks.
//!
//! A worker stores the task's registry key before each poll. It does not take it back after the
//! poll, which would cost as much again, but only when it looks beyond its queue or sleeps. So the
//! invariant: a key says something only while the task that is registered under it is being polled.

use super::Shared;
use crate::runtime::dump::TaskState;
use crate::task::{Header, Phase, TaskRef};
// Not loom's: no protocol hangs on it.
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// A worker's latest poll.
pub(super) struct Polled(AtomicU64);

/// No task is registered under these.
const NOTHING: u64 = u64::MAX;
const PINNED: u64 = u64::MAX - 1;

impl Polled {
    pub(super) fn new() -> Self {
        Self(AtomicU64::new(NOTHING))
    }

    /// The worker is about to poll the task of this key.
    #[inline]
    pub(super) fn set(&self, key: u64) {
        self.0.store(key, Relaxed);
    }

    /// It polls its pinned tasks, which are in a registry of their own.
    pub(super) fn set_pinned(&self) {
        self.set(PINNED);
    }

    pub(super) fn set_nothing(&self) {
        self.set(NOTHING);
    }
}

/// What a task is registered under; when it has ended another one may be.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum TaskKey {
    Free(u64),
    /// With the worker's own.
    Pinned(u64),
}

/// A live task, as a look found it.
pub(crate) struct SeenTask {
    pub(crate) task: TaskRef,
    pub(crate) state: TaskState,
    pub(crate) pinned_to: Option<usize>,
}

impl Shared {
    /// Which task the worker polls, or has polled last.
    pub(super) fn polled_by(&self, worker: usize) -> Option<TaskKey> {
        let remote = &self.workers[worker];
        match remote.polled.0.load(Relaxed) {
            NOTHING => None,
            PINNED => Some(TaskKey::Pinned(remote.pinned.polled())),
            key => Some(TaskKey::Free(key)),
        }
    }

    /// Calls `f` with the task that has this key now, of those that the worker may poll, under the
    /// registry's lock.
    pub(super) fn with_task<R>(
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

    /// All live tasks, and what they do.
    pub(crate) fn see_tasks(&self) -> Vec<SeenTask> {
        let free = self.registry.list().into_iter().map(|task| (task, None));
        let workers = self.workers.iter().enumerate();
        let pinned = workers.flat_map(|(index, worker)| {
            let tasks = worker.pinned.list().into_iter();
            tasks.map(move |task| (task, Some(index)))
        });
        free.chain(pinned)
            .filter_map(|(task, pinned_to)| {
                let state = self.state_of(task.header(), pinned_to)?;
                Some(SeenTask {
                    task,
                    state,
                    pinned_to,
                })
            })
            .collect()
    }

    /// `None`: it has ended.
    fn state_of(&self, task: &Header, pinned_to: Option<usize>) -> Option<TaskState> {
        Some(match task.phase() {
            Phase::Complete => return None,
            Phase::Waiting => TaskState::Waiting,
            Phase::Scheduled => TaskState::Scheduled,
            Phase::Running => match pinned_to.or_else(|| self.who_polls(task)) {
                Some(worker) if self.sleepers.is_blocking(worker) => TaskState::Blocking { worker },
                worker => TaskState::Running {
                    worker,
                    stalled_for: worker.and_then(|worker| self.stalled_for(worker, task.id())),
                },
            },
        })
    }

    fn who_polls(&self, task: &Header) -> Option<usize> {
        let key = Some(TaskKey::Free(task.registry_key()));
        (0..self.workers.len()).find(|&worker| self.polled_by(worker) == key)
    }
}
