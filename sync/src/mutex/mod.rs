//! The mutex: one permit, and a value that belongs to its holder. Any thread.

mod guard;

pub use guard::{MappedMutexGuard, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard};

use crate::blocking::block_on;
use crate::guards::{Hold, Lock, OwnedHold, Writing};
use crate::permits::Permits;
use crate::primitives::const_fn;
use std::cell::UnsafeCell;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A mutex whose guard may be held across an `.await`; fair, in order of arrival.
///
/// Works under any executor. If no guard is held across an `.await`, the standard library's mutex
/// costs less. A panic does not poison it.
///
/// # Examples
///
/// ```
/// use heist::sync::Mutex;
/// use std::sync::Arc;
///
/// # #[heist::main]
/// # async fn main() {
/// let count = Arc::new(Mutex::new(0));
/// let mut tasks = heist::task::JoinSet::new();
/// for _ in 0..10 {
///     let count = count.clone();
///     tasks.spawn(async move {
///         let mut count = count.lock().await;
///         heist::task::yield_now().await;
///         *count += 1;
///     });
/// }
/// tasks.join_all().await;
/// assert_eq!(*count.lock().await, 10);
/// # }
/// ```
pub struct Mutex<T: ?Sized> {
    permits: Permits,
    value: UnsafeCell<T>,
}

// SAFETY: the value is accessed by one thread at a time; it moves with the mutex.
unsafe impl<T: ?Sized + Send> Send for Mutex<T> {}
// SAFETY: the holder of the lock has exclusive access to the value, so `T` need not be `Sync`.
unsafe impl<T: ?Sized + Send> Sync for Mutex<T> {}

/// The lock is held: the error of [`Mutex::try_lock`], [`RwLock::try_read`] and the like.
///
/// [`RwLock::try_read`]: crate::RwLock::try_read
#[derive(Debug)]
pub struct TryLockError(pub(crate) ());

impl fmt::Display for TryLockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("operation would block")
    }
}

impl Error for TryLockError {}

impl<T: ?Sized> Lock for Mutex<T> {
    fn permits(&self) -> &Permits {
        &self.permits
    }
}

impl<T: ?Sized> Mutex<T> {
    /// Creates an unlocked mutex.
    pub fn new(value: T) -> Self
    where
        T: Sized,
    {
        Self {
            permits: Permits::new(1),
            value: UnsafeCell::new(value),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        ///
        /// # Examples
        ///
        /// ```
        /// use heist::sync::Mutex;
        ///
        /// static NAMES: Mutex<Vec<String>> = Mutex::const_new(Vec::new());
        ///
        /// # #[heist::main]
        /// # async fn main() {
        /// NAMES.lock().await.push("heist".to_owned());
        /// # }
        /// ```
        pub const fn const_new(value: T) -> Self
        where
            T: Sized,
        {
            Self { permits: Permits::new(1), value: UnsafeCell::new(value) }
        }
    }

    async fn acquire(&self) {
        // `Err` is impossible: the permits are never closed.
        let _ = self.permits.acquire(1).await;
    }

    fn try_acquire(&self) -> Result<(), TryLockError> {
        self.permits.try_acquire(1).map_err(|_| TryLockError(()))
    }

    fn guard(&self) -> MutexGuard<'_, T> {
        let hold = Hold::new(&self.permits, 1);
        // SAFETY: the caller has acquired the only permit.
        MutexGuard::new(self, unsafe { Writing::new(self.value.get(), hold) })
    }

    fn owned_guard(self: Arc<Self>) -> OwnedMutexGuard<T> {
        let value = self.value.get();
        let hold = OwnedHold::new(self, 1);
        // SAFETY: the caller has acquired the only permit, and the hold keeps the mutex alive.
        OwnedMutexGuard::new(unsafe { Writing::new(value, hold) })
    }

    /// Locks the mutex, in order of arrival.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn lock(&self) -> MutexGuard<'_, T> {
        self.acquire().await;
        self.guard()
    }

    /// Like [`lock`](Self::lock), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    #[track_caller]
    pub fn blocking_lock(&self) -> MutexGuard<'_, T> {
        block_on(self.lock())
    }

    /// Like [`blocking_lock`](Self::blocking_lock), with an owned guard.
    #[track_caller]
    pub fn blocking_lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        block_on(self.lock_owned())
    }

    /// Like [`lock`](Self::lock), with an owned guard.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn lock_owned(self: Arc<Self>) -> OwnedMutexGuard<T> {
        self.acquire().await;
        self.owned_guard()
    }

    /// Locks the mutex if it is free.
    ///
    /// # Errors
    ///
    /// Fails if it is locked, or other callers wait for it.
    pub fn try_lock(&self) -> Result<MutexGuard<'_, T>, TryLockError> {
        self.try_acquire()?;
        Ok(self.guard())
    }

    /// Like [`try_lock`](Self::try_lock), with an owned guard.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_lock`](Self::try_lock).
    pub fn try_lock_owned(self: Arc<Self>) -> Result<OwnedMutexGuard<T>, TryLockError> {
        self.try_acquire()?;
        Ok(self.owned_guard())
    }

    /// Returns the value; the exclusive borrow proves that the mutex is not locked.
    pub fn get_mut(&mut self) -> &mut T {
        self.value.get_mut()
    }

    /// Consumes the mutex and returns its value.
    pub fn into_inner(self) -> T
    where
        T: Sized,
    {
        self.value.into_inner()
    }
}

impl<T> From<T> for Mutex<T> {
    fn from(value: T) -> Self {
        Self::new(value)
    }
}

impl<T: Default> Default for Mutex<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T: ?Sized + fmt::Debug> fmt::Debug for Mutex<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut f = f.debug_struct("Mutex");
        match self.try_lock() {
            Ok(guard) => f.field("data", &&*guard),
            Err(_) => f.field("data", &format_args!("<locked>")),
        };
        f.finish()
    }
}
