//! The only place that chooses the implementation of atomics, cells and locks.
//!
//! These are heist-runtime's, and a few that only this crate needs: std and parking_lot, or under
//! `--cfg loom` the same names from loom, so that the protocols written against them can be model
//! checked. All modules of this crate import from here and never from `std::sync`, except for the
//! `Arc`s and errors of the public interface.

#[cfg(not(loom))]
mod imp {
    use heist_runtime::sync::atomic;
    pub(crate) use std::sync::Arc;

    /// `parking_lot::RwLock`.
    #[derive(Debug)]
    pub(crate) struct RwLock<T>(parking_lot::RwLock<T>);

    pub(crate) type ReadGuard<'a, T> = parking_lot::RwLockReadGuard<'a, T>;

    impl<T> RwLock<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(parking_lot::RwLock::new(value))
        }

        #[inline]
        pub(crate) fn read(&self) -> ReadGuard<'_, T> {
            self.0.read()
        }

        #[inline]
        pub(crate) fn write(&self) -> parking_lot::RwLockWriteGuard<'_, T> {
            self.0.write()
        }
    }

    /// Stores `value`, and orders the store before all later loads of this thread by [`load_after`]
    /// (the store-buffering pattern): of two threads that each store one variable and then load the
    /// other's, at least one sees the other's store.
    #[inline]
    pub(crate) fn store_before(atomic: &atomic::AtomicUsize, value: usize) {
        // An exchange costs less than a store with a fence. SeqCst on all four accesses provides
        // the order.
        atomic.swap(value, atomic::Ordering::SeqCst);
    }

    /// See [`store_before`].
    #[inline]
    pub(crate) fn load_after(atomic: &atomic::AtomicUsize) -> usize {
        atomic.load(atomic::Ordering::SeqCst)
    }
}

#[cfg(loom)]
mod imp {
    use heist_runtime::sync::atomic;
    pub(crate) use loom::sync::Arc;

    /// `loom::sync::RwLock` with parking_lot's interface.
    #[derive(Debug)]
    pub(crate) struct RwLock<T>(loom::sync::RwLock<T>);

    pub(crate) type ReadGuard<'a, T> = loom::sync::RwLockReadGuard<'a, T>;

    impl<T> RwLock<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::RwLock::new(value))
        }

        pub(crate) fn read(&self) -> ReadGuard<'_, T> {
            self.0.read().expect("loom locks are not poisoned")
        }

        pub(crate) fn write(&self) -> loom::sync::RwLockWriteGuard<'_, T> {
            self.0.write().expect("loom locks are not poisoned")
        }
    }

    // loom treats SeqCst accesses as AcqRel, and supports only SeqCst fences.
    pub(crate) fn store_before(atomic: &atomic::AtomicUsize, value: usize) {
        atomic.store(value, atomic::Ordering::Release);
    }

    pub(crate) fn load_after(atomic: &atomic::AtomicUsize) -> usize {
        loom::sync::atomic::fence(atomic::Ordering::SeqCst);
        atomic.load(atomic::Ordering::Acquire)
    }
}

pub(crate) use heist_runtime::sync::{Mutex, MutexGuard, UnsafeCell, atomic};
pub(crate) use imp::*;

/// A `const fn`; under loom a plain one, as loom's primitives cannot be created in constants.
macro_rules! const_fn {
    ($(#[$meta:meta])* $vis:vis const fn $($rest:tt)*) => {
        #[cfg(not(loom))]
        $(#[$meta])*
        $vis const fn $($rest)*

        #[cfg(loom)]
        $(#[$meta])*
        $vis fn $($rest)*
    };
}
pub(crate) use const_fn;
