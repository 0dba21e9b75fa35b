//! `JoinError`: the reason why a task has no output.

use super::id::Id;
use crate::panics::{Payload, message};
use crate::sync::lock::Mutex;
use std::any::Any;
use std::{fmt, io};

/// The error of a task that was cancelled or panicked.
///
/// Returned by [`JoinHandle`](crate::task::JoinHandle) in place of the task's output.
///
/// # Examples
///
/// ```
/// use heist::task::JoinError;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(async { panic!("oops") });
/// let error: JoinError = task.await.unwrap_err();
/// assert!(error.to_string().ends_with("panicked with message \"oops\""));
/// # });
/// # std::io::Result::Ok(())
/// ```
pub struct JoinError {
    id: Id,
    /// The panic's payload, if the task panicked. In a mutex because a payload need not be `Sync`,
    /// which errors are expected to be.
    payload: Option<Mutex<Payload>>,
}

/// The reason why a task has no output, as small as possible, since each task has room for one.
pub(crate) enum Cause {
    Cancelled,
    Panic(Payload),
}

const _: () = assert!(size_of::<Cause>() == 2 * size_of::<usize>());

impl JoinError {
    pub(crate) fn new(id: Id, cause: Cause) -> Self {
        let payload = match cause {
            Cause::Cancelled => None,
            Cause::Panic(payload) => Some(Mutex::new(payload)),
        };
        Self { id, payload }
    }

    /// Returns whether the task was aborted, or dropped at the shutdown of its runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(std::future::pending::<()>());
    /// task.abort();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.payload.is_none()
    }

    /// Returns whether the task panicked.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(async { panic!("oops") });
    /// assert!(task.await.unwrap_err().is_panic());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_panic(&self) -> bool {
        self.payload.is_some()
    }

    /// Returns the panic's payload, as `std::panic::catch_unwind` returns it.
    ///
    /// # Panics
    ///
    /// Panics if the task did not panic; see [`try_into_panic`](Self::try_into_panic).
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(async { panic!("oops") });
    /// let payload = task.await.unwrap_err().into_panic();
    /// assert_eq!(payload.downcast_ref(), Some(&"oops"));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn into_panic(self) -> Box<dyn Any + Send + 'static> {
        self.try_into_panic()
            .expect("`JoinError::into_panic` on a task that was cancelled; check `is_panic` first")
    }

    /// Returns the panic's payload, or this error if the task did not panic.
    ///
    /// # Errors
    ///
    /// Returns the error itself if it is a cancellation.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(std::future::pending::<()>());
    /// task.abort();
    /// let error = task.await.unwrap_err().try_into_panic().unwrap_err();
    /// assert!(error.is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_into_panic(self) -> Result<Box<dyn Any + Send + 'static>, Self> {
        match self.payload {
            Some(payload) => Ok(payload.into_inner().into_inner()),
            None => Err(self),
        }
    }

    /// Returns the task's id.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let task = heist::spawn(async { panic!("oops") });
    /// let id = task.id();
    /// assert_eq!(task.await.unwrap_err().id(), id);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        self.id
    }
}

impl fmt::Display for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.payload {
            None => write!(f, "task {} was cancelled", self.id),
            Some(payload) => match message(&**payload.lock()) {
                Some(text) => write!(f, "task {} panicked with message {text:?}", self.id),
                None => write!(f, "task {} panicked", self.id),
            },
        }
    }
}

impl fmt::Debug for JoinError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.payload {
            None => write!(f, "JoinError::Cancelled({:?})", self.id),
            Some(payload) => match message(&**payload.lock()) {
                Some(text) => write!(f, "JoinError::Panic({:?}, {text:?}, ...)", self.id),
                None => write!(f, "JoinError::Panic({:?}, ...)", self.id),
            },
        }
    }
}

impl std::error::Error for JoinError {}

impl From<JoinError> for io::Error {
    fn from(error: JoinError) -> Self {
        io::Error::other(error)
    }
}
