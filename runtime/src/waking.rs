//! Wakers: how foreign ones are kept, woken and dropped, and how heist's own are made.
//!
//! Any thread. A waker may be arbitrary code, which may block or panic when it is woken or dropped;
//! that must not cost another task its wake-up, or the thread. Therefore wakers are kept as
//! [`GuardedWaker`], and lists of them are woken by [`wake_all`]: heist's own first, which run no
//! foreign code. A thread that others depend on defers foreign wakers until it has done the rest
//! (`defer_foreign`); the watchdog calls none, and delegates them to other threads
//! (`always_defer_foreign`).
//!
//! For heist's own packages, and not part of the public interface.

use crate::panics;
use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
// Not loom's type, since no protocol depends on it.
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::task::{RawWaker, RawWakerVTable, Waker};

crate::sync::thread_local! {
    /// The foreign wakers that this thread has deferred. `None`: it calls them at once.
    // Loom's macro of this name takes no `const`.
    #[cfg_attr(not(loom), allow(clippy::missing_const_for_thread_local))]
    static DEFERRED: RefCell<Option<Vec<GuardedWaker>>> = RefCell::new(None);
}

/// A stored waker. Waking and dropping it never panic.
pub struct GuardedWaker(ManuallyDrop<Waker>);

impl GuardedWaker {
    /// Returns a clone of a foreign waker, whose code may block and therefore must not run under a
    /// lock. Returns `None` for heist's own wakers, which may be cloned anywhere.
    #[inline]
    pub fn of_foreign(waker: &Waker) -> Option<Self> {
        (!is_own(waker)).then(|| waker.into())
    }

    /// Wakes the task, or defers that.
    #[inline]
    #[expect(clippy::disallowed_methods, reason = "guarded")]
    pub fn wake(self) {
        if self.is_own() {
            self.into_inner().wake();
        } else if let Some(this) = self.try_defer() {
            let waker = this.into_inner();
            panics::contain(|| waker.wake());
        }
    }

    /// Wakes the task at once, and keeps the waker.
    pub fn wake_by_ref(&self) {
        panics::contain(|| self.0.wake_by_ref());
    }

    /// Like [`Waker::will_wake`].
    #[inline]
    pub fn will_wake(&self, other: &Waker) -> bool {
        self.0.will_wake(other)
    }

    /// Returns whether the waker is heist's own, so that no foreign code runs when it is woken or
    /// dropped.
    #[inline]
    pub(crate) fn is_own(&self) -> bool {
        is_own(&self.0)
    }

    /// Defers the waker, if this thread does so. Otherwise returns it.
    fn try_defer(self) -> Option<Self> {
        let mut this = Some(self);
        // The thread-local may already be destroyed while a thread's destructors run.
        let _ = DEFERRED.try_with(|deferred| {
            if let Some(deferred) = &mut *deferred.borrow_mut() {
                deferred.extend(this.take());
            }
        });
        this
    }

