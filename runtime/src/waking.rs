//! Wakers: how those of others are kept, woken and dropped, and how heist's own are made.
//!
//! Any thread. A waker may be anybody's code, and block or panic when it is woken or dropped; that
//! must cost nobody else the wake-up or the thread. So whoever keeps wakers keeps them as
//! [`GuardedWaker`], and lists of them are woken by [`wake_all`]: those of heist's own first, which
//! run no code of others. A thread that others depend on has strangers put off, and calls them when
//! it has done the rest (`put_off`), or never: the watchdog hands them over (`put_off_always`).
//!
//! For heist's own packages, and no part of the public interface.

use crate::panics;
use std::cell::RefCell;
use std::fmt;
use std::mem::ManuallyDrop;
use std::ptr;
use std::sync::Arc;
// Not loom's: no protocol hangs on it.
use std::sync::atomic::{AtomicPtr, Ordering::Relaxed};
use std::task::{RawWaker, RawWakerVTable, Waker};

crate::sync::thread_local! {
    /// The strangers that this thread has put off. `None`: it calls them at once.
    // Loom's macro of this name takes no `const`.
    #[cfg_attr(not(loom), allow(clippy::missing_const_for_thread_local))]
    static PUT_OFF: RefCell<Option<Vec<GuardedWaker>>> = RefCell::new(None);
}

/// A waker that was left here. To wake it and to drop it does not panic.
pub struct GuardedWaker(ManuallyDrop<Waker>);

impl GuardedWaker {
    /// A clone of a stranger, whose code may block, and so must not run under a lock. `None`: it is
    /// heist's own, and may be cloned anywhere.
    pub fn of_stranger(waker: &Waker) -> Option<Self> {
        (!is_own(waker)).then(|| waker.into())
    }

    /// Wakes it, or puts that off.
    #[expect(clippy::disallowed_methods, reason = "guarded")]
    pub fn wake(self) {
        if self.is_own() {
            self.into_inner().wake();
        } else if let Some(this) = self.put_off() {
            let waker = this.into_inner();
            panics::contain(|| waker.wake());
        }
    }

    /// Wakes it at once, and keeps it.
    pub fn wake_by_ref(&self) {
        panics::contain(|| self.0.wake_by_ref());
    }

    /// As [`Waker::will_wake`].
    pub fn will_wake(&self, other: &Waker) -> bool {
        self.0.will_wake(other)
    }

    /// Whether it is heist's own, so that no other code runs when it is woken or dropped.
    pub(crate) fn is_own(&self) -> bool {
        is_own(&self.0)
    }

    /// Leaves it for later, if this thread wants that. Otherwise it is given back.
    fn put_off(self) -> Option<Self> {
        let mut this = Some(self);
        // The thread-local is gone while a thread's destructors run.
        let _ = PUT_OFF.try_with(|put_off| {
            if let Some(put_off) = &mut *put_off.borrow_mut() {
                put_off.extend(this.take());
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
    fn from(waker: Waker) -> Self {
        Self(ManuallyDrop::new(waker))
    }
}

impl From<&Waker> for GuardedWaker {
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
        } else if let Some(this) = Self::from(waker).put_off() {
            // Otherwise it is woken for nothing, where its code may run.
            panics::discard(this.into_inner());
        }
    }
}

impl fmt::Debug for GuardedWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Wakes all of them: heist's own first, since others may take their time.
pub fn wake_all(wakers: impl IntoIterator<Item = GuardedWaker>) {
    let strangers = put_off(|| wakers.into_iter().for_each(GuardedWaker::wake));
    strangers.into_iter().for_each(GuardedWaker::wake);
}

/// Calls `wake`, which wakes somebody, and gives those whose code is not heist's, to be woken
/// later.
pub(crate) fn put_off(wake: impl FnOnce()) -> Vec<GuardedWaker> {
    let exchange = |new| {
        PUT_OFF
            .try_with(|put_off| put_off.replace(new))
            .ok()
            .flatten()
    };
    let outer = exchange(Some(Vec::new()));
    wake();
    exchange(outer).unwrap_or_default()
}

/// From now on nobody's code is called when this thread wakes. What it does not call is given by
/// [`take_put_off`].
pub(crate) fn put_off_always() {
    PUT_OFF.with(|put_off| *put_off.borrow_mut() = Some(Vec::new()));
}

/// Those who have been put off by a thread that always does so.
pub(crate) fn take_put_off() -> Vec<GuardedWaker> {
    PUT_OFF.with(|put_off| {
        put_off
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    })
}

/// The tables of heist's own wakers: of tasks, of pinned tasks, and of threads in `block_on`.
static OWN: [AtomicPtr<RawWakerVTable>; 3] = [const { AtomicPtr::new(ptr::null_mut()) }; 3];

fn is_own(waker: &Waker) -> bool {
    let table = ptr::from_ref(waker.vtable());
    OWN.iter().any(|own| ptr::eq(own.load(Relaxed), table))
}

/// Says that the wakers of this table are heist's own. Until then they are taken for strangers',
/// which costs them nothing but their turn.
pub(crate) fn know_own(table: &'static RawWakerVTable) {
    let table = ptr::from_ref(table).cast_mut();
    let is_known = OWN.iter().any(|own| {
        let before = own.compare_exchange(ptr::null_mut(), table, Relaxed, Relaxed);
        before.map_or_else(|known| ptr::eq(known, table), |_| true)
    });
    assert!(is_known, "there are three kinds of heist's own wakers");
}

/// What one of heist's own wakers does, beside those of tasks. It runs no code of others.
pub(crate) trait OwnWake: Send + Sync + 'static {
    /// A `static` made by [`own_vtable`], by whose address the waker is known, once [`know_own`]
    /// has been told.
    fn vtable() -> &'static RawWakerVTable;

    fn wake(&self);
}

pub(crate) fn own_waker<T: OwnWake>(data: Arc<T>) -> Waker {
    // SAFETY: the functions of the table count the `Arc` as `RawWakerVTable` demands, and `T` may
    // be used by any thread.
    unsafe { Waker::from_raw(RawWaker::new(Arc::into_raw(data).cast(), T::vtable())) }
}

pub(crate) const fn own_vtable<T: OwnWake>() -> RawWakerVTable {
    unsafe fn clone<T: OwnWake>(data: *const ()) -> RawWaker {
        // SAFETY: from `own_waker`, and the waker's count keeps it alive.
        unsafe { Arc::increment_strong_count(data.cast::<T>()) };
        RawWaker::new(data, T::vtable())
    }
    unsafe fn wake<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the waker's count is used up.
        unsafe { Arc::from_raw(data.cast::<T>()) }.wake();
    }
    unsafe fn wake_by_ref<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the count stays the waker's.
        unsafe { &*data.cast::<T>() }.wake();
    }
    unsafe fn drop<T: OwnWake>(data: *const ()) {
        // SAFETY: as above; the waker's count is used up.
        std::mem::drop(unsafe { Arc::from_raw(data.cast::<T>()) });
    }
    RawWakerVTable::new(clone::<T>, wake::<T>, wake_by_ref::<T>, drop::<T>)
}
