//! Which worker the current thread is, if it is one.

use super::LocalWorker;
use crate::scheduler::Shared;
use crate::tasks::Notified;
use std::cell::Cell;
use std::marker::PhantomData;
use std::ptr;
use std::sync::Arc;

thread_local! {
    /// Points to the worker that the current thread is, as long as the worker does not move.
    static WORKER: Cell<*const LocalWorker> = const { Cell::new(ptr::null()) };
}

/// Makes the current thread a worker until this is dropped: when the worker leaves, or by a panic,
/// after which destructors of thread-locals still run.
pub(super) struct ThisThread<'a>(PhantomData<&'a LocalWorker>);

impl<'a> ThisThread<'a> {
    pub(super) fn enter(worker: &'a LocalWorker) -> Self {
        set(worker);
        Self(PhantomData)
    }
}

impl Drop for ThisThread<'_> {
    fn drop(&mut self) {
        set_none();
    }
}

/// Makes the current thread `worker`, until [`set_none`], which must be called before the worker
/// moves.
pub(super) fn set(worker: &LocalWorker) {
    WORKER.set(worker);
}

/// Makes the current thread no worker.
pub(super) fn set_none() {
    WORKER.set(ptr::null());
}

impl LocalWorker {
    /// Calls `f` with the current thread's worker, if it is one of `shared`'s.
    pub(crate) fn with<R>(shared: &Arc<Shared>, f: impl FnOnce(&LocalWorker) -> R) -> Option<R> {
        Self::of_runtime(Arc::as_ptr(shared)).map(f)
    }

    /// Queues the task if this thread is one of `shared`'s workers; otherwise returns it. `shared`
    /// is only compared.
    #[inline]
    pub(in crate::scheduler) fn offer(shared: *const Shared, task: Notified) -> Option<Notified> {
        match Self::of_runtime(shared) {
            Some(worker) => {
                worker.schedule(task);
                None
            }
            None => Some(task),
        }
    }

    /// Returns the current thread's worker, if it is one of `shared`'s, which is only compared. The
    /// reference must not be kept beyond the current call.
    #[inline]
    pub(in crate::scheduler) fn of_runtime<'a>(shared: *const Shared) -> Option<&'a Self> {
        let worker = Self::current()?;
        ptr::eq(Arc::as_ptr(&worker.shared), shared).then_some(worker)
    }

    /// Returns the current thread's worker, of whatever runtime. The reference must not be kept
    /// beyond the current call.
    #[inline]
    pub(in crate::scheduler) fn current<'a>() -> Option<&'a Self> {
        // SAFETY: the pointer is set only while the worker is on the stack of `Seat::run`,
        // `Seat::block_on` or `Seat::end`, and the reference does not leave this thread or its
        // callers, all of which run within those.
        unsafe { WORKER.get().as_ref() }
    }

    /// Returns the number of the current thread's worker; for a spare worker, that of one of the
    /// regular ones.
    pub(crate) fn current_number() -> Option<usize> {
        let worker = Self::current()?;
        Some(worker.index % worker.shared.workers.regular())
    }
}
