//! `AsyncFd`: a descriptor whose readiness can be awaited, by its number.
//!
//! Invariant: the descriptor's owner is kept while its number is registered.

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
/// It must be in non-blocking mode.
pub struct AsyncFd<T: AsRawFd> {
    // Dropped before the owner.
    registration: heist_runtime::io::AsyncFd<Number>,
    inner: T,
}

impl<T: AsRawFd> AsyncFd<T> {
    /// Registers a descriptor, to be read and written.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down. The error has the owner.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    ///
    /// # Safety
    ///
    /// It is open, and `inner` keeps it so, and names the same one always.
    #[track_caller]
    pub unsafe fn register(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: the caller promises the same.
        unsafe { Self::register_with_interest(inner, Interest::READABLE | Interest::WRITABLE) }
    }

    /// Registers a descriptor for what is of interest. Waiting for anything else is an error.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down. The error has the owner.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    ///
    /// # Safety
    ///
    /// It is open, and `inner` keeps it so, and names the same one always.
    #[track_caller]
    pub unsafe fn register_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: `inner` keeps it open, as the caller says, and outlives the registration.
        match unsafe { register(inner.as_raw_fd(), interest) } {
            Ok(registration) => Ok(Self {
                registration,
                inner,
            }),
            Err(cause) => Err(AsyncFdRegisterError { inner, cause }),
        }
    }

    /// Registers a descriptor, to be read and written.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    #[track_caller]
    #[deprecated(note = "unsound due to lack of I/O safety; use `AsyncFd::register` instead")]
    pub fn new(inner: T) -> io::Result<Self> {
        // SAFETY: not known, as the deprecation says.
        Ok(unsafe { Self::register(inner) }?)
    }

    /// Registers a descriptor for what is of interest.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    #[track_caller]
    #[deprecated(
        note = "unsound due to lack of I/O safety; use `AsyncFd::register_with_interest` instead"
    )]
    pub fn with_interest(inner: T, interest: Interest) -> io::Result<Self> {
        // SAFETY: not known, as the deprecation says.
        Ok(unsafe { Self::register_with_interest(inner, interest) }?)
    }

    /// Registers a descriptor, to be read and written.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down. The error has the owner.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    #[track_caller]
    #[deprecated(note = "unsound due to lack of I/O safety; use `AsyncFd::register` instead")]
    pub fn try_new(inner: T) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: not known, as the deprecation says.
        unsafe { Self::register(inner) }
    }

    /// Registers a descriptor for what is of interest.
    ///
    /// # Errors
    ///
    /// The system cannot watch it, or the runtime has shut down. The error has the owner.
    ///
    /// # Panics
    ///
    /// Outside a runtime, and in one without I/O.
    #[track_caller]
    #[deprecated(
        note = "unsound due to lack of I/O safety; use `AsyncFd::register_with_interest` instead"
    )]
    pub fn try_with_interest(
        inner: T,
        interest: Interest,
    ) -> Result<Self, AsyncFdRegisterError<T>> {
        // SAFETY: not known, as the deprecation says.
        unsafe { Self::register_with_interest(inner, interest) }
    }

    /// The descriptor's owner.
    pub fn get_ref(&self) -> &T {
        &self.inner
    }

    /// The descriptor's owner. It must not get another descriptor.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.inner
    }

    /// Deregisters the descriptor, and gives its owner back.
    pub fn into_inner(self) -> T {
        drop(self.registration);
        self.inner
    }

    /// Waits until a read may make progress. Remembers only the last task that called.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_read_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_read_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// As [`poll_read_ready`](Self::poll_read_ready), with a guard that gives the owner as `&mut`.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_read_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_read_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Waits until a write may make progress. Remembers only the last task that called.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_write_ready<'a>(
        &'a self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_write_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyGuard::new(self, seen)))
    }

    /// As [`poll_write_ready`](Self::poll_write_ready), with a guard that gives the owner as
    /// `&mut`.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    pub fn poll_write_ready_mut<'a>(
        &'a mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'a, T>>> {
        let seen = ready!(self.registration.poll_write_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Waits until the descriptor is ready for anything of interest.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn ready(&self, interest: Interest) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        let seen = self.registration.ready(interest).await?.seen();
        Ok(AsyncFdReadyGuard::new(self, seen))
    }

    /// As [`ready`](Self::ready), with a guard that gives the owner as `&mut`.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
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
    /// The runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn readable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::READABLE).await
    }

    /// As [`readable`](Self::readable), with a guard that gives the owner as `&mut`.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
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
    /// The runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn writable(&self) -> io::Result<AsyncFdReadyGuard<'_, T>> {
        self.ready(Interest::WRITABLE).await
    }

    /// As [`writable`](Self::writable), with a guard that gives the owner as `&mut`.
    ///
    /// # Errors
    ///
    /// The runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Tries an operation whenever the descriptor is ready, until it does not answer that it would
    /// block.
    ///
    /// # Errors
    ///
    /// Those of the operation; or the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe if the operation is: what it returns is returned from the poll that it runs in.
    pub async fn async_io<R>(
        &self,
        interest: Interest,
        mut f: impl FnMut(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        let inner = &self.inner;
        self.registration.async_io(interest, |_| f(inner)).await
    }

    /// As [`async_io`](Self::async_io), with the owner as `&mut`.
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

    /// Tries an operation, without waiting.
    ///
    /// # Errors
    ///
    /// `WouldBlock` if the descriptor is not ready, or the operation says so; or the operation's.
    pub fn try_io<R>(
        &self,
        interest: Interest,
        f: impl FnOnce(&T) -> io::Result<R>,
    ) -> io::Result<R> {
        self.registration.try_io(interest, |_| f(&self.inner))
    }

    /// As [`try_io`](Self::try_io), with the owner as `&mut`.
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
        // SAFETY: whoever registered it promised that it is open as long as `inner` is there.
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
