//! Guards of writers, of a part of the value.

use super::RwLock;
use crate::guards::{Hold, OwnedHold, Writing, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

#[cfg(doc)]
use super::RwLockWriteGuard;

/// A part of the value that a [`RwLock`] protects, locked for writing; dropping it unlocks. See
/// [`RwLockWriteGuard::map`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    held: Writing<T, Hold<'a>>,
    /// Determines whether the guard is `Send` and `Sync`, the same as in tokio.
    _part: PhantomData<(&'a mut T, &'a RwLock<T>)>,
}

/// Like [`RwLockMappedWriteGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    held: Writing<U, OwnedHold<RwLock<T>>>,
    /// Determines whether the guard is `Send` and `Sync`, the same as in tokio.
    _part: PhantomData<Arc<RwLock<U>>>,
}

guard_impls!(mut RwLockMappedWriteGuard<'a, T> -> T);
guard_impls!(mut OwnedRwLockMappedWriteGuard<T, U> -> U);

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    pub(super) fn new(held: Writing<T, Hold<'a>>) -> Self {
        Self {
            held,
            _part: PhantomData,
        }
    }

    /// Converts it into a guard of a smaller part; see [`RwLockWriteGuard::map`].
    pub fn map<F, U: ?Sized>(this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        RwLockMappedWriteGuard::new(this.held.map(f))
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
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    pub(super) fn new(held: Writing<U, OwnedHold<RwLock<T>>>) -> Self {
        Self {
            held,
            _part: PhantomData,
        }
    }

    /// Converts it into a guard of a smaller part; see [`RwLockWriteGuard::map`].
    pub fn map<F, V: ?Sized>(this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        OwnedRwLockMappedWriteGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(
        this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        let mapped = this.held.try_map(f);
        mapped
            .map(OwnedRwLockMappedWriteGuard::new)
            .map_err(Self::new)
    }

    /// Returns the lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.held.hold().lock()
    }
}
