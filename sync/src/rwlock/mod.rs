//! The reader-writer lock: as many permits as there may be readers; a writer takes all of them. Any
//! thread.

mod read_guard;
mod write_guard;
mod write_guard_mapped;

pub use read_guard::{OwnedRwLockReadGuard, RwLockReadGuard};
pub use write_guard::{OwnedRwLockWriteGuard, RwLockWriteGuard};
pub use write_guard_mapped::{OwnedRwLockMappedWriteGuard, RwLockMappedWriteGuard};

use crate::TryLockError;
use crate::blocking::block_on;
use crate::guards::{Hold, Lock, OwnedHold, Reading, Writing};
use crate::permits::Permits;
use crate::primitives::const_fn;
use std::cell::UnsafeCell;
use std::fmt;
use std::sync::Arc;

/// The most readers at once: tokio's limit.
const MAX_READERS: u32 = u32::MAX >> 3;

/// A lock for many readers or one writer; fair, in order of arrival.
///
/// A reader waits behind a writer that came before it, even while other readers hold the lock. No
/// stream of readers can therefore starve writers, and **a task that holds a read guard must not
/// wait for another one**. Works under any executor. A panic does not poison it.
///
/// # Examples
///
/// ```
/// use heist::sync::RwLock;
///
/// # #[heist::main]
/// # async fn main() {
/// let lock = RwLock::new(5);
/// {
///     let one = lock.read().await;
///     let other = lock.read().await;
///     assert_eq!(*one + *other, 10);
/// }
/// *lock.write().await += 1;
/// assert_eq!(*lock.read().await, 6);
/// # }
/// ```
pub struct RwLock<T: ?Sized> {
    readers: u32,
    permits: Permits,
    value: UnsafeCell<T>,
}

// SAFETY: the value moves with the lock.
unsafe impl<T: ?Sized + Send> Send for RwLock<T> {}
// SAFETY: readers share the value, and a writer has exclusive access.
unsafe impl<T: ?Sized + Send + Sync> Sync for RwLock<T> {}

impl<T: ?Sized> Lock for RwLock<T> {
    fn permits(&self) -> &Permits {
        &self.permits
    }
}

