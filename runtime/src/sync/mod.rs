//! The only place that threads, atomics, cells and locks are imported from.
//!
//! Ordinary builds use std and parking_lot; under `--cfg loom` the same names come from loom, so
//! that the protocols written against them can be model checked. Code that takes part in a
//! lock-free protocol imports from here and never from `std::sync`; other code uses the locks of
//! `lock`. `heist-sync` has the same module, with additions of its own.

pub mod lock;
mod order;

pub use order::Rank;

#[cfg(not(loom))]
mod imp {
    pub use super::lock::{Mutex, MutexGuard};
    pub use std::{thread, thread_local};

    pub mod atomic {
        pub use std::sync::atomic::{
            AtomicBool, AtomicIsize, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
        };
    }

    /// `std::cell::UnsafeCell` with loom's closure-based interface.
    #[derive(Debug)]
    pub struct UnsafeCell<T>(std::cell::UnsafeCell<T>);

    impl<T> UnsafeCell<T> {
        pub const fn new(value: T) -> Self {
            Self(std::cell::UnsafeCell::new(value))
        }

        #[inline(always)]
        pub fn with<R>(&self, f: impl FnOnce(*const T) -> R) -> R {
            f(self.0.get())
        }

        #[inline(always)]
        pub fn with_mut<R>(&self, f: impl FnOnce(*mut T) -> R) -> R {
            f(self.0.get())
        }
    }
}

#[cfg(loom)]
mod imp {
    pub use loom::cell::UnsafeCell;
    pub use loom::{thread, thread_local};

    pub mod atomic {
        pub use loom::sync::atomic::{
            AtomicBool, AtomicIsize, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
        };
    }

    pub use loom::sync::MutexGuard;
    use std::panic::{RefUnwindSafe, UnwindSafe};

    /// `loom::sync::Mutex` with parking_lot's interface: no poisoning.
    #[derive(Debug)]
    pub struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> UnwindSafe for Mutex<T> {}
    impl<T> RefUnwindSafe for Mutex<T> {}

    impl<T> Mutex<T> {
        pub fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
        }

        /// Checks no order, since loom finds deadlocks.
        pub fn ranked(_: super::Rank, value: T) -> Self {
            Self::new(value)
        }

        pub fn lock(&self) -> MutexGuard<'_, T> {
            self.0.lock().expect("loom mutexes are not poisoned")
        }

        pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock().ok()
        }
    }
}

pub use imp::*;
