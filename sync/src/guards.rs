//! The common part of the guards of all locks. Any thread.
//!
//! A lock is held by holding its permits: [`Hold`] and [`OwnedHold`] release them when dropped.
//! Each public guard wraps a [`Writing`] or a [`Reading`]; one kind of guard is converted into
//! another by moving the hold.

use crate::permits::Permits;
use std::sync::Arc;

/// `Deref`, `Debug` and `Display` of a guard with a field `held`; with `mut`, also `DerefMut`.
macro_rules! guard_impls {
    (mut $guard:ident<$($lt:lifetime,)? $($param:ident),+> -> $target:ident) => {
        crate::guards::guard_impls!($guard<$($lt,)? $($param),+> -> $target);

        impl<$($lt,)? $($param: ?Sized),+> std::ops::DerefMut for $guard<$($lt,)? $($param),+> {
            fn deref_mut(&mut self) -> &mut $target {
                self.held.get_mut()
            }
        }
    };
    ($guard:ident<$($lt:lifetime,)? $($param:ident),+> -> $target:ident) => {
        impl<$($lt,)? $($param: ?Sized),+> std::ops::Deref for $guard<$($lt,)? $($param),+> {
            type Target = $target;

            fn deref(&self) -> &$target {
                self.held.get()
            }
        }

        impl<$($lt,)? $($param: ?Sized),+> std::fmt::Debug for $guard<$($lt,)? $($param),+>
        where
            $target: std::fmt::Debug,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Debug::fmt(self.held.get(), f)
            }
        }

        impl<$($lt,)? $($param: ?Sized),+> std::fmt::Display for $guard<$($lt,)? $($param),+>
        where
            $target: std::fmt::Display,
        {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                std::fmt::Display::fmt(self.held.get(), f)
            }
        }
    };
}
pub(crate) use guard_impls;

/// A lock that is held by holding permits.
pub(crate) trait Lock {
    fn permits(&self) -> &Permits;
}

/// Permits of a lock, released when dropped.
pub(crate) trait Held {
    /// Releases all permits but one.
    fn keep_one(self) -> Self;
}

/// Permits held by a borrow of their lock.
pub(crate) struct Hold<'a> {
    permits: &'a Permits,
    count: u32,
}

impl<'a> Hold<'a> {
    pub(crate) fn new(permits: &'a Permits, count: u32) -> Self {
        Self { permits, count }
    }
}

impl Held for Hold<'_> {
    fn keep_one(mut self) -> Self {
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

/// Permits held together with an owned reference to their lock.
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
}

impl<L: Lock + ?Sized> Held for OwnedHold<L> {
    fn keep_one(mut self) -> Self {
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

/// The value that a lock protects, or a part of it, locked for writing.
///
/// Invariant: `hold` locks the value that contains `part`, and keeps it in place.
pub(crate) struct Writing<T: ?Sized, H> {
    part: *mut T,
    hold: H,
}

// SAFETY: this acts like a `&mut T` together with the hold.
unsafe impl<T: ?Sized + Send, H: Send> Send for Writing<T, H> {}
// SAFETY: as above.
unsafe impl<T: ?Sized + Sync, H: Sync> Sync for Writing<T, H> {}

impl<T: ?Sized, H: Held> Writing<T, H> {
    /// # Safety
    ///
    /// The invariant must hold, with all permits of the lock.
    pub(crate) unsafe fn new(part: *mut T, hold: H) -> Self {
        Self { part, hold }
    }

    pub(crate) fn hold(&self) -> &H {
        &self.hold
    }

    pub(crate) fn get(&self) -> &T {
        // SAFETY: by the invariant; all other references come from a borrow of `self`.
        unsafe { &*self.part }
    }

    pub(crate) fn get_mut(&mut self) -> &mut T {
        // SAFETY: as above, and the borrow of `self` is exclusive.
        unsafe { &mut *self.part }
    }

    pub(crate) fn map<U: ?Sized>(mut self, f: impl FnOnce(&mut T) -> &mut U) -> Writing<U, H> {
        Writing {
            part: f(self.get_mut()),
            hold: self.hold,
        }
    }

    pub(crate) fn try_map<U: ?Sized>(
        mut self,
        f: impl FnOnce(&mut T) -> Option<&mut U>,
    ) -> Result<Writing<U, H>, Self> {
        match f(self.get_mut()).map(|part| &raw mut *part) {
            Some(part) => Ok(Writing {
                part,
                hold: self.hold,
            }),
            None => Err(self),
        }
    }

    pub(crate) fn downgrade_map<U: ?Sized>(self, f: impl FnOnce(&T) -> &U) -> Reading<U, H> {
        Reading {
            part: f(self.get()),
            hold: self.hold.keep_one(),
        }
    }

    pub(crate) fn try_downgrade_map<U: ?Sized>(
        self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<Reading<U, H>, Self> {
        match f(self.get()).map(|part| &raw const *part) {
            Some(part) => Ok(Reading {
                part,
                hold: self.hold.keep_one(),
            }),
            None => Err(self),
        }
    }
}

/// The value that a lock protects, or a part of it, locked for reading.
///
/// Invariant: as for [`Writing`].
pub(crate) struct Reading<T: ?Sized, H> {
    part: *const T,
    hold: H,
}

// SAFETY: this acts like a `&T` together with the hold.
unsafe impl<T: ?Sized + Sync, H: Send> Send for Reading<T, H> {}
// SAFETY: as above; `T: Send` is required too, as in tokio.
unsafe impl<T: ?Sized + Send + Sync, H: Sync> Sync for Reading<T, H> {}

impl<T: ?Sized, H> Reading<T, H> {
    /// # Safety
    ///
    /// The invariant must hold, with at least one permit.
    pub(crate) unsafe fn new(part: *const T, hold: H) -> Self {
        Self { part, hold }
    }

    pub(crate) fn hold(&self) -> &H {
        &self.hold
    }

    pub(crate) fn get(&self) -> &T {
        // SAFETY: by the invariant; all holders of the lock only read.
        unsafe { &*self.part }
    }

    pub(crate) fn map<U: ?Sized>(self, f: impl FnOnce(&T) -> &U) -> Reading<U, H> {
        Reading {
            part: f(self.get()),
            hold: self.hold,
        }
    }

    pub(crate) fn try_map<U: ?Sized>(
        self,
        f: impl FnOnce(&T) -> Option<&U>,
    ) -> Result<Reading<U, H>, Self> {
        match f(self.get()).map(|part| &raw const *part) {
            Some(part) => Ok(Reading {
                part,
                hold: self.hold,
            }),
            None => Err(self),
        }
    }
}