impl<T: ?Sized> RwLock<T> {
    /// Creates an unlocked lock.
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        Self::with_max_readers(value, MAX_READERS)
    }

    /// Creates a lock with at most `max_reads` readers at once.
    ///
    /// # Panics
    ///
    /// Panics if `max_reads` is 0 or more than `u32::MAX >> 3`.
    #[track_caller]
    pub fn with_max_readers(value: T, max_reads: u32) -> Self
    where
        T: Sized,
    {
        assert!(max_reads != 0, "a RwLock may not be created with 0 readers");
        assert!(
            max_reads <= MAX_READERS,
            "a RwLock may not be created with more than {MAX_READERS} readers"
        );
        let permits = Permits::new(max_reads as usize);
        Self {
            readers: max_reads,
            permits,
            value: UnsafeCell::new(value),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        pub const fn const_new(value: T) -> Self
        where
            T: Sized,
        {
            Self::const_with_max_readers(value, MAX_READERS)
        }
    }

    const_fn! {
        /// Like [`with_max_readers`](Self::with_max_readers), but usable in constants.
        pub const fn const_with_max_readers(value: T, max_reads: u32) -> Self
        where
            T: Sized,
        {
            assert!(max_reads != 0, "a RwLock may not be created with 0 readers");
            assert!(max_reads <= MAX_READERS, "a RwLock has at most 2^29 - 1 readers");
            let permits = Permits::new(max_reads as usize);
            Self { readers: max_reads, permits, value: UnsafeCell::new(value) }
        }
    }

    async fn acquire(&self, permits: u32) {
        // `Err` is impossible: the permits are never closed.
        let _ = self.permits.acquire(permits as usize).await;
    }

    fn try_acquire(&self, permits: u32) -> Result<(), TryLockError> {
        self.permits
            .try_acquire(permits as usize)
            .map_err(|_| TryLockError(()))
    }

    fn read_guard(&self) -> RwLockReadGuard<'_, T> {
        let hold = Hold::new(&self.permits, 1);
        // SAFETY: the caller has acquired a permit.
        RwLockReadGuard::new(unsafe { Reading::new(self.value.get(), hold) })
    }

    fn owned_read_guard(self: Arc<Self>) -> OwnedRwLockReadGuard<T> {
        let value = self.value.get();
        let hold = OwnedHold::new(self, 1);
        // SAFETY: the caller has acquired a permit, and the hold keeps the lock alive.
        OwnedRwLockReadGuard::new(unsafe { Reading::new(value, hold) })
    }

    fn write_guard(&self) -> RwLockWriteGuard<'_, T> {
        let hold = Hold::new(&self.permits, self.readers);
        // SAFETY: the caller has acquired all permits.
        RwLockWriteGuard::new(unsafe { Writing::new(self.value.get(), hold) })
    }

    fn owned_write_guard(self: Arc<Self>) -> OwnedRwLockWriteGuard<T> {
        let (value, permits) = (self.value.get(), self.readers);
        let hold = OwnedHold::new(self, permits);
        // SAFETY: the caller has acquired all permits, and the hold keeps the lock alive.
        OwnedRwLockWriteGuard::new(unsafe { Writing::new(value, hold) })
    }

    /// Locks for reading, in order of arrival.
    ///
    /// It waits while a writer holds the lock or waits for it. A task that holds a read guard and
    /// requests another may therefore deadlock with itself.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn read(&self) -> RwLockReadGuard<'_, T> {
        self.acquire(1).await;
        self.read_guard()
    }

    /// Like [`read`](Self::read), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    #[track_caller]
    pub fn blocking_read(&self) -> RwLockReadGuard<'_, T> {
        block_on(self.read())
    }

    /// Like [`read`](Self::read), with an owned guard.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn read_owned(self: Arc<Self>) -> OwnedRwLockReadGuard<T> {
        self.acquire(1).await;
        self.owned_read_guard()
    }

    /// Locks for reading if that is possible now.
    ///
    /// # Errors
    ///
    /// Fails if a writer holds the lock or waits for it, or there are as many readers as allowed.
    pub fn try_read(&self) -> Result<RwLockReadGuard<'_, T>, TryLockError> {
        self.try_acquire(1)?;
        Ok(self.read_guard())
    }

    /// Like [`try_read`](Self::try_read), with an owned guard.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_read`](Self::try_read).
    pub fn try_read_owned(self: Arc<Self>) -> Result<OwnedRwLockReadGuard<T>, TryLockError> {
        self.try_acquire(1)?;
        Ok(self.owned_read_guard())
    }

    /// Locks for writing, in order of arrival.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn write(&self) -> RwLockWriteGuard<'_, T> {
        self.acquire(self.readers).await;
        self.write_guard()
    }

    /// Like [`write`](Self::write), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    #[track_caller]
    pub fn blocking_write(&self) -> RwLockWriteGuard<'_, T> {
        block_on(self.write())
    }

    /// Like [`write`](Self::write), with an owned guard.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn write_owned(self: Arc<Self>) -> OwnedRwLockWriteGuard<T> {
        self.acquire(self.readers).await;
        self.owned_write_guard()
    }

    /// Locks for writing if the lock is free.
    ///
    /// # Errors
    ///
    /// Fails if it is locked, or other callers wait for it.
    pub fn try_write(&self) -> Result<RwLockWriteGuard<'_, T>, TryLockError> {
        self.try_acquire(self.readers)?;
        Ok(self.write_guard())
    }

    /// Like [`try_write`](Self::try_write), with an owned guard.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_write`](Self::try_write).
    pub fn try_write_owned(self: Arc<Self>) -> Result<OwnedRwLockWriteGuard<T>, TryLockError> {
        self.try_acquire(self.readers)?;
        Ok(self.owned_write_guard())
    }

    /// Returns the value; the exclusive borrow proves that the lock is not held.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Consumes the lock and returns its value.
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }
}

impl<T> From<T> for RwLock<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for RwLock<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for RwLock<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("RwLock");
        match self.try_read() {
            Ok(guard) => f.field("data", &&*guard),
            Err(_) => f.field("data", &format_args!("<locked>")),
        };
        f.finish()
    }
}
