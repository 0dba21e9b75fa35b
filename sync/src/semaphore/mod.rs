//! The semaphore: the public interface of [`Permits`]. Any thread.

mod permit;

pub use permit::{OwnedSemaphorePermit, SemaphorePermit};

use crate::blocking::block_on;
use crate::permits::{Closed, Permits, Refused};
use crate::primitives::const_fn;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

/// A semaphore: a number of permits, handed out in order of arrival.
///
/// A caller that needs several permits waits until it is first in the queue and all of them are
/// free; no other caller overtakes it meanwhile, however few it needs. Works under any executor.
///
/// All successful calls form one order, and each sees everything done before those that precede it.
///
/// # Examples
///
/// ```
/// use heist::sync::{Semaphore, TryAcquireError};
///
/// # #[heist::main]
/// # async fn main() {
/// let semaphore = Semaphore::new(3);
/// let one = semaphore.acquire().await.unwrap();
/// let two = semaphore.acquire_many(2).await.unwrap();
/// assert_eq!(semaphore.try_acquire().err(), Some(TryAcquireError::NoPermits));
/// drop((one, two));
/// assert_eq!(semaphore.available_permits(), 3);
/// # }
/// ```
#[derive(Debug)]
pub struct Semaphore {
    pub(crate) permits: Permits,
}

/// The semaphore has been closed: the error of [`Semaphore::acquire`] and the like.
#[derive(Debug)]
pub struct AcquireError(());

impl fmt::Display for AcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("semaphore closed")
    }
}

impl Error for AcquireError {}

impl From<Closed> for AcquireError {
    fn from(Closed: Closed) -> Self {
        Self(())
    }
}

/// Why [`Semaphore::try_acquire`] and the like returned no permit.
#[derive(Debug, PartialEq, Eq)]
pub enum TryAcquireError {
    /// The semaphore has been closed.
    Closed,
    /// Fewer permits are free now.
    NoPermits,
}

impl fmt::Display for TryAcquireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "semaphore closed",
            Self::NoPermits => "no permits available",
        })
    }
}

impl Error for TryAcquireError {}

impl From<Refused> for TryAcquireError {
    fn from(refused: Refused) -> Self {
        match refused {
            Refused::Closed => Self::Closed,
            Refused::TooFew => Self::NoPermits,
        }
    }
}

impl Semaphore {
    /// The most permits a semaphore can have: `usize::MAX >> 3`.
    pub const MAX_PERMITS: usize = Permits::MAX;

    /// Creates a semaphore with `permits` permits.
    ///
    /// # Panics
    ///
    /// Panics if there are more than [`Semaphore::MAX_PERMITS`].
    #[track_caller]
    pub fn new(permits: usize) -> Self {
        Self {
            permits: Permits::new(permits),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        #[track_caller]
        pub const fn const_new(permits: usize) -> Self {
            Self { permits: Permits::new(permits) }
        }
    }

    /// Returns the number of free permits.
    pub fn available_permits(&self) -> usize {
        self.permits.available()
    }

    /// Adds permits.
    ///
    /// # Panics
    ///
    /// Panics if there are then more than [`Semaphore::MAX_PERMITS`].
    #[track_caller]
    pub fn add_permits(&self, n: usize) {
        self.permits.release(n);
    }

    /// Takes away up to `n` free permits for ever, and returns how many.
    pub fn forget_permits(&self, n: usize) -> usize {
        self.permits.forget(n)
    }

    /// Waits for a permit.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.acquire(1).await?;
        Ok(SemaphorePermit::new(self, 1))
    }

    /// Waits for `n` permits at once.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    ///
    /// # Panics
    ///
    /// Panics if `n` is more than [`Semaphore::MAX_PERMITS`].
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        self.permits.acquire(n as usize).await?;
        Ok(SemaphorePermit::new(self, n as usize))
    }

    /// Takes a permit if one is free.
    ///
    /// # Errors
    ///
    /// [`TryAcquireError::Closed`] if the semaphore has been closed, otherwise
    /// [`TryAcquireError::NoPermits`] if no permit is free.
    pub fn try_acquire(&self) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.permits.try_acquire(1)?;
        Ok(SemaphorePermit::new(self, 1))
    }

    /// Takes `n` permits if they are free.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_acquire`](Self::try_acquire).
    #[track_caller]
    pub fn try_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, TryAcquireError> {
        self.permits.try_acquire(n as usize)?;
        Ok(SemaphorePermit::new(self, n as usize))
    }

    /// Like [`acquire`](Self::acquire), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    #[track_caller]
    pub fn blocking_acquire(&self) -> Result<SemaphorePermit<'_>, AcquireError> {
        block_on(self.acquire())
    }

    /// Like [`acquire_many`](Self::acquire_many), blocking the thread.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    #[track_caller]
    pub fn blocking_acquire_many(&self, n: u32) -> Result<SemaphorePermit<'_>, AcquireError> {
        block_on(self.acquire_many(n))
    }

    /// Like [`acquire`](Self::acquire), with an owned permit.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    /// use std::sync::Arc;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// // At most two at a time.
    /// let limit = Arc::new(Semaphore::new(2));
    /// let mut jobs = heist::task::JoinSet::new();
    /// for n in 0..10 {
    ///     let permit = limit.clone().acquire_owned().await.unwrap();
    ///     jobs.spawn(async move {
    ///         let _permit = permit;
    ///         n * n
    ///     });
    /// }
    /// assert_eq!(jobs.join_all().await.len(), 10);
    /// # }
    /// ```
    pub async fn acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.acquire(1).await?;
        Ok(OwnedSemaphorePermit::new(self, 1))
    }

    /// Like [`acquire_many`](Self::acquire_many), with owned permits.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        self.permits.acquire(n as usize).await?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    /// Like [`try_acquire`](Self::try_acquire), with an owned permit.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_acquire`](Self::try_acquire).
    pub fn try_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.permits.try_acquire(1)?;
        Ok(OwnedSemaphorePermit::new(self, 1))
    }

    /// Like [`try_acquire_many`](Self::try_acquire_many), with owned permits.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_acquire`](Self::try_acquire).
    #[track_caller]
    pub fn try_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, TryAcquireError> {
        self.permits.try_acquire(n as usize)?;
        Ok(OwnedSemaphorePermit::new(self, n as usize))
    }

    /// Like [`acquire_owned`](Self::acquire_owned), blocking the thread.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    #[track_caller]
    pub fn blocking_acquire_owned(self: Arc<Self>) -> Result<OwnedSemaphorePermit, AcquireError> {
        block_on(self.acquire_owned())
    }

    /// Like [`acquire_many_owned`](Self::acquire_many_owned), blocking the thread.
    ///
    /// # Errors
    ///
    /// Fails if the semaphore has been closed.
    #[track_caller]
    pub fn blocking_acquire_many_owned(
        self: Arc<Self>,
        n: u32,
    ) -> Result<OwnedSemaphorePermit, AcquireError> {
        block_on(self.acquire_many_owned(n))
    }

    /// Closes the semaphore: all waiting and later calls return an error.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::Semaphore;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let semaphore = Semaphore::new(1);
    /// semaphore.close();
    /// assert!(semaphore.acquire().await.is_err());
    /// # }
    /// ```
    pub fn close(&self) {
        self.permits.close();
    }

    /// Returns whether the semaphore has been closed.
    pub fn is_closed(&self) -> bool {
        self.permits.is_closed()
    }
}
