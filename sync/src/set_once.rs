//! A value that is set once, and that tasks wait for. Any thread.

use crate::Notify;
use crate::primitives::{Mutex, const_fn};
use crate::slot::Slot;
use std::error::Error;
use std::fmt;

/// A value that is set once, and that tasks wait for.
///
/// Works under any executor.
///
/// # Examples
///
/// ```
/// use heist::sync::SetOnce;
///
/// static READY: SetOnce<u32> = SetOnce::const_new();
///
/// # #[heist::main]
/// # async fn main() {
/// let waiting = heist::spawn(async { *READY.wait().await });
/// READY.set(7).unwrap();
/// assert_eq!(waiting.await.unwrap(), 7);
/// # }
/// ```
pub struct SetOnce<T> {
    slot: Slot<T>,
    setting: Mutex<()>,
    on_set: Notify,
}

/// The error of [`SetOnce::set`] when there is a value already. Contains the value that was not
/// set.
#[derive(Debug, PartialEq, Eq)]
pub struct SetOnceError<T>(pub T);

impl<T> fmt::Display for SetOnceError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SetOnceError")
    }
}

impl<T: fmt::Debug> Error for SetOnceError<T> {}

impl<T> SetOnce<T> {
    /// Creates one without a value.
    pub fn new() -> Self {
        Self {
            slot: Slot::empty(),
            setting: Mutex::new(()),
            on_set: Notify::new(),
        }
    }

    const_fn! {
        /// Like [`new`](Self::new), but usable in constants.
        pub const fn const_new() -> Self {
            Self { slot: Slot::empty(), setting: Mutex::new(()), on_set: Notify::const_new() }
        }
    }

    /// Creates one with the value, if there is one.
    pub fn new_with(value: Option<T>) -> Self {
        value.map_or_else(Self::new, Self::from)
    }

    const_fn! {
        /// Creates one with the value; usable in constants.
        pub const fn const_new_with(value: T) -> Self {
            Self { slot: Slot::full(value), setting: Mutex::new(()), on_set: Notify::const_new() }
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

    /// Sets the value, and wakes all tasks that wait for it.
    ///
    /// # Errors
    ///
    /// Returns the value if there is one already.
    pub fn set(&self, value: T) -> Result<(), SetOnceError<T>> {
        {
            let _setting = self.setting.lock();
            if self.slot.is_set() {
                return Err(SetOnceError(value));
            }
            // SAFETY: it is not set, and we hold the lock.
            unsafe { self.slot.set(value) };
        }
        self.on_set.notify_waiters();
        Ok(())
    }

    /// Consumes it and returns the value, if there is one.
    pub fn into_inner(mut self) -> Option<T> {
        self.slot.take()
    }

    /// Waits for the value.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn wait(&self) -> &T {
        loop {
            // Created before the check, so that it is notified of a later `set`.
            let set = self.on_set.notified();
            if let Some(value) = self.get() {
                return value;
            }
            set.await;
        }
    }
}

impl<T> Default for SetOnce<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: fmt::Debug> fmt::Debug for SetOnce<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SetOnce")
            .field("value", &self.get())
            .finish()
    }
}

impl<T: Clone> Clone for SetOnce<T> {
    fn clone(&self) -> Self {
        Self::new_with(self.get().cloned())
    }
}

impl<T: PartialEq> PartialEq for SetOnce<T> {
    fn eq(&self, other: &Self) -> bool {
        self.get() == other.get()
    }
}

impl<T: Eq> Eq for SetOnce<T> {}

impl<T> From<T> for SetOnce<T> {
    fn from(value: T) -> Self {
        Self {
            slot: Slot::full(value),
            setting: Mutex::new(()),
            on_set: Notify::new(),
        }
    }
}
