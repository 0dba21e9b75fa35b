//! Guards of writers, of the whole value.

use super::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, RwLock, RwLockMappedWriteGuard,
    RwLockReadGuard,
};
use crate::guards::{Hold, OwnedHold, Writing, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A [`RwLock`] locked for writing; dropped, it unlocks.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    held: Writing<T, Hold<'a>>,
    /// As `Send` and as `Sync` as this.
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

    /// Makes it a guard of a part of the value.
    ///
    /// To be called as `RwLockWriteGuard::map(guard, …)`, so that it hides no method of the
    /// value's.
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard::new(this.held.map(f))
    }

    /// Makes it a guard of a part of the value, and lets in other readers. `f` runs before that.
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
    /// The guard, if `f` returns `None`.
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
    /// The guard, if `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        let mapped = this.held.try_downgrade_map(f);
        mapped.map(RwLockReadGuard::new).map_err(Self::new)
    }

    /// Makes it a guard of the kind that [`map`](Self::map) returns, of the whole value.
    pub fn into_mapped(this: Self) -> RwLockMappedWriteGuard<'a, T> {
        Self::map(this, |value| value)
    }

    /// Lets in other readers, without letting in another writer first.
    pub fn downgrade(self) -> RwLockReadGuard<'a, T> {
        Self::downgrade_map(self, |value| value)
    }
}

impl<T: ?Sized> OwnedRwLockWriteGuard<T> {
    pub(super) fn new(held: Writing<T, OwnedHold<RwLock<T>>>) -> Self {
        Self { held }
    }

    /// Makes it a guard of a part of the value; see [`RwLockWriteGuard::map`].
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedRwLockMappedWriteGuard::new(this.held.map(f))
    }

    /// Makes it a guard of a part of the value, and lets in other readers. `f` runs before that.
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
    /// The guard, if `f` returns `None`.
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
    /// The guard, if `f` returns `None`.
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

    /// Makes it a guard of the kind that [`map`](Self::map) returns, of the whole value.
    pub fn into_mapped(this: Self) -> OwnedRwLockMappedWriteGuard<T, T> {
        Self::map(this, |value| value)
    }

    /// Lets in other readers, without letting in another writer first.
    pub fn downgrade(self) -> OwnedRwLockReadGuard<T, T> {
        Self::downgrade_map(self, |value| value)
    }

    /// The lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.held.hold().lock()
    }
}
