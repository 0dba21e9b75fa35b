//! What the guards of all locks have in common. Any thread.
//!
//! A lock is held by holding permits of it: [`Hold`] and [`OwnedHold`] release them when dropped,
//! so that a guard is turned into another kind by moving its hold.

use crate::permits::Permits;
use std::sync::Arc;

/// `Deref`, `Debug` and `Display` of a guard with a method `value`; with `mut`, also `DerefMut`
/// by its method `value_mut`.
macro_rules! guard_impls {
    (mut $guard:ident<$($lt:lifetime,)? $($param:ident),+> -> $target:ident) => {
        crate::guards::guard_impls!($guard<$($lt,)? $($param),+> -> $target);

        impl<$($lt,)? $($param: ?Sized),+> std::ops::DerefMut for $guard<$($lt,)? $($param),+> {
            fn deref_mut(&mut self) -> &mut $target {
                self.value_mut()
            }
        }
    };
    ($guard:ident<$($lt:lifetime,)? $($param:ident),+> -> $target:ident) => {
        impl<$($lt,)? $($param: ?Sized),+> std::ops::Deref for $guard<$($lt,)? $($param),+> {
            type Target = $target;

            fn deref(&self) -> &$target {
                self.value()
            }
        }

        impl<$($lt,)? $($param: ?Sized),+> std::fmt::Debug for $guard<$($lt,)? $($param),+>
        where
            $target: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.value(), f)
            }
        }

        impl<$($lt,)? $($param: ?Sized),+> std::fmt::Display for $guard<$($lt,)? $($param),+>
        where
            $target: std::fmt::Display,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self.value(), f)
            }
        }
    };
}
pub(crate) use guard_impls;

/// A lock that is held by holding permits.
pub(crate) trait Lock {
    fn permits(&self) -> &Permits;
}

/// Permits held by a borrow; released when dropped.
pub(crate) struct Hold<'a> {
    permits: &'a Permits,
    count: u32,
}

impl<'a> Hold<'a> {
    pub(crate) fn new(permits: &'a Permits, count: u32) -> Self {
        Self { permits, count }
    }

    /// Gives all but one back.
    pub(crate) fn keep_one(mut self) -> Self {
        self.permits.release(self.count as usize - 1);
        self.count = 1;
        self
    }
}

impl Drop for Hold<'_> {
    #[inline]
    fn drop(&mut self) {
        self.permits.release(self.count as usize);
    }
}

/// Permits held with the lock they are of; released when dropped.
pub(crate) struct OwnedHold<L: Lock + ?Sized> {
    lock: Arc<L>,
    count: u32,
}

impl<L: Lock + ?Sized> OwnedHold<L> {
    pub(crate) fn new(lock: Arc<L>, count: u32) -> Self {
        Self { lock, count }
    }

    pub(crate) fn lock(&self) -> &Arc<L> {
        &self.lock
    }

    /// Gives all but one back.
    pub(crate) fn keep_one(mut self) -> Self {
        self.lock.permits().release(self.count as usize - 1);
        self.count = 1;
        self
    }
}

impl<L: Lock + ?Sized> Drop for OwnedHold<L> {
    fn drop(&mut self) {
        self.lock.permits().release(self.count as usize);
    }
}

/// A part of what a lock protects, locked for writing.
pub(crate) struct Exclusive<T: ?Sized>(*mut T);

// SAFETY: this stands for a `&mut T`.
unsafe impl<T: ?Sized + Send> Send for Exclusive<T> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync> Sync for Exclusive<T> {}

impl<T: ?Sized> Exclusive<T> {
    pub(crate) fn new(part: &mut T) -> Self {
        Self(part)
    }

    /// # Safety
    ///
    /// The lock is still held.
    pub(crate) unsafe fn get(&self) -> &T {
        // SAFETY: the caller's.
        unsafe { &*self.0 }
    }

    /// # Safety
    ///
    /// The lock is still held.
    pub(crate) unsafe fn get_mut(&mut self) -> &mut T {
        // SAFETY: the caller's; nobody else has a reference.
        unsafe { &mut *self.0 }
    }
}

/// What a lock protects, or a part of it, locked for reading.
pub(crate) struct Shared<T: ?Sized>(*const T);

// SAFETY: this stands for a `&T`.
unsafe impl<T: ?Sized + Sync> Send for Shared<T> {}
// SAFETY: as above; `Send` too, as tokio has it.
unsafe impl<T: ?Sized + Send + Sync> Sync for Shared<T> {}

impl<T: ?Sized> Shared<T> {
    pub(crate) fn new(part: *const T) -> Self {
        Self(part)
    }

    /// # Safety
    ///
    /// The lock is still held.
    pub(crate) unsafe fn get(&self) -> &T {
        // SAFETY: the caller's.
        unsafe { &*self.0 }
    }
}
