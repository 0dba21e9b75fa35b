//! Exclusive use of an `AsyncFd`: operations that need the descriptor as `&mut`.

use super::{AsyncFd, Interest, Ready, Seen, TryIoError};
use crate::budget::consume_budget;
use crate::platform::AsSource;
use std::task::{Context, Poll, ready};
use std::{fmt, io};

impl<T: AsSource> AsyncFd<T> {
    /// Waits until the descriptor is readable, like [`readable`](Self::readable). The guard gives
    /// access to it as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::AsyncFd;
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let mut far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let len = loop {
    ///     let mut guard = far.readable_mut().await?;
    ///     if let Ok(read) = guard.try_io(|far| far.get_mut().read(&mut buf)) {
    ///         break read?;
    ///     }
    /// };
    /// assert_eq!(&buf[..len], b"hello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn readable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::READABLE).await
    }

    /// Waits until the descriptor is writable, like [`writable`](Self::writable). The guard gives
    /// access to it as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    ///
    /// # Examples
    ///
    /// See [`readable_mut`](Self::readable_mut).
    pub async fn writable_mut(&mut self) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        self.ready_mut(Interest::WRITABLE).await
    }

    /// Waits for readiness, like [`ready`](Self::ready). The guard gives access to the descriptor
    /// as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe.
    ///
    /// # Examples
    ///
    /// See [`readable_mut`](Self::readable_mut).
    pub async fn ready_mut(
        &mut self,
        interest: Interest,
    ) -> io::Result<AsyncFdReadyMutGuard<'_, T>> {
        let seen = self.ready(interest).await?.seen();
        Ok(AsyncFdReadyMutGuard::new(self, seen))
    }

    /// Polls like [`poll_read_ready`](Self::poll_read_ready). The guard gives access to the
    /// descriptor as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Examples
    ///
    /// See [`readable_mut`](Self::readable_mut).
    pub fn poll_read_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        let seen = ready!(self.poll_read_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Polls like [`poll_write_ready`](Self::poll_write_ready). The guard gives access to the
    /// descriptor as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns an error if the runtime has shut down.
    ///
    /// # Examples
    ///
    /// See [`readable_mut`](Self::readable_mut).
    pub fn poll_write_ready_mut(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<AsyncFdReadyMutGuard<'_, T>>> {
        let seen = ready!(self.poll_write_ready(cx))?.seen();
        Poll::Ready(Ok(AsyncFdReadyMutGuard::new(self, seen)))
    }

    /// Runs an operation like [`async_io`](Self::async_io), with the descriptor as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns the operation's error, or an error if the runtime has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Safe if the operation is: its result is returned from the poll that it runs in.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest};
    /// use std::io::{Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let mut far = AsyncFd::new(far)?;
    /// near.write_all(b"hello")?;
    /// let mut buf = [0; 16];
    /// let len = far.async_io_mut(Interest::READABLE, |far| far.read(&mut buf)).await?;
    /// assert_eq!(&buf[..len], b"hello");
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn async_io_mut<R>(
        &mut self,
        interest: Interest,
        mut operation: impl FnMut(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        loop {
            let mut guard = self.ready_mut(interest).await?;
            consume_budget().await;
            if let Ok(result) = guard.try_io(|fd| operation(fd.get_mut())) {
                return result;
            }
        }
    }

    /// Tries an operation like [`try_io`](Self::try_io), with the descriptor as `&mut`.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if the descriptor is not ready (the operation is not attempted then) or
    /// the operation returns it; otherwise returns the operation's error.
    ///
    /// # Examples
    ///
    /// See [`readable_mut`](Self::readable_mut).
    pub fn try_io_mut<R>(
        &mut self,
        interest: Interest,
        operation: impl FnOnce(&mut T) -> io::Result<R>,
    ) -> io::Result<R> {
        let Some(seen) = self.current_readiness(interest) else {
            return Err(io::ErrorKind::WouldBlock.into());
        };
        let mut guard = AsyncFdReadyMutGuard::new(self, seen);
        let result = guard.try_io(|fd| operation(fd.get_mut()));
        result.unwrap_or_else(|_| Err(io::ErrorKind::WouldBlock.into()))
    }
}

/// Readiness of an exclusively borrowed [`AsyncFd`], to be kept or cleared depending on the
/// operation's result.
///
/// # Examples
///
/// See [`AsyncFd::readable_mut`].
pub struct AsyncFdReadyMutGuard<'a, T: AsSource> {
    fd: &'a mut AsyncFd<T>,
    seen: Seen,
    /// The readiness that this guard has cleared.
    cleared: Ready,
}

impl<'a, T: AsSource> AsyncFdReadyMutGuard<'a, T> {
    fn new(fd: &'a mut AsyncFd<T>, seen: Seen) -> Self {
        Self {
            fd,
            seen,
            cleared: Ready::EMPTY,
        }
    }

    /// Clears the readiness, because an operation returned that it would block. Events that have
    /// come in the meantime are kept.
    ///
    /// # Examples
    ///
    /// See [`AsyncFdReadyGuard::clear_ready`](super::AsyncFdReadyGuard::clear_ready).
    pub fn clear_ready(&mut self) {
        self.fd.clear_used_up(self.seen);
        self.cleared = Ready::ALL;
    }

    /// Clears the given part of the readiness.
    ///
    /// # Examples
    ///
    /// See
    /// [`AsyncFdReadyGuard::clear_ready_matching`](super::AsyncFdReadyGuard::clear_ready_matching).
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.clear_ready(self.seen, ready);
        self.cleared |= ready;
    }

    /// Keeps the readiness. Dropping the guard does so too; this states the intention.
    ///
    /// # Examples
    ///
    /// See [`AsyncFdReadyGuard::retain_ready`](super::AsyncFdReadyGuard::retain_ready).
    pub fn retain_ready(&mut self) {}

    /// Tries an operation, and clears the readiness if it would block.
    ///
    /// # Errors
    ///
    /// Returns [`TryIoError`] if it would block. The caller should then wait for readiness again.
    ///
    /// # Examples
    ///
    /// See [`AsyncFd::readable_mut`].
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&mut AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match operation(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError::new())
            }
            result => Ok(result),
        }
    }

    /// Returns the part of the requested readiness that the descriptor has, without what has been
    /// cleared.
    ///
    /// # Examples
    ///
    /// See [`AsyncFdReadyGuard::ready`](super::AsyncFdReadyGuard::ready).
    pub fn ready(&self) -> Ready {
        self.seen.ready() - self.cleared
    }

    /// Returns the `AsyncFd`.
    ///
    /// # Examples
    ///
    /// See [`AsyncFd::readable_mut`].
    pub fn get_ref(&self) -> &AsyncFd<T> {
        self.fd
    }

    /// Returns the `AsyncFd`.
    ///
    /// # Examples
    ///
    /// See [`AsyncFd::readable_mut`].
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.fd
    }

    /// Returns the descriptor.
    ///
    /// # Examples
    ///
    /// See [`AsyncFd::readable_mut`].
    pub fn get_inner(&self) -> &T {
        self.fd.get_ref()
    }

    /// Returns the descriptor.
    ///
    /// # Examples
    ///
    /// See [`AsyncFd::readable_mut`].
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.fd.get_mut()
    }
}

impl<T: AsSource> fmt::Debug for AsyncFdReadyMutGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyMutGuard")
            .field("ready", &self.ready())
            .finish_non_exhaustive()
    }
}
