//! The mutex's guards: of the whole value or a part of it, borrowed or owned.

use super::Mutex;
use crate::guards::{Hold, OwnedHold, Writing, guard_impls};
use std::marker::PhantomData;
use std::sync::Arc;

/// A locked [`Mutex`]; dropping it unlocks.
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MutexGuard<'a, T: ?Sized> {
    mutex: &'a Mutex<T>,
    held: Writing<T, Hold<'a>>,
    /// Determines whether the guard is `Send` and `Sync`.
    _value: PhantomData<&'a mut T>,
}

/// Like [`MutexGuard`], with the mutex in an [`Arc`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMutexGuard<T: ?Sized> {
    held: Writing<T, OwnedHold<Mutex<T>>>,
    /// Determines whether the guard is `Send` and `Sync`.
    _value: PhantomData<Box<T>>,
}

/// A part of the value that a [`Mutex`] protects; dropping it unlocks. See [`MutexGuard::map`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct MappedMutexGuard<'a, T: ?Sized> {
    held: Writing<T, Hold<'a>>,
    _part: PhantomData<&'a mut T>,
}

/// Like [`MappedMutexGuard`], with the mutex in an [`Arc`]. See [`OwnedMutexGuard::map`].
#[must_use = "if unused the Mutex will immediately unlock"]
pub struct OwnedMappedMutexGuard<T: ?Sized, U: ?Sized = T> {
    held: Writing<U, OwnedHold<Mutex<T>>>,
    _value: PhantomData<Box<T>>,
}

guard_impls!(mut MutexGuard<'a, T> -> T);
guard_impls!(mut OwnedMutexGuard<T> -> T);
guard_impls!(mut MappedMutexGuard<'a, T> -> T);
guard_impls!(mut OwnedMappedMutexGuard<T, U> -> U);

impl<'a, T: ?Sized> MutexGuard<'a, T> {
    pub(super) fn new(mutex: &'a Mutex<T>, held: Writing<T, Hold<'a>>) -> Self {
        Self {
            mutex,
            held,
            _value: PhantomData,
        }
    }

    /// Converts it into a guard of a part of the value.
    ///
    /// Call it as `MutexGuard::map(guard, …)`: as a method it could hide one of the value.
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
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let mapped = this.held.try_map(f);
        mapped
            .map(MappedMutexGuard::new)
            .map_err(|held| Self::new(this.mutex, held))
    }

    /// Returns the mutex.
    pub fn mutex(this: &Self) -> &'a Mutex<T> {
        this.mutex
    }
}

impl<T: ?Sized> OwnedMutexGuard<T> {
    pub(super) fn new(held: Writing<T, OwnedHold<Mutex<T>>>) -> Self {
        Self {
            held,
            _value: PhantomData,
        }
    }

    /// Converts it into a guard of a part of the value; see [`MutexGuard::map`].
    pub fn map<U, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        OwnedMappedMutexGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(OwnedMappedMutexGuard::new).map_err(Self::new)
    }

    /// Returns the mutex.
    pub fn mutex(this: &Self) -> &Arc<Mutex<T>> {
        this.held.hold().lock()
    }
}

impl<'a, T: ?Sized> MappedMutexGuard<'a, T> {
    fn new(held: Writing<T, Hold<'a>>) -> Self {
        Self {
            held,
            _part: PhantomData,
        }
    }

    /// Converts it into a guard of a smaller part; see [`MutexGuard::map`].
    pub fn map<U, F>(this: Self, f: F) -> MappedMutexGuard<'a, U>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> &mut U,
    {
        MappedMutexGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<U, F>(this: Self, f: F) -> Result<MappedMutexGuard<'a, U>, Self>
    where
        U: ?Sized,
        F: FnOnce(&mut T) -> Option<&mut U>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(MappedMutexGuard::new).map_err(Self::new)
    }
}

impl<T: ?Sized, U: ?Sized> OwnedMappedMutexGuard<T, U> {
    fn new(held: Writing<U, OwnedHold<Mutex<T>>>) -> Self {
        Self {
            held,
            _value: PhantomData,
        }
    }

    /// Converts it into a guard of a smaller part; see [`MutexGuard::map`].
    pub fn map<S, F>(this: Self, f: F) -> OwnedMappedMutexGuard<T, S>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> &mut S,
    {
        OwnedMappedMutexGuard::new(this.held.map(f))
    }

    /// Like [`map`](Self::map), if there is such a part.
    ///
    /// # Errors
    ///
    /// Returns the guard if `f` returns `None`.
    pub fn try_map<S, F>(this: Self, f: F) -> Result<OwnedMappedMutexGuard<T, S>, Self>
    where
        S: ?Sized,
        F: FnOnce(&mut U) -> Option<&mut S>,
    {
        let mapped = this.held.try_map(f);
        mapped.map(OwnedMappedMutexGuard::new).map_err(Self::new)
    }
}
