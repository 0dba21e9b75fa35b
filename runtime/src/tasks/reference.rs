//! Owned references to a task, one pointer wide, and the completion of a task.
//!
//! The thread that gives up the last reference frees the task's memory.

use super::header::Header;
use std::mem::ManuallyDrop;
use std::ptr::NonNull;

/// An owned reference to a task.
pub(crate) struct TaskRef(NonNull<Header>);

// SAFETY: a task's future and output are `Send` (or the code that spawns it keeps them on one
// thread), and everything else in the header is synchronised by the state word.
unsafe impl Send for TaskRef {}
// SAFETY: as above; `&TaskRef` only reads the header and changes the state word.
unsafe impl Sync for TaskRef {}

impl TaskRef {
    /// # Safety
    ///
    /// The caller must own a reference to the task, which it gives up.
    pub(super) unsafe fn from_raw(raw: NonNull<Header>) -> Self {
        Self(raw)
    }

    #[inline]
    pub(crate) fn header(&self) -> &Header {
        // SAFETY: this reference keeps the cell alive.
        unsafe { self.0.as_ref() }
    }

    pub(super) fn raw(&self) -> NonNull<Header> {
        self.0
    }

    /// Converts into a raw pointer, without decrementing the reference count.
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

    /// Ends the task at once, unless a thread is polling it, which then ends it. For the runtime's
    /// shutdown.
    pub(crate) fn shutdown(self) {
        if self.header().state.claim_for_shutdown() {
            let raw = self.into_raw();
            // SAFETY: claimed, so the future is ours; our reference is passed to `complete`.
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

/// Publishes the output, wakes the joiner and leaves the registry.
///
/// # Safety
///
/// The caller must have set RUNNING and stored an output, and gives up one reference.
pub(super) unsafe fn complete(raw: NonNull<Header>) {
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
/// The caller must own one reference, which it gives up.
#[inline]
pub(super) unsafe fn drop_ref(raw: NonNull<Header>) {
    // SAFETY: the reference is the caller's, and giving up the last one frees the cell.
    unsafe {
        if raw.as_ref().state.ref_dec(1) {
            (raw.as_ref().vtable.dealloc)(raw);
        }
    }
}
