//! A value created once, by the future of the first caller that needs it. Any thread.

use crate::permits::{Permits, Refused};
use crate::primitives::const_fn;
use crate::slot::Slot;
use std::convert::Infallible;
use std::error::Error;
use std::fmt;
use std::future::Future;

/// A value that the first caller creates, once, while the others wait.
///
/// If that caller fails, panics or is cancelled, the next one tries. Works under any executor.
///
/// # Examples
///
/// ```
/// use heist::sync::OnceCell;
///
/// static ANSWER: OnceCell<u32> = OnceCell::const_new();
///
/// async fn answer() -> &'static u32 {
///     ANSWER
///         .get_or_init(|| async {
///             heist::task::yield_now().await;
///             42
///         })
///         .await
/// }
///
/// # #[heist::main]
/// # async fn main() {
/// assert_eq!(*answer().await, 42);
/// # }
/// ```
pub struct OnceCell<T> {
    slot: Slot<T>,
    /// One permit, for the caller that creates the value; closed once there is a value.
    making: Permits,
}

/// Why [`OnceCell::set`] failed. Contains the value.
#[derive(Debug, PartialEq, Eq)]
pub enum SetError<T> {
    /// There is a value already.
    AlreadyInitializedError(T),
    /// Another caller is creating one.
    InitializingError(T),
}

impl<T> SetError<T> {
    /// Whether there is a value already.
    pub fn is_already_init_err(&self) -> bool {
        matches!(self, Self::AlreadyInitializedError(_))
    }

    /// Returns whether another caller is creating one.
    pub fn is_initializing_err(&self) -> bool {
        matches!(self, Self::InitializingError(_))
    }
}

impl<T> fmt::Display for SetError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AlreadyInitializedError(_) => "AlreadyInitializedError",
            Self::InitializingError(_) => "InitializingError",
        })
    }
}

impl<T: fmt::Debug> Error for SetError<T> {}

/// The right to create the value; given up when dropped.
struct Making<'a, T>(&'a OnceCell<T>);

impl<'a, T> Making<'a, T> {
    fn done(self, value: T) -> &'a T {
        let cell = self.0;
        // SAFETY: we hold the only permit and there is no value, so no other thread sets it.
        unsafe { cell.slot.set(value) };
        cell.making.close();
        cell.slot.get().expect("just set")
    }
}

impl<T> Drop for Making<'_, T> {
    fn drop(&mut self) {
        self.0.making.release(1);
    }
}

impl<T> OnceCell<T> {
    /// Creates an empty cell.
    pub fn new() -> Self {
        Self {
            slot: Slot::empty(),
            making: Permits::new(1),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        pub const fn const_new() -> Self {
            Self { slot: Slot::empty(), making: Permits::new(1) }
        }
    }

    /// Creates a cell with the value, if there is one.
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::from)
    }

    const_fn! {
        /// Creates a cell with the value; usable in constants.
        pub const fn const_new_with(value: T) -> Self {
            Self { slot: Slot::full(value), making: Permits::closed() }
        }
    }

    /// Returns whether there is a value.
    pub fn initialized(&self) -> bool {
        self.slot.is_set()
    }

    /// Returns the value, if there is one.
    pub fn get(&self) -> Option<&T> {
        self.slot.get()
    }

    /// Returns a mutable reference to the value, if there is one.
    pub fn get_mut(&mut self) -> Option<&mut T> {
        self.slot.get_mut()
    }

    /// Sets the value.
    ///
    /// # Errors
    ///
    /// Returns the value if there is one already or another caller is creating one.
    pub fn set(&self, value: T) -> Result<(), SetError<T>> {
        match self.making.try_acquire(1) {
            Ok(()) => {
                Making(self).done(value);
                Ok(())
            }
            Err(Refused::TooFew) => Err(SetError::InitializingError(value)),
            Err(Refused::Closed) => Err(SetError::AlreadyInitializedError(value)),
        }
    }

    /// Returns the value, which the first caller's `f` creates if there is none.
    ///
    /// A call within `f` waits for ever.
    ///
    /// # Cancel safety
    ///
    /// If cancelled or panicking, it leaves the cell empty, and the next caller's `f` creates the
    /// value.
    pub async fn get_or_init<F, Fut>(&self, f: F) -> &T
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = T>,
    {
        match self
            .get_or_try_init(async || Ok::<T, Infallible>(f().await))
            .await
        {
            Ok(value) => value,
            Err(never) => match never {},
        }
    }

    /// Returns the value, which the first caller's `f` creates if there is none.
    ///
    /// A call within `f` waits for ever.
    ///
    /// # Errors
    ///
    /// That of `f`. The cell then stays empty, and the next caller's `f` creates the value.
    ///
    /// # Cancel safety
    ///
    /// The same as for [`get_or_init`](Self::get_or_init).
    pub async fn get_or_try_init<E, F, Fut>(&self, f: F) -> Result<&T, E>
    where
        F: FnOnce() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        if let Some(value) = self.get() {
            return Ok(value);
        }
        match self.making.acquire(1).await {
            Ok(()) => {
                let making = Making(self);
                let value = f().await?;
                Ok(making.done(value))
            }
            Err(_) => Ok(self.get().expect("closed once it is set")),
        }
    }

    /// Consumes the cell and returns the value, if there is one.
    pub fn into_inner(mut self) -> Option<T> {
        self.slot.take()
    }

    /// Takes the value out, if there is one, and leaves the cell empty.
    pub fn take(&mut self) -> Option<T> {
        std::mem::take(self).into_inner()
    }
}

impl<T> Default for OnceCell<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for OnceCell<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OnceCell")
            .field("value", &self.get())
            .finish()
    }
}

impl<T: Clone> Clone for OnceCell<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for OnceCell<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for OnceCell<T> {}

impl<T> From<T> for OnceCell<T> {
    fn from(value: T) -> Self {
        Self {
            slot: Slot::full(value),
            making: Permits::closed(),
        }
    }
}
