//! The one door to threads, atomics, cells and locks.
//!
//! Ordinary builds get std and parking_lot; under `--cfg loom` the same names
//! come from loom, so that the protocols written against them can be model
//! checked. Code that takes part in a lock-free protocol imports from here and
//! never from `std::sync`. `heist-sync` has the same door, and adds what only it needs.

use std::panic::{RefUnwindSafe, UnwindSafe};

#[cfg(not(loom))]
mod imp {
    pub use parking_lot::MutexGuard;
    pub use std::{thread, thread_local};

    /// How often a lock that is taken is looked at before the thread waits for it: for a
    /// microsecond or two. As a rule no lock of the runtime is held for longer by a thread that
    /// has its core.
    const SPINS: u32 = 100;

    /// `parking_lot::Mutex`, with more patience: that gives up the core soon, and on a
    /// machine with more to do has it back only milliseconds later.
    #[derive(Debug)]
    pub struct Mutex<T>(parking_lot::Mutex<T>);

    impl<T> Mutex<T> {
        pub const fn new(value: T) -> Self {
            Self(parking_lot::Mutex::new(value))
        }

        #[inline]
        pub fn lock(&self) -> MutexGuard<'_, T> {
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

        pub fn try_lock(&self) -> Option<MutexGuard<'_, T>> {
            self.0.try_lock()
        }
    }

    pub mod atomic {
        pub use std::sync::atomic::{
            AtomicBool, AtomicIsize, AtomicPtr, AtomicU8, AtomicU64, AtomicUsize, Ordering, fence,
        };
    }

    /// `std::cell::UnsafeCell` with loom's closure interface.
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

    /// `loom::sync::Mutex` with parking_lot's interface: no poisoning.
    #[derive(Debug)]
    pub struct Mutex<T>(loom::sync::Mutex<T>);

    impl<T> Mutex<T> {
        pub fn new(value: T) -> Self {
            Self(loom::sync::Mutex::new(value))
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

// No code that may panic runs with such a lock held.
impl<T> UnwindSafe for Mutex<T> {}
impl<T> RefUnwindSafe for Mutex<T> {}
