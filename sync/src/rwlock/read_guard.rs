//! Guards of readers.

use super::RwLock;
use crate::guards::{Hold, OwnedHold, Reading, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A [`RwLock`], or a part of its value, locked for reading; dropping it unlocks.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockReadGuard<'a, T: ?Sized> {
    held: Reading<T, Hold<'a>>,
    _part: PhantomData<&'a T>,
}

/// Like [`RwLockReadGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockReadGuard<T: ?Sized, U: ?Sized = T> {
    held: Reading<U, OwnedHold<RwLock<T>>>,
}

guard_impls!(RwLockReadGuard<'a, T> -> T);
guard_impls!(OwnedRwLockReadGuard<T, U> -> U);

impl<'a, T: ?Sized> RwLockReadGuard<'a, T> {
    pub(super) fn new(held: Reading<T, Hold<'a>>) -> Self {
        Self {
            held,
            _part: PhantomData,
        }
    }

    /// Converts it into a guard of a part of the value.
    ///
    /// Call it as `RwLockReadGuard::map(guard, …)`: as a method it could hide one of the value.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(RwLockReadGuard::new).map_err(Self::new)
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockReadGuard<T, U> {
    pub(super) fn new(held: Reading<U, OwnedHold<RwLock<T>>>) -> Self {
        Self { held }
    }

    /// Converts it into a guard of a part of the value; see [`RwLockReadGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, V>
    where
        F: FnOnce(&U) -> &V,
    {
        OwnedRwLockReadGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(this: Self, f: F) -> Result<OwnedRwLockReadGuard<T, V>, Self>
    where
        F: FnOnce(&U) -> Option<&V>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(OwnedRwLockReadGuard::new).map_err(Self::new)
    }

    /// Returns the lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.held.hold().lock()
    }
}
