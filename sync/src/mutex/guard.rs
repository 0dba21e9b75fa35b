//! The mutex's guards: of the whole value or a part of it, by a borrow or owned.

use super::Mutex;
use crate::guards::{Exclusive, Hold, OwnedHold, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A locked [`Mutex`]; dropped, it unlocks.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    hold: Hold<'a>,
    /// As `Send` and as `Sync` as this.
    _value: PhantomData<&'a mut T>,
}

/// As [`MutexGuard`], with the mutex in an [`Arc`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMutexGuard<T: ?Sized> {
    hold: OwnedHold<Mutex<T>>,
    /// As `Send` and as `Sync` as this.
    _value: PhantomData<Box<T>>,
}

/// A part of what a [`Mutex`] protects; dropped, it unlocks. See [`MutexGuard::map`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    part: Exclusive<T>,
    hold: Hold<'a>,
    _part: PhantomData<&'a mut T>,
}

/// As [`MappedMutexGuard`], with the mutex in an [`Arc`]. See [`OwnedMutexGuard::map`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    part: Exclusive<U>,
    hold: OwnedHold<Mutex<T>>,
    _value: PhantomData<Box<T>>,
}

guard_impls!(mut MutexGuard<'a, T> -> T);
guard_impls!(mut OwnedMutexGuard<T> -> T);
guard_impls!(mut MappedMutexGuard<'a, T> -> T);
guard_impls!(mut OwnedMappedMutexGuard<T, U> -> U);

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn new(mutex: &'a Mutex<T>, hold: Hold<'a>) -> Self {
        Self {
            mutex,
            hold,
            _value: PhantomData,
        }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { &*self.mutex.value.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock, and the borrow of the guard is the only one.
        unsafe { &mut *self.mutex.value.get() }
    }

    /// Makes it a guard of a part of the value.
    ///
    /// To be called as `MutexGuard::map(guard, …)`, so that it hides no method of the value's.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::{Mutex, MutexGuard};
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let pair = Mutex::new((1, "one"));
    /// let mut number = MutexGuard::map(pair.lock().await, |pair| &mut pair.0);
    /// *number = 2;
    /// drop(number);
    /// assert_eq!(pair.into_inner(), (2, "one"));
    /// # }
    /// ```
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        MappedMutexGuard {
            part,
            hold: this.hold,
            _part: PhantomData,
        }
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(MappedMutexGuard {
                part,
                hold: this.hold,
                _part: PhantomData,
            }),
            None => Err(this),
        }
    }

    /// The mutex.
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    pub(super) fn new(hold: OwnedHold<Mutex<T>>) -> Self {
        Self {
            hold,
            _value: PhantomData,
        }
    }

    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { &*self.hold.lock().value.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock, and the borrow of the guard is the only one.
        unsafe { &mut *self.hold.lock().value.get() }
    }

    /// Makes it a guard of a part of the value; see [`MutexGuard::map`].
    pub fn map<U, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        OwnedMappedMutexGuard {
            part,
            hold: this.hold,
            _value: PhantomData,
        }
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(OwnedMappedMutexGuard {
                part,
                hold: this.hold,
                _value: PhantomData,
            }),
            None => Err(this),
        }
    }

    /// The mutex.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.hold.lock()
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    fn value(&self) -> &T {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    fn value_mut(&mut self) -> &mut T {
        // SAFETY: we hold the lock.
        unsafe { self.part.get_mut() }
    }

    /// Makes it a guard of a part of the part; see [`MutexGuard::map`].
    pub fn map<U, F>(mut this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        let part = Exclusive::new(f(this.value_mut()));
        MappedMutexGuard {
            part,
            hold: this.hold,
            _part: PhantomData,
        }
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<U, F>(mut this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(MappedMutexGuard {
                part,
                hold: this.hold,
                _part: PhantomData,
            }),
            None => Err(this),
        }
    }
}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    fn value(&self) -> &U {
        // SAFETY: we hold the lock.
        unsafe { self.part.get() }
    }

    fn value_mut(&mut self) -> &mut U {
        // SAFETY: we hold the lock.
        unsafe { self.part.get_mut() }
    }

    /// Makes it a guard of a part of the part; see [`MutexGuard::map`].
    pub fn map<S, F>(mut this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        let part = Exclusive::new(f(this.value_mut()));
        OwnedMappedMutexGuard {
            part,
            hold: this.hold,
            _value: PhantomData,
        }
    }

    /// As [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// The guard, if `f` returns `None`.
    pub fn try_map<S, F>(mut this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        match f(this.value_mut()).map(Exclusive::new) {
            Some(part) => Ok(OwnedMappedMutexGuard {
                part,
                hold: this.hold,
                _value: PhantomData,
            }),
            None => Err(this),
        }
    }
}
