//! Running, waking and ending a task through its header, whatever its future.
//!
//! [`Notified`] is a run-queue entry; [`TaskRef`] any other owned reference.
//! Both are one pointer wide.

use super::cell::{Header, Schedule, allocate};
use super::failure::Unheard;
use super::state::{FinishPoll, StartPoll};
use super::{JoinHandle, Origin, waker};
use crate::poll_context::{self, Left};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, Waker};

/// Makes a task. The caller must queue the [`Notified`], and keep the
/// [`TaskRef`] (there is one exactly when `S::REGISTERED`) until the task ends.
pub(crate) fn new_task<U, F, S>(
    future: F,
    scheduler: S,
    origin: Origin,
) -> (Option<TaskRef>, Notified, JoinHandle<F::Output>)
where
    U: Unheard<F::Output>,
    F: Future + 'static,
    S: Schedule,
{
    let raw = allocate::<U, F, S>(future, scheduler, origin);
    // Not `then_some`: it would make, and drop, a reference that is not there.
    let owner = S::REGISTERED.then(|| TaskRef(raw));
    (owner, Notified(raw), JoinHandle::new(TaskRef(raw)))
}

/// An owned reference to a task.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: a task's future and output are `Send` (or stay on one thread by the
// spawning code's own means), and everything else in the header is synchronised
// by the state word.
unsafe impl Send for TaskRef {}
// SAFETY: as above; `&TaskRef` only reads the header and changes the state word.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: this reference keeps the cell alive.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn raw(&self) -> NonNull<Header> {
        self.0
    }

    /// Gives the reference up without counting it down.
    pub(super) fn into_raw(self) -> NonNull<Header> {
        ManuallyDrop::new(self).0
    }

    /// Marks the task aborted, and has a worker drop its future.
    pub(super) fn abort(&self) {
        if self.header().state.abort() {
            // SAFETY: `abort` made a reference for the new queue entry.
            unsafe { (self.header().vtable.schedule)(self.0) };
        }
    }

    /// Ends the task at once unless a thread is polling it, which then ends it.
    /// For the runtime's shutdown.
    pub(crate) fn shutdown(self) {
        if self.header().state.claim_for_shutdown() {
            let raw = self.into_raw();
            // SAFETY: claimed, so the future is ours; our reference goes to `complete`.
            unsafe {
                (raw.as_ref().vtable.cancel)(raw);
                complete(raw);
            }
        }
    }
}

impl Clone for TaskRef {
    fn clone(&self) -> Self {
        self.header().state.ref_inc();
        Self(self.0)
    }
}

impl Drop for TaskRef {
    fn drop(&mut self) {
        // SAFETY: our reference is given up here, once.
        unsafe { drop_ref(self.0) };
    }
}

/// An entry of a run queue: the right, and the duty, to run the task once.
pub(crate) struct Notified(NonNull<Header>);

// SAFETY: as for `TaskRef`.
unsafe impl Send for Notified {}

impl Notified {
    /// # Safety
    ///
    /// The caller owns the reference of a task whose SCHEDULED bit it has set.
    pub(super) unsafe fn from_raw(raw: NonNull<Header>) -> Self {
        Self(raw)
    }

    /// For queues that hold bare pointers; [`from_ptr`](Self::from_ptr) undoes it.
    pub(crate) fn into_ptr(self) -> *mut Header {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// # Safety
    ///
    /// `ptr` came from [`into_ptr`](Self::into_ptr), and is turned back only once.
    pub(crate) unsafe fn from_ptr(ptr: NonNull<Header>) -> Self {
        Self(ptr)
    }

    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the entry's reference keeps the cell alive.
        unsafe { self.0.as_ref() }
    }

    /// Whether its scheduler queues it by a priority.
    #[inline]
    pub(crate) fn has_priority(&self) -> bool {
        self.header().vtable.has_priority
    }

