//! What is registered with heist's driver for an `AsyncFd`, and how that fails.

use heist_runtime::io::{AsyncFd, Interest};
use std::error::Error;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};

/// The number of a descriptor whose owner is kept beside.
#[derive(Debug)]
pub(super) struct Number(RawFd);

impl AsFd for Number {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: whoever registers it promises that it stays open until it is deregistered.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// Registers a descriptor, to be watched for `interest`. It counts as ready for nothing at first,
/// as in tokio.
///
/// # Panics
///
/// Outside a runtime, and in one without I/O.
///
/// # Safety
///
/// It stays open until the registration is dropped.
#[track_caller]
pub(super) unsafe fn register(fd: RawFd, interest: Interest) -> io::Result<AsyncFd<Number>> {
    crate::context::expect_io();
    if fd < 0 {
        // No descriptor can be borrowed from it, not even to be told so by the system.
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    AsyncFd::not_ready(Number(fd), interest)
}

/// A descriptor could not be registered: it, and why.
pub struct AsyncFdRegisterError<T> {
    pub(super) inner: T,
    pub(super) cause: io::Error,
}

/// The former name.
#[doc(hidden)]
#[deprecated(note = "use `AsyncFdRegisterError` instead")]
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;

impl<T> AsyncFdRegisterError<T> {
    /// The descriptor's owner, and why it could not be registered.
    pub fn into_parts(self) -> (T, io::Error) {
        (self.inner, self.cause)
    }
}

impl<T> fmt::Display for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.cause, f)
    }
}

impl<T> fmt::Debug for AsyncFdRegisterError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.cause, f)
    }
}

impl<T> Error for AsyncFdRegisterError<T> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

impl<T> From<AsyncFdRegisterError<T>> for io::Error {
    fn from(error: AsyncFdRegisterError<T>) -> Self {
        error.cause
    }
}
