//! A task in memory: one allocation holding the header, the scheduler, and the future or its
//! output.
//!
//! The header does not depend on the types of the others; code that does is reached through its
//! vtable.
//!
//! Invariant: `stage` is accessed only by the thread that owns the future according to the state
//! word (the thread that set RUNNING before COMPLETE; afterwards the `JoinHandle`, or the
//! completing thread if there is none).

use super::error::{Cause, JoinError};
use super::failure::{Failures, Unobserved};
use super::header::{Header, Vtable};
use super::join::JoinHandle;
use super::notified::Notified;
use super::origin::Origin;
use super::prefetch::prefetch;
use super::reference::TaskRef;
use crate::panics;
use crate::poll_context::drop_within;
use crate::sync::UnsafeCell;
use std::future::Future;
use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::ptr::NonNull;
use std::task::{Context, Poll};

/// Decides where woken tasks are queued.
pub(crate) trait Schedule: Send + Sync + Sized + 'static {
    /// Whether tasks of this scheduler are in a registry, which then holds a reference to each.
    const REGISTERED: bool;

    /// Whether its tasks have a priority, by which they are also queued when they are to be polled
    /// again.
    const HAS_PRIORITY: bool = false;

    /// Queues a task.
    ///
    /// # Safety
    ///
    /// `this` points into the task's own cell. It is valid until `task` has been handed over and
    /// not afterwards: by then another thread may have run the task and freed it.
    unsafe fn schedule(this: *const Self, task: Notified);

    /// Takes a completed task out of the registry. Returns `true` if it was registered; the
    /// registry's reference is now the caller's.
    fn release(&self, task: &Header) -> bool;

    /// Returns where to report the failure of a task that nothing can await any more.
    fn failures(&self) -> &Failures;
}

/// Creates a task. The caller must queue the [`Notified`], and keep the [`TaskRef`] (there is one
/// exactly when `S::REGISTERED`) until the task ends.
pub(crate) fn new_task<U, F, S>(
    future: F,
    scheduler: S,
    origin: Origin,
) -> (Option<TaskRef>, Notified, JoinHandle<F::Output>)
where
    U: Unobserved<F::Output>,
    F: Future + 'static,
    S: Schedule,
{
    let raw = allocate::<U, F, S>(future, scheduler, origin);
    // SAFETY: a task is created SCHEDULED, with a reference for each of these.
    unsafe {
        // Not `then_some`, which would create and drop a reference that does not exist.
        let owner = S::REGISTERED.then(|| TaskRef::from_raw(raw));
        let handle = JoinHandle::new(TaskRef::from_raw(raw));
        (owner, Notified::from_raw(raw), handle)
    }
}

enum Stage<F: Future> {
    Future(F),
    Output(Result<F::Output, Cause>),
    Empty,
}

/// `U` decides whether an output that is never taken is a failure.
#[repr(C)]
struct Cell<F: Future, S, U> {
    header: Header,
    scheduler: S,
    stage: UnsafeCell<Stage<F>>,
    _unobserved: PhantomData<U>,
}

/// Allocates a task, with the references described at [`State::new`].
fn allocate<U, F, S>(future: F, scheduler: S, origin: Origin) -> NonNull<Header>
where
    U: Unobserved<F::Output>,
    F: Future + 'static,
    S: Schedule,
{
    let cell = Box::new(Cell {
        header: Header::new(origin, S::REGISTERED, Cell::<F, S, U>::VTABLE),
        scheduler,
        stage: UnsafeCell::new(Stage::Future(future)),
        _unobserved: PhantomData::<U>,
    });
    // `Cell` is repr(C) and starts with its header, so both have the same address.
    NonNull::from(Box::leak(cell)).cast()
}

