//! Guards of readers.

use super::RwLock;
use crate::guards::{Hold, OwnedHold, Shared, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A [`RwLock`], or a part of what it protects, locked for reading; dropped, it unlocks.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    part: Shared<T>,
    hold: Hold<'a>,
    _part: PhantomData<&'a T>,
}

/// As [`RwLockReadGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    part: Shared<U>,
    hold: OwnedHold<RwLock<T>>,
}

guard_impls!(RwLockReadGuard<'a, T> -> T);
guard_impls!(OwnedRwLockReadGuard<T, U> -> U);

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    /// The caller holds the lock of `part`, for reading, by `hold`.
    pub(super) fn new(part: *const T, hold: Hold<'a>) -> Self {
        Self {
            part: Shared::new(part),
            hold,
            _part: PhantomData,
        }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    /// Makes it a guard of a part of the value.
    ///
    /// To be called as `RwLockReadGuard::map(guard, …)`, so that it hides no method of the
    /// value's.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let part: *const U = f(this.value());
        RwLockReadGuard::new(part, this.hold)
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(this.value()).map(|part| part as *const U) {
            Some(part) => Ok(RwLockReadGuard::new(part, this.hold)),
            None => Err(this),
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    /// The caller holds the lock of `part`, for reading, by `hold`.
    pub(super) fn new(part: *const U, hold: OwnedHold<RwLock<T>>) -> Self {
        Self {
            part: Shared::new(part),
            hold,
        }
    }

    fn value(&self) -> &U {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    /// Makes it a guard of a part of the value; see [`RwLockReadGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        let part: *const V = f(this.value());
        OwnedRwLockReadGuard::new(part, this.hold)
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        match f(this.value()).map(|part| part as *const V) {
            Some(part) => Ok(OwnedRwLockReadGuard::new(part, this.hold)),
            None => Err(this),
        }
    }

    /// The lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.hold.lock()
    }
}
