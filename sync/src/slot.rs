//! Room for a value that is set once, and can be read from then on.

use crate::primitives::UnsafeCell;
use crate::primitives::atomic::{AtomicBool, Ordering};
use crate::primitives::const_fn;

pub(crate) struct Slot<T> {
    /// Cleared only with exclusive access to the slot.
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
        // Acquire: a thread that sees that it is set sees the value.
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
        // SAFETY: the slot is borrowed exclusively.
        self.value.with_mut(|value| unsafe { (*value).as_mut() })
    }

    /// # Safety
    ///
    /// It must not be set, and no other thread may set it meanwhile.
    pub(crate) unsafe fn set(&self, value: T) {
        // SAFETY: no thread reads it before it is set; the caller guarantees the rest.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
        // Release: see `is_set`.
        self.set.store(true, Ordering::Release);
    }

    pub(crate) fn take(&mut self) -> Option<T> {
        self.set.store(false, Ordering::Relaxed);
        // SAFETY: the slot is borrowed exclusively.
        self.value.with_mut(|value| unsafe { (*value).take() })
    }
}
