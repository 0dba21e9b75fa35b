//! The `Waker` of a task, a counted reference one pointer wide.

use super::header::Header;
use super::reference::drop_ref;
use super::state::Wake;
use crate::poll_context::wake_current;
use std::ptr::NonNull;
use std::task::{RawWaker, RawWakerVTable};

/// Its address identifies heist's wakers; see [`GuardedWaker`](crate::waking::GuardedWaker).
pub(crate) static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, wake, wake_by_ref, drop);

/// Creates a raw waker for the task. The caller decides whose reference it uses.
pub(super) fn raw(task: NonNull<Header>) -> RawWaker {
    RawWaker::new(task.as_ptr().cast_const().cast(), &VTABLE)
}

/// # Safety
///
/// `data` must be that of a waker that has not been dropped.
unsafe fn task(data: *const ()) -> NonNull<Header> {
    // SAFETY: wakers are made from a `NonNull`, in `raw`.
    unsafe { NonNull::new_unchecked(data.cast_mut().cast()) }
}

/// # Safety
///
/// As `RawWakerVTable` requires; the same holds for all functions of the table.
unsafe fn clone(data: *const ()) -> RawWaker {
    // SAFETY: the waker's reference keeps the header alive.
    let task = unsafe { task(data) };
    // SAFETY: as above.
    unsafe { task.as_ref() }.state.ref_inc();
    raw(task)
}

/// # Safety
///
/// See [`clone`].
unsafe fn wake(data: *const ()) {
    // SAFETY: the waker's reference is used up here, by `drop_ref` or as `wake_by_value` says.
    unsafe {
        let task = task(data);
        if wake_current(data) {
            drop_ref(task);
            return;
        }
        let header = task.as_ref();
        match header.state.wake_by_value() {
            Wake::Nothing => {}
            Wake::Schedule => (header.vtable.schedule)(task),
            Wake::Dealloc => (header.vtable.dealloc)(task),
        }
    }
}

/// # Safety
///
/// See [`clone`].
unsafe fn wake_by_ref(data: *const ()) {
    if wake_current(data) {
        return;
    }
    // SAFETY: the waker's reference keeps the header alive; the new queue entry has its own.
    unsafe {
        let task = task(data);
        let header = task.as_ref();
        if header.state.wake_by_ref() {
            (header.vtable.schedule)(task);
        }
    }
}

/// # Safety
///
/// See [`clone`].
unsafe fn drop(data: *const ()) {
    // SAFETY: the waker's reference is given up with it.
    unsafe { drop_ref(task(data)) };
}
