//! Guards of writers, of the whole value.

use super::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, RwLock, RwLockMappedWriteGuard,
    RwLockReadGuard,
};
use crate::guards::{Hold, OwnedHold, Writing, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A [`RwLock`] locked for writing; dropping it unlocks.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    held: Writing<T, Hold<'a>>,
    /// Determines whether the guard is `Send` and `Sync`.
    _value: PhantomData<(&'a mut T, &'a RwLock<T>)>,
}

/// Like [`RwLockWriteGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    held: Writing<T, OwnedHold<RwLock<T>>>,
}

guard_impls!(mut RwLockWriteGuard<'a, T> -> T);
guard_impls!(mut OwnedRwLockWriteGuard<T> -> T);

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(held: Writing<T, Hold<'a>>) -> Self {
        Self {
            held,
            _value: PhantomData,
        }
    }

    /// Converts it into a guard of a part of the value.
    ///
    /// Call it as `RwLockWriteGuard::map(guard, …)`: as a method it could hide one of the value.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard::new(this.held.map(f))
    }

    /// Converts it into a guard of a part of the value, and admits other readers. `f` runs before
    /// that.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        RwLockReadGuard::new(this.held.downgrade_map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(RwLockMappedWriteGuard::new).map_err(Self::new)
    }

    /// Like [`downgrade_map`](Self::downgrade_map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let mapped = this.held.try_downgrade_map(f);
        mapped.map(RwLockReadGuard::new).map_err(Self::new)
    }

    /// Converts it into a guard of the kind that [`map`](Self::map) returns, of the whole value.
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        Self::map(this, |value| value)
    }

    /// Admits other readers, without admitting another writer first.
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        Self::downgrade_map(self, |value| value)
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    pub(super) fn new(held: Writing<T, OwnedHold<RwLock<T>>>) -> Self {
        Self { held }
    }

    /// Converts it into a guard of a part of the value; see [`RwLockWriteGuard::map`].
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedRwLockMappedWriteGuard::new(this.held.map(f))
    }

    /// Converts it into a guard of a part of the value, and admits other readers. `f` runs before
    /// that.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        OwnedRwLockReadGuard::new(this.held.downgrade_map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let mapped = this.held.try_map(f);
        mapped
            .map(OwnedRwLockMappedWriteGuard::new)
            .map_err(Self::new)
    }

    /// Like [`downgrade_map`](Self::downgrade_map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockReadGuard<T, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let mapped = this.held.try_downgrade_map(f);
        mapped.map(OwnedRwLockReadGuard::new).map_err(Self::new)
    }

    /// Converts it into a guard of the kind that [`map`](Self::map) returns, of the whole value.
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T, T> {
        Self::map(this, |value| value)
    }

    /// Admits other readers, without admitting another writer first.
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T, T> {
        Self::downgrade_map(self, |value| value)
    }

    /// Returns the lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.held.hold().lock()
    }
}