impl<F: Future + 'static, S: Schedule, U: Unobserved<F::Output>> Cell<F, S, U> {
    const VTABLE: &'static Vtable = &Vtable {
        has_priority: S::HAS_PRIORITY,
        poll: Self::poll,
        cancel: Self::cancel,
        drop_output: Self::drop_output,
        take_output: Self::take_output,
        schedule: Self::schedule,
        release: Self::release,
        dealloc: Self::dealloc,
    };

    /// # Safety
    ///
    /// `task` must have been made by [`allocate`] with the same types, and must not have been
    /// freed.
    unsafe fn of<'a>(task: NonNull<Header>) -> &'a Self {
        // SAFETY: by the contract, the header is the first field of such a cell.
        unsafe { task.cast::<Self>().as_ref() }
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; the caller set RUNNING.
    unsafe fn poll(task: NonNull<Header>, cx: &mut Context<'_>) -> bool {
        // SAFETY: as promised by the caller.
        let cell = unsafe { Self::of(task) };
        cell.stage.with_mut(|stage| {
            let polled = panics::catch(|| {
                // SAFETY: RUNNING gives us exclusive access to the stage.
                let Stage::Future(future) = (unsafe { &mut *stage }) else {
                    unreachable!("a running task holds its future");
                };
                // SAFETY: the future never moves between here and its drop in place.
                let future = unsafe { Pin::new_unchecked(future) };
                // If the poll panics, the future is dropped while the thread unwinds, like the
                // variables of a panicking function, so that values it holds, such as the guard of
                // a lock, can detect the panic.
                let unwinding = DropStage(stage);
                let polled = future.poll(cx);
                mem::forget(unwinding);
                polled
            });
            let output = match polled {
                Ok(Poll::Pending) => return false,
                Ok(Poll::Ready(output)) => Ok(output),
                Err(payload) => Err(Cause::Panic(payload)),
            };
            // SAFETY: as above.
            unsafe { replace(stage, output) };
            true
        })
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; the caller set RUNNING.
    unsafe fn cancel(task: NonNull<Header>) {
        // SAFETY: as promised by the caller.
        let cell = unsafe { Self::of(task) };
        drop_within(task.as_ptr().cast(), || {
            cell.stage.with_mut(|stage| {
                // SAFETY: RUNNING gives us exclusive access to the stage.
                unsafe { replace(stage, Err(Cause::Cancelled)) };
            });
        });
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; the task is complete, and the output belongs to the caller.
    unsafe fn drop_output(task: NonNull<Header>) {
        // SAFETY: as promised by the caller.
        let cell = unsafe { Self::of(task) };
        // SAFETY: the output belongs to the caller, so no other thread accesses it.
        let is_taken = |stage: *const Stage<F>| matches!(unsafe { &*stage }, Stage::Empty);
        if cell.stage.with(is_taken) {
            return;
        }
        drop_within(task.as_ptr().cast(), || {
            cell.stage.with_mut(|stage| {
                // SAFETY: the output belongs to the caller, so no other thread accesses it. It is
                // taken out first, so that a panicking drop is not run twice.
                let output = unsafe { stage.replace(Stage::Empty) };
                // A drop that panics must not take the worker down.
                panics::contain(|| cell.report_unobserved(output));
            });
        });
    }

    /// Drops an output that will never be taken, and reports it if it is a failure.
    fn report_unobserved(&self, stage: Stage<F>) {
        let failures = self.scheduler.failures();
        let task = self.header.meta();
        match stage {
            Stage::Output(Ok(output)) => {
                if let Some(error) = U::failure(output) {
                    failures.report_error(task, &*error);
                }
            }
            Stage::Output(Err(Cause::Panic(payload))) => {
                failures.report_panic(task, &*payload);
            }
            Stage::Output(Err(Cause::Cancelled)) | Stage::Future(_) | Stage::Empty => {}
        }
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; the task is complete, the output belongs to the caller, and `into`
    /// points at a `Poll<Result<F::Output, JoinError>>`.
    unsafe fn take_output(task: NonNull<Header>, into: *mut ()) {
        // SAFETY: as promised by the caller.
        let cell = unsafe { Self::of(task) };
        // SAFETY: the output belongs to the caller, so no other thread accesses it.
        let output = cell
            .stage
            .with_mut(|stage| unsafe { stage.replace(Stage::Empty) });
        let Stage::Output(output) = output else {
            panic!("`JoinHandle` polled after it returned its output");
        };
        let output = output.map_err(|cause| JoinError::new(cell.header.meta().id(), cause));
        // SAFETY: `into` is of this type, by the contract.
        unsafe { *into.cast::<Poll<Result<F::Output, JoinError>>>() = Poll::Ready(output) };
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; the caller owns the queue entry's reference.
    unsafe fn schedule(task: NonNull<Header>) {
        let cell = task.cast::<Self>().as_ptr();
        // SAFETY: as promised by the caller. Raw pointers, because no reference into the cell may
        // outlive the hand-over.
        let (scheduler, stage) =
            unsafe { (&raw const (*cell).scheduler, &raw const (*cell).stage) };
        // A wake has just fetched the header, and the poll will need the future.
        prefetch(stage);
        // SAFETY: the entry's reference is ours to pass on, and keeps the cell alive until the
        // hand-over.
        unsafe { S::schedule(scheduler, Notified::from_raw(task)) };
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract.
    unsafe fn release(task: NonNull<Header>) -> bool {
        // SAFETY: as promised by the caller.
        let cell = unsafe { Self::of(task) };
        cell.scheduler.release(&cell.header)
    }

    /// # Safety
    ///
    /// [`Vtable`]'s contract; no other reference exists.
    unsafe fn dealloc(task: NonNull<Header>) {
        // SAFETY: the last reference, so the box is ours again.
        let cell = unsafe { Box::from_raw(task.cast::<Self>().as_ptr()) };
        // Does nothing, except in loom, which would not count freeing as an access.
        cell.stage.with_mut(|_| ());
        // This drops a future that can no longer be woken, or an output that was never taken; see
        // `drop_output` for the panic.
        panics::discard(cell);
    }
}

/// Drops a future that has panicked and empties its stage.
struct DropStage<F: Future>(*mut Stage<F>);

impl<F: Future> Drop for DropStage<F> {
    fn drop(&mut self) {
        // A panic of the future's destructor must not coincide with the one that is unwinding.
        panics::contain(|| {
            // SAFETY: the stage is valid, and exclusively ours during the poll. Dropped in place
            // because the future is pinned.
            unsafe { std::ptr::drop_in_place(self.0) };
        });
        // SAFETY: the old value has been dropped.
        unsafe { self.0.write(Stage::Empty) };
    }
}

/// Drops the future in place and stores the output in its place. If the drop panics, that panic
/// becomes the outcome.
///
/// # Safety
///
/// `stage` must be valid, and the caller must have exclusive access to it.
unsafe fn replace<F: Future>(stage: *mut Stage<F>, output: Result<F::Output, Cause>) {
    // SAFETY: dropped in place because the future is pinned, and then overwritten without being
    // dropped again, whether or not the drop panicked.
    let dropped = panics::catch(|| unsafe { std::ptr::drop_in_place(stage) });
    // SAFETY: the old value has been dropped.
    unsafe { stage.write(Stage::Empty) };
    let output = match dropped {
        Ok(()) => output,
        Err(payload) => {
            // Dropping the output may panic as well.
            panics::discard(output);
            Err(Cause::Panic(payload))
        }
    };
    // SAFETY: `stage` holds `Empty`, which needs no drop.
    unsafe { stage.write(Stage::Output(output)) };
}
