//! Registering an `AsyncFd` with heist's driver, and the error of a failed registration.

use heist_runtime::io::{AsyncFd, Interest};
use std::error::Error;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, BorrowedFd, RawFd};

/// A raw descriptor whose owner is kept beside it.
#[derive(Debug)]
pub(super) struct Number(RawFd);

impl AsFd for Number {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the caller of `register` promises that the descriptor stays open until it is
        // deregistered.
        unsafe { BorrowedFd::borrow_raw(self.0) }
    }
}

/// Registers a descriptor for `interest`. As in tokio, it starts out not ready.
///
/// # Panics
///
/// Panics if called outside a runtime, or in a runtime without I/O.
///
/// # Safety
///
/// The descriptor must stay open until the registration is dropped.
#[track_caller]
pub(super) unsafe fn register(fd: RawFd, interest: Interest) -> io::Result<AsyncFd<Number>> {
    crate::context::expect_io();
    if fd < 0 {
        // It cannot be borrowed as a descriptor, not even to get the error from the system.
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    AsyncFd::not_ready(Number(fd), interest)
}

/// The error of a descriptor that could not be registered, with its owner.
pub struct AsyncFdRegisterError<T> {
    pub(super) inner: T,
    pub(super) cause: io::Error,
}

/// The former name of the error.
#[doc(hidden)]
#[deprecated(note = "use `AsyncFdRegisterError` instead")]
pub type AsyncFdTryNewError<T> = AsyncFdRegisterError<T>;

impl<T> AsyncFdRegisterError<T> {
    /// Returns the descriptor's owner, and the cause.
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
