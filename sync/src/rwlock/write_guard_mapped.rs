//! Guards of writers, of a part of the value.

use super::RwLock;
use crate::guards::{Exclusive, Hold, OwnedHold, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

#[cfg(doc)]
use super::RwLockWriteGuard;

/// A part of what a [`RwLock`] protects, locked for writing; dropped, it unlocks. See
/// [`RwLockWriteGuard::map`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockMappedWriteGuard<'a, T: ?Sized> {
    part: Exclusive<T>,
    hold: Hold<'a>,
    /// As `Send` and as `Sync` as this, as tokio has it.
    _part: PhantomData<(&'a mut T, &'a RwLock<T>)>,
}

/// As [`RwLockMappedWriteGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockMappedWriteGuard<T: ?Sized, U: ?Sized = T> {
    part: Exclusive<U>,
    hold: OwnedHold<RwLock<T>>,
    /// As `Send` and as `Sync` as this, as tokio has it.
    _part: PhantomData<Arc<RwLock<U>>>,
}

guard_impls!(mut RwLockMappedWriteGuard<'a, T> -> T);
guard_impls!(mut OwnedRwLockMappedWriteGuard<T, U> -> U);

impl<'a, T: ?Sized> RwLockMappedWriteGuard<'a, T> {
    pub(super) fn new(part: Exclusive<T>, hold: Hold<'a>) -> Self {
        Self {
            part,
            hold,
            _part: PhantomData,
        }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock.
        unsafe { self.part.get_mut() }
    }

    /// Makes it a guard of a part of the part; see [`RwLockWriteGuard::map`].
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        RwLockMappedWriteGuard::new(part, this.hold)
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<RwLockMappedWriteGuard<'a, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(RwLockMappedWriteGuard::new(part, this.hold)),
            None => Err(this),
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedRwLockMappedWriteGuard<T, U> {
    pub(super) fn new(part: Exclusive<U>, hold: OwnedHold<RwLock<T>>) -> Self {
        Self {
            part,
            hold,
            _part: PhantomData,
        }
    }

    fn value(&self) -> &U {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    fn value_mut(&mut self) -> &mut U {
        // SAFETY: we hold the lock.
        unsafe { self.part.get_mut() }
    }

    /// Makes it a guard of a part of the part; see [`RwLockWriteGuard::map`].
    pub fn map<F, V: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, V>
    where
        F: FnOnce(&mut U) -> &mut V,
    {
        let part = Exclusive::new(f(this.value_mut()));
        OwnedRwLockMappedWriteGuard::new(part, this.hold)
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<F, V: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, V>, Self>
    where
        F: FnOnce(&mut U) -> Option<&mut V>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(OwnedRwLockMappedWriteGuard::new(part, this.hold)),
            None => Err(this),
        }
    }

    /// The lock.
    pub fn rwlock(this: &Self) -> &Arc<RwLock<T>> {
        this.hold.lock()
    }
}