    fn into_inner(self) -> Waker {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: taken once, as `self` is not dropped.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl From<Waker> for GuardedWaker {
    #[inline]
    fn from(waker: Waker) -> Self {
        Self(ManuallyDrop::new(waker))
    }
}

impl From<&Waker> for GuardedWaker {
    #[inline]
    fn from(waker: &Waker) -> Self {
        Self::from(waker.clone())
    }
}

impl Drop for GuardedWaker {
    fn drop(&mut self) {
        let is_own = self.is_own();
        // SAFETY: taken once, here.
        let waker = unsafe { ManuallyDrop::take(&mut self.0) };
        if is_own {
            drop(waker);
        } else if let Some(this) = Self::from(waker).try_defer() {
            // If it was deferred, it will be woken unnecessarily, on a thread where its code may
            // run.
            panics::discard(this.into_inner());
        }
    }
}

impl fmt::Debug for GuardedWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Wakes all of the wakers: heist's own first, since foreign ones may take long.
pub fn wake_all(wakers: impl IntoIterator<Item = GuardedWaker>) {
    let mut wakers = wakers.into_iter();
    let Some(first) = wakers.next() else {
        return;
    };
    // Usually there is no other that it could delay.
    let Some(second) = wakers.next() else {
        first.wake();
        return;
    };
    let all = [first, second].into_iter().chain(wakers);
    let foreign = defer_foreign(|| all.for_each(GuardedWaker::wake));
    foreign.into_iter().for_each(GuardedWaker::wake);
}

/// Calls `wake`, which wakes tasks, and returns the foreign wakers, which the caller must wake
/// later.
pub(crate) fn defer_foreign(wake: impl FnOnce()) -> Vec<GuardedWaker> {
    let exchange = |new| {
        DEFERRED
            .try_with(|deferred| deferred.replace(new))
            .ok()
            .flatten()
    };
    let outer = exchange(Some(Vec::new()));
    wake();
    exchange(outer).unwrap_or_default()
}

/// From now on, this thread calls no foreign code when it wakes. [`take_deferred`] returns the
/// wakers that it has deferred.
pub(crate) fn always_defer_foreign() {
    DEFERRED.with(|deferred| *deferred.borrow_mut() = Some(Vec::new()));
}

/// Takes the wakers that have been deferred by a thread that always does so.
pub(crate) fn take_deferred() -> Vec<GuardedWaker> {
    DEFERRED.with(|deferred| {
        deferred
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    })
}

/// The vtables of heist's own wakers: of tasks, of pinned tasks, and of threads in `block_on`.
static OWN: [AtomicPtr<RawWakerVTable>; 3] = [const { AtomicPtr::new(ptr::null_mut()) }; 3];

#[inline]
fn is_own(waker: &Waker) -> bool {
    let table = ptr::from_ref(waker.vtable());
    OWN.iter().any(|own| ptr::eq(own.load(Relaxed), table))
}

/// Registers the vtable of wakers that are heist's own. Until then they are treated as foreign,
/// which only delays them.
pub(crate) fn register_own_vtable(table: &'static RawWakerVTable) {
    let table = ptr::from_ref(table).cast_mut();
    let is_known = OWN.iter().any(|own| {
        let before = own.compare_exchange(ptr::null_mut(), table, Relaxed, Relaxed);
        before.map_or_else(|known| ptr::eq(known, table), |_| true)
    });
    assert!(is_known, "there are three kinds of heist's own wakers");
}

/// What one of heist's own wakers does, other than those of tasks. It runs no foreign code.
pub(crate) trait OwnWake: Send + Sync + 'static {
    /// Returns a `static` made by [`own_vtable`]. Its address identifies the waker, once it has
    /// been passed to [`register_own_vtable`].
    fn vtable() -> &'static RawWakerVTable;

    fn wake(&self);
}

pub(crate) fn own_waker<T: OwnWake>(data: Arc<T>) -> Waker {
    // SAFETY: the functions of the table count the `Arc` as `RawWakerVTable` requires, and `T` may
    // be used by any thread.
    unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(data).cast(), T::vtable())) }
}

pub(crate) const fn own_vtable<T: OwnWake>() -> RawWakerVTable {
    unsafe fn clone<T: OwnWake>(data: *const ()) -> RawWaker {
        // SAFETY: the pointer is from `own_waker`, and the waker's count keeps it alive.
        unsafe { Arc::increment_strong_count(data.cast::<T>()) };
        RawWaker::new(data, T::vtable())
    }
    unsafe fn wake<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the waker's count is used up.
        unsafe { Arc::from_raw(data.cast::<T>()) }.wake();
    }
    unsafe fn wake_by_ref<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the waker keeps its count.
        unsafe { &*data.cast::<T>() }.wake();
    }
    unsafe fn drop<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the waker's count is used up.
        std::mem::drop(unsafe { Arc::from_raw(data.cast::<T>()) });
    }
    RawWakerVTable::new(clone::<T>, wake::<T>, wake_by_ref::<T>, drop::<T>)
}
