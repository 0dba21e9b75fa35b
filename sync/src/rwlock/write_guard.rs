//! Guards of writers, of the whole value.

use super::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, RwLock, RwLockMappedWriteGuard,
    RwLockReadGuard,
};
use crate::guards::{Exclusive, Hold, OwnedHold, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A [`RwLock`] locked for writing; dropped, it unlocks.
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct RwLockWriteGuard<'a, T: ?Sized> {
    lock: &'a RwLock<T>,
    hold: Hold<'a>,
    _value: PhantomData<&'a mut T>,
}

/// As [`RwLockWriteGuard`], with the lock in an [`Arc`].
#[must_use = "if unused the RwLock will immediately unlock"]
pub struct OwnedRwLockWriteGuard<T: ?Sized> {
    hold: OwnedHold<RwLock<T>>,
}

guard_impls!(mut RwLockWriteGuard<'a, T> -> T);
guard_impls!(mut OwnedRwLockWriteGuard<T> -> T);

impl<'a, T: ?Sized> RwLockWriteGuard<'a, T> {
    pub(super) fn new(lock: &'a RwLock<T>, hold: Hold<'a>) -> Self {
        Self {
            lock,
            hold,
            _value: PhantomData,
        }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { &*self.lock.value.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock, and the borrow of the guard is the only one.
        unsafe { &mut *self.lock.value.get() }
    }

    /// Makes it a guard of a part of the value.
    ///
    /// To be called as `RwLockWriteGuard::map(guard, …)`, so that it hides no method of the
    /// value's.
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> RwLockMappedWriteGuard<'a, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        RwLockMappedWriteGuard::new(part, this.hold)
    }

    /// Makes it a guard of a part of the value, and lets in other readers. `f` runs before that.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> RwLockReadGuard<'a, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let part: *const U = f(this.value());
        RwLockReadGuard::new(part, this.hold.keep_one())
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

    /// As [`downgrade_map`](Self::downgrade_map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_downgrade_map<F, U: ?Sized>(this: Self, f: F) -> Result<RwLockReadGuard<'a, U>, Self>
    where
        F: FnOnce(&T) -> Option<&U>,
    {
        match f(this.value()).map(|part| part as *const U) {
            Some(part) => Ok(RwLockReadGuard::new(part, this.hold.keep_one())),
            None => Err(this),
        }
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
    pub(super) fn new(hold: OwnedHold<RwLock<T>>) -> Self {
        Self { hold }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { &*self.hold.lock().value.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock, and the borrow of the guard is the only one.
        unsafe { &mut *self.hold.lock().value.get() }
    }

    /// Makes it a guard of a part of the value; see [`RwLockWriteGuard::map`].
    pub fn map<F, U: ?Sized>(mut this: Self, f: F) -> OwnedRwLockMappedWriteGuard<T, U>
    where
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        OwnedRwLockMappedWriteGuard::new(part, this.hold)
    }

    /// Makes it a guard of a part of the value, and lets in other readers. `f` runs before that.
    pub fn downgrade_map<F, U: ?Sized>(this: Self, f: F) -> OwnedRwLockReadGuard<T, U>
    where
        F: FnOnce(&T) -> &U,
    {
        let part: *const U = f(this.value());
        OwnedRwLockReadGuard::new(part, this.hold.keep_one())
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<F, U: ?Sized>(
        mut this: Self,
        f: F,
    ) -> Result<OwnedRwLockMappedWriteGuard<T, U>, Self>
    where
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(OwnedRwLockMappedWriteGuard::new(part, this.hold)),
            None => Err(this),
        }
    }

    /// As [`downgrade_map`](Self::downgrade_map), if there is such a part.
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
        match f(this.value()).map(|part| part as *const U) {
            Some(part) => Ok(OwnedRwLockReadGuard::new(part, this.hold.keep_one())),
            None => Err(this),
        }
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
        this.hold.lock()
    }
}
