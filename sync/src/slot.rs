//! Room for a value that is put there once, and can be read from then on.

use crate::primitives::UnsafeCell;
use crate::primitives::atomic::{AtomicBool, Ordering};
use crate::primitives::const_fn;

pub(crate) struct Slot<T> {
    /// Never cleared, except by who has the slot alone.
    set: AtomicBool,
    value: UnsafeCell<Option<T>>,
}

// SAFETY: the value moves with the slot.
unsafe impl<T: Send> Send for Slot<T> {}
// SAFETY: the value comes from one thread and is read by all.
unsafe impl<T: Send + Sync> Sync for Slot<T> {}

impl<T> Slot<T> {
    const_fn! {
        pub(crate) const fn empty() -> Self {
            Self { set: AtomicBool::new(false), value: UnsafeCell::new(None) }
        }
    }

    const_fn! {
        pub(crate) const fn full(value: T) -> Self {
            Self { set: AtomicBool::new(true), value: UnsafeCell::new(Some(value)) }
        }
    }

    #[inline]
    pub(crate) fn is_set(&self) -> bool {
        // Acquire: who sees that it is set sees the value.
        self.set.load(Ordering::Acquire)
    }

    #[inline]
    pub(crate) fn get(&self) -> Option<&T> {
        if !self.is_set() {
            return None;
        }
        // SAFETY: once set, the value is not changed while the slot is borrowed.
        self.value.with(|value| unsafe { (*value).as_ref() })
    }

    pub(crate) fn get_mut(&mut self) -> Option<&mut T> {
        // SAFETY: nobody else has the slot.
        self.value.with_mut(|value| unsafe { (*value).as_mut() })
    }

    /// # Safety
    ///
    /// It is not set, and nobody else sets it meanwhile.
    pub(crate) unsafe fn set(&self, value: T) {
        // SAFETY: nobody reads it before it is set, and the caller's.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
        // Release: see `is_set`.
        self.set.store(true, Ordering::Release);
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.set.store(false, Ordering::Relaxed);
        // SAFETY: nobody else has the slot.
        self.value.with_mut(|value| unsafe { (*value).take() })
    }
}
