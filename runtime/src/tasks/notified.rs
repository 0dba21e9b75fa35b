//! Entries of run queues, one pointer wide, and the poll of a task by the thread that takes its
//! entry.

use super::header::Header;
use super::reference::{TaskRef, complete, drop_ref};
use super::state::{FinishPoll, StartPoll};
use super::waker;
use crate::poll_context::{self, Left};
use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::task::{Context, Waker};

/// An entry of a run queue: the right and the duty to run the task once.
pub(crate) struct Notified(NonNull<Header>);

// SAFETY: as for `TaskRef`.
unsafe impl Send for Notified {}

impl Notified {
    /// # Safety
    ///
    /// The caller must own a reference to a task whose SCHEDULED bit it has set.
    #[inline]
    pub(super) unsafe fn from_raw(raw: NonNull<Header>) -> Self {
        Self(raw)
    }

    /// Converts the entry for queues that hold raw pointers; [`from_ptr`](Self::from_ptr) is the
    /// inverse.
    #[inline]
    pub(crate) fn into_ptr(self) -> *mut Header {
        ManuallyDrop::new(self).0.as_ptr()
    }

    /// # Safety
    ///
    /// `ptr` must come from [`into_ptr`](Self::into_ptr), and must be converted back only once.
    #[inline]
    pub(crate) unsafe fn from_ptr(ptr: NonNull<Header>) -> Self {
        Self(ptr)
    }

    #[inline]
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: the entry's reference keeps the cell alive.
        unsafe { self.0.as_ref() }
    }

    /// Returns whether the task's scheduler queues it by a priority.
    #[inline]
    pub(crate) fn has_priority(&self) -> bool {
        self.header().vtable.has_priority
    }

    /// Queues the task by its scheduler.
    pub(crate) fn schedule(self) {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: the entry's reference is passed on.
        unsafe { (raw.as_ref().vtable.schedule)(raw) };
    }

    /// Returns a further reference to the task.
    pub(crate) fn task(&self) -> TaskRef {
        self.header().state.ref_inc();
        // SAFETY: the reference that was just counted.
        unsafe { TaskRef::from_raw(self.0) }
    }

    /// Ends the task without polling it.
    pub(crate) fn cancel(self) {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: the entry's reference is passed on.
        unsafe { TaskRef::from_raw(raw) }.shutdown();
    }

    /// Polls the task once, with the given budget. Returns the entry of a task that was woken while
    /// it ran, which the caller must queue again.
    #[inline(always)]
    pub(crate) fn run(self, budget: Left) -> Option<Notified> {
        let raw = ManuallyDrop::new(self).0;
        // SAFETY: the entry's reference keeps the cell alive until it is given up, by one of the
        // arms below or by `complete`.
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
            // Borrows the entry's reference; clones of the waker are counted.
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
        // SAFETY: our reference is given up here, once. (The task stays SCHEDULED: only queues of a
        // runtime that has ended drop entries.)
        unsafe { drop_ref(self.0) };
    }
}
