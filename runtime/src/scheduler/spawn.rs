//! How a task is made: it is allocated, entered into the registry, and queued.
//!
//! On any thread. Invariant: a task that no registry accepts is given back to the caller, who drops
//! it where its destructors may run.

use super::owner::is_own_thread;
use super::priority::Prioritized;
use super::runtime_ref::RuntimeRef;
use super::worker::LocalWorker;
use super::{SHARDS_EACH, Shared};
use crate::tasks::{JoinHandle, Origin, Priority, Schedule, TaskRef, Unobserved, new_task};
use std::future::Future;
use std::sync::Arc;

impl Shared {
    /// Spawns a task. On a runtime that has shut down it is cancelled at once: the caller must then
    /// [`shutdown`](TaskRef::shutdown) the task that is returned beside the handle, at a moment
    /// when the future's destructors may run.
    #[must_use]
    pub(crate) fn spawn<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unobserved<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        // SAFETY: the future is `Send`.
        unsafe { self.spawn_unchecked::<U, F>(future, origin) }
    }

    /// Like [`spawn`](Self::spawn), for a task that has a priority.
    #[must_use]
    pub(crate) fn spawn_by<U, F>(
        self: &Arc<Self>,
        priority: Priority,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unobserved<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let scheduler = |runtime| Prioritized { runtime, priority };
        // SAFETY: the future is `Send`.
        unsafe { self.spawn_for::<U, F, _>(scheduler, future, origin) }
    }

    /// Like [`spawn`](Self::spawn), for any future.
    ///
    /// # Safety
    ///
    /// The future is `Send`, or all of this runtime's tasks run and are dropped on this thread.
    #[must_use]
    pub(crate) unsafe fn spawn_unchecked<U, F>(
        self: &Arc<Self>,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unobserved<F::Output>,
        F: Future + 'static,
    {
        // SAFETY: the caller promises it.
        unsafe { self.spawn_for::<U, F, _>(|runtime| runtime, future, origin) }
    }

    /// Spawns a task with the scheduler that `scheduler` returns.
    ///
    /// # Safety
    ///
    /// As for [`spawn_unchecked`](Self::spawn_unchecked).
    #[inline]
    unsafe fn spawn_for<U, F, S>(
        self: &Arc<Self>,
        scheduler: impl FnOnce(RuntimeRef) -> S,
        future: F,
        origin: Origin,
    ) -> (JoinHandle<F::Output>, Option<TaskRef>)
    where
        U: Unobserved<F::Output>,
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
            None if self.refuses_spawns() => return (handle, Some(owner)),
            None => self.workers.regular() + self.groups.home_group(),
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

    /// Returns whether a graceful shutdown has begun and this thread, which is not the runtime's
    /// own, may not spawn any more.
    pub(crate) fn refuses_spawns(self: &Arc<Self>) -> bool {
        self.draining.has_begun() && !is_own_thread(self)
    }
}