    /// Has its scheduler queue it.
    pub(crate) fn schedule(self) {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: the entry's reference is passed on.
        unsafe { (raw.as_ref().vtable.schedule)(raw) };
    }

    /// A further reference to the task.
    pub(crate) fn task(&self) -> TaskRef {
        self.header().state.ref_inc();
        TaskRef(self.0)
    }

    /// Ends the task without polling it.
    pub(crate) fn cancel(self) {
        TaskRef(ManuallyDrop::new(self).0).shutdown();
    }

    /// Polls the task once, with so much of a budget. Given back: the entry of a task that was
    /// woken while it ran, to be queued again.
    pub(crate) fn run(self, budget: Left) -> Option<Notified> {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: the entry's reference keeps the cell alive until it is given
        // up, by one of the arms below or by `complete`.
        unsafe {
            let header = raw.as_ref();
            match header.state.start_poll() {
                StartPoll::Poll => {}
                StartPoll::Cancel => {
                    (header.vtable.cancel)(raw);
                    complete(raw);
                    return None;
                }
                StartPoll::Stale => return None,
                StartPoll::StaleLast => {
                    (header.vtable.dealloc)(raw);
                    return None;
                }
            }
            header.effort.count_poll();
            // Borrows the entry's reference; a clone of it counts.
            let waker = ManuallyDrop::new(Waker::from_raw(waker::raw(raw)));
            let (ready, has_woken_itself) = poll_context::poll(raw.as_ptr().cast(), budget, || {
                (header.vtable.poll)(raw, &mut Context::from_waker(&waker))
            });
            if ready {
                complete(raw);
                return None;
            }
            let finished = if has_woken_itself {
                header.state.finish_poll_and_wake()
            } else {
                header.state.finish_poll()
            };
            match finished {
                FinishPoll::Wait => None,
                FinishPoll::WaitLast => {
                    (header.vtable.dealloc)(raw);
                    None
                }
                FinishPoll::Reschedule => Some(Notified(raw)),
                FinishPoll::Cancel => {
                    (header.vtable.cancel)(raw);
                    complete(raw);
                    None
                }
            }
        }
    }
}

impl Drop for Notified {
    fn drop(&mut self) {
        // SAFETY: our reference is given up here, once. (The task stays SCHEDULED:
        // only queues of a runtime that has ended drop entries.)
        unsafe { drop_ref(self.0) };
    }
}

/// Publishes the output, wakes the joiner and leaves the registry.
///
/// # Safety
///
/// The caller set RUNNING, has stored an output, and gives up one reference.
unsafe fn complete(raw: NonNull<Header>) {
    // SAFETY: the caller's reference keeps the cell alive until `ref_dec`.
    unsafe {
        let header = raw.as_ref();
        let now = header.state.complete();
        let has_joiner = now.has_join_interest();
        let wakes_joiner = has_joiner && now.has_join_waker();
        if wakes_joiner {
            // JOIN_WAKER is set and the task complete: the slot is ours to read.
            header.join_waker.with(|slot| {
                let waker = (*slot).as_ref();
                waker
                    .expect("JOIN_WAKER says the slot is filled")
                    .wake_by_ref();
            });
        } else if !has_joiner {
            (header.vtable.drop_output)(raw);
        }
        let given_up = 1 + usize::from((header.vtable.release)(raw));
        if wakes_joiner {
            if header.state.return_join_waker(given_up) {
                return;
            }
            header.join_waker.with_mut(|waker| *waker = None);
        }
        if header.state.ref_dec(given_up) {
            (header.vtable.dealloc)(raw);
        }
    }
}

/// # Safety
///
/// The caller owns one reference and gives it up.
pub(super) unsafe fn drop_ref(raw: NonNull<Header>) {
    // SAFETY: the reference is the caller's, and the last one frees the cell.
    unsafe {
        if raw.as_ref().state.ref_dec(1) {
            (raw.as_ref().vtable.dealloc)(raw);
        }
    }
}
