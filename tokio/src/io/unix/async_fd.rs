//! `AsyncFd`: a raw descriptor whose readiness can be awaited.
//!
//! Invariant: the descriptor's owner is kept while the descriptor is registered.

use super::guards::{AsyncFdReadyGuard, AsyncFdReadyMutGuard};
use super::register::{AsyncFdRegisterError, Number, register};
use crate::io::{Interest, Ready};
use heist_runtime::io::Seen;
use std::fmt;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, RawFd};
use std::task::{Context, Poll, ready};

/// A descriptor registered with the runtime's I/O driver, so that tasks can wait until it is
/// readable or writable.
///
/// The descriptor must be in non-blocking mode.
pub struct AsyncFd<T: AsRawFd> {
    // Dropped before the owner.
    registration: heist_runtime::io::AsyncFd<Number>,
    inner: T,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// Returns an error, which contains the owner, if the system cannot watch the descriptor or the
    /// runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    ///
    /// # Safety
    ///
    /// The descriptor must be open. `inner` must keep it open, and must always return the same one.
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: the caller promises the same.
        unsafe { Self::register_with_interest(inner, Interest::READABLE | Interest::WRITABLE) }
    }

    /// Registers a descriptor for the given interest. Waiting for anything else is an error.
    ///
    /// # Errors
    ///
    /// Returns an error, which contains the owner, if the system cannot watch the descriptor or the
    /// runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    ///
    /// # Safety
    ///
    /// The descriptor must be open. `inner` must keep it open, and must always return the same one.
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: the caller promises that `inner` keeps the descriptor open; `inner` outlives the
        // registration.
        match unsafe { register(inner.as_raw_fd(), interest) } {
            Ok(registration) => Ok(Self {
                registration,
                inner,
            }),
            Err(cause) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// Returns an error if the system cannot watch the descriptor or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    #[deprecated(note = "unsound due to lack of I/O safety; use `AsyncFd::register` instead")]
    pub fn new(inner: T) -> io::Result<Self> {
        // SAFETY: not guaranteed, as the deprecation note says.
        Ok(unsafe { Self::register(inner) }?)
    }

    /// Registers a descriptor for the given interest.
    ///
    /// # Errors
    ///
    /// Returns an error if the system cannot watch the descriptor or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    #[deprecated(
        note = "unsound due to lack of I/O safety; use `AsyncFd::register_with_interest` instead"
    )]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        // SAFETY: not guaranteed, as the deprecation note says.
        Ok(unsafe { Self::register_with_interest(inner, interest) }?)
    }

    /// Registers a descriptor for reading and writing.
    ///
    /// # Errors
    ///
    /// Returns an error, which contains the owner, if the system cannot watch the descriptor or the
    /// runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    #[deprecated(note = "unsound due to lack of I/O safety; use `AsyncFd::register` instead")]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: not guaranteed, as the deprecation note says.
        unsafe { Self::register(inner) }
    }

    /// Registers a descriptor for the given interest.
    ///
    /// # Errors
    ///
    /// Returns an error, which contains the owner, if the system cannot watch the descriptor or the
    /// runtime has shut down.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    #[deprecated(
        note = "unsound due to lack of I/O safety; use `AsyncFd::register_with_interest` instead"
    )]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: not guaranteed, as the deprecation note says.
        unsafe { Self::register_with_interest(inner, interest) }
    }

    /// Returns the descriptor's owner.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// Returns the descriptor's owner mutably. Its descriptor must not be replaced.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Deregisters the descriptor and returns its owner.
    pub fn into_inner(self) -> T {
        drop(self.registration);
        self.inner
    }

    /// Waits until a read may make progress. Only the last task that called this is woken.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    pub fn poll_read_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_read_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// Like [`poll_read_ready`](Self::poll_read_ready), with a guard that gives mutable access to
    /// the owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_read_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Waits until a write may make progress. Only the last task that called this is woken.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    pub fn poll_write_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_write_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// Like [`poll_write_ready`](Self::poll_write_ready), with a guard that gives mutable access to
    /// the owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_write_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Waits until the descriptor is ready for any part of the interest.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let seen = self.registration.ready(interest).await?.seen();
        Ok(AsyncFdReadyGuard::new(self, seen))
    }

    /// Like [`ready`](Self::ready), with a guard that gives mutable access to the owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let seen = self.registration.ready(interest).await?.seen();
        Ok(AsyncFdReadyMutGuard::new(self, seen))
    }

    /// Waits until a read may make progress.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// Like [`readable`](Self::readable), with a guard that gives mutable access to the owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until a write may make progress.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// Like [`writable`](Self::writable), with a guard that gives mutable access to the owner.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Tries an operation whenever the descriptor is ready, until it returns anything but
    /// `WouldBlock`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operation, or an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe if the operation is: its result is returned from the poll in which it ran.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut f: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let inner = &self.inner;
        self.registration.async_io(interest, |_| f(inner)).await
    }

    /// Like [`async_io`](Self::async_io), with mutable access to the owner.
    ///
    /// # Errors
    ///
    /// See [`async_io`](Self::async_io).
    ///
    /// # Cancellation safety
    ///
    /// See [`async_io`](Self::async_io).
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut f: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let inner = &mut self.inner;
        self.registration.async_io(interest, |_| f(inner)).await
    }

    /// Tries an operation without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if the descriptor is not ready or the operation would block, or another
    /// error of the operation.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        f: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.registration.try_io(interest, |_| f(&self.inner))
    }

    /// Like [`try_io`](Self::try_io), with mutable access to the owner.
    ///
    /// # Errors
    ///
    /// See [`try_io`](Self::try_io).
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        f: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let inner = &mut self.inner;
        self.registration.try_io(interest, |_| f(inner))
    }

    pub(super) fn clear(&self, seen: Seen, ready: Ready) {
        self.registration.clear_ready(seen, ready);
    }
}

impl<T: AsRawFd> AsRawFd for AsyncFd<T> {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl<T: AsRawFd> AsFd for AsyncFd<T> {
    fn as_fd(&self) -> BorrowedFd<'_> {
        // SAFETY: the caller of `register` promised that the descriptor is open as long as `inner`
        // exists.
        unsafe { BorrowedFd::borrow_raw(self.as_raw_fd()) }
    }
}

impl<T: fmt::Debug + AsRawFd> fmt::Debug for AsyncFd<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFd")
            .field("inner", &self.inner)
            .finish()
    }
}
