//! The one door to atomics, cells and locks.
//!
//! Ordinary builds get std and parking_lot; under `--cfg loom` the same names come from loom, so
//! that the protocols written against them can be model checked. All modules of this crate import
//! from here and never from `std::sync`, but for the `Arc`s and errors of the public interface.

use std::panic::{RefUnwindSafe, UnwindSafe};

#[cfg(not(loom))]
mod imp {
    pub(crate) use parking_lot::MutexGuard;
    pub(crate) use std::sync::Arc;

    pub(crate) mod atomic {
        pub(crate) use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    }

    /// How often a lock that is taken is looked at before the thread waits for it: for a
    /// microsecond or two. No lock of this crate is held for longer by a thread that has its core.
    const SPINS: u32 = 100;

    /// `parking_lot::Mutex`, with more patience: that gives up the core soon, and on a machine
    /// with more to do has it back only milliseconds later.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(parking_lot::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(parking_lot::Mutex::new(value))
        }

        #[inline]
        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            match self.0.try_lock() {
                Some(guard) => guard,
                None => self.lock_taken(),
            }
        }

        #[cold]
        fn lock_taken(&self) -> MutexGuard<'_, T> {
            for _ in 0..SPINS {
                std::hint::spin_loop();
                if !self.0.is_locked() {
                    if let Some(guard) = self.0.try_lock() {
                        return guard;
                    }
                }
            }
            self.0.lock()
        }
    }

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

    /// `std::cell::UnsafeCell` with loom's closure interface.
    #[derive(Debug)]
    pub(crate) struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub(crate) const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline(always)]
        pub(crate) fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        #[inline(always)]
        pub(crate) fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }

    /// Stores `value`, and orders it before all that this thread loads afterwards by
    /// [`load_after`]: of two threads that store one thing each and then load the other's, at
    /// least one sees the other's.
    #[inline]
    pub(crate) fn store_before(atomic: &atomic::AtomicUsize, value: usize) {
        // An exchange costs less than a store with a fence; SeqCst on all four accesses is what
        // orders them.
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
    pub(crate) use loom::cell::UnsafeCell;
    pub(crate) use loom::sync::{Arc, MutexGuard};

    pub(crate) mod atomic {
        pub(crate) use loom::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
    }

    /// `loom::sync::Mutex` with parking_lot's interface: no poisoning.
    #[derive(Debug)]
    pub(crate) struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub(crate) fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        pub(crate) fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("loom mutexes are not poisoned")
        }
    }

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

    // loom takes SeqCst accesses for AcqRel ones, and knows only SeqCst fences.
    pub(crate) fn store_before(atomic: &atomic::AtomicUsize, value: usize) {
        atomic.store(value, atomic::Ordering::Release);
    }

    pub(crate) fn load_after(atomic: &atomic::AtomicUsize) -> usize {
        loom::sync::atomic::fence(atomic::Ordering::SeqCst);
        atomic.load(atomic::Ordering::Acquire)
    }
}

pub(crate) use imp::*;

// No code that may panic runs with such a lock held.
impl<T> UnwindSafe for Mutex<T> {}
impl<T> RefUnwindSafe for Mutex<T> {}

/// A `const fn`; in models a plain one, as loom's primitives cannot be made in constants.
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
