//! Guards that give users access to readiness.

use super::{AsyncFd, Interest, Ready};
use crate::platform::AsSource;
use crate::poller::ReadyEvent;
use std::{fmt, io};

/// Readiness of an [`AsyncFd`], to be kept or cleared depending on the operation's result.
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use heist::io::AsyncFd;
/// use std::io::{ErrorKind, Read, Write};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
/// far.set_nonblocking(true)?;
/// let far = AsyncFd::new(far)?;
/// heist::spawn(async move { near.write_all(b"hello") });
/// let len = loop {
///     let mut guard = far.readable().await?;
///     assert!(std::ptr::eq(guard.get_ref(), &far));
///     match guard.get_inner().read(&mut [0; 16]) {
///         Err(error) if error.kind() == ErrorKind::WouldBlock => guard.clear_ready(),
///         read => {
///             guard.retain_ready();
///             break read?;
///         }
///     }
/// };
/// assert_eq!(len, 5);
/// # std::io::Result::Ok(())
/// # })?;
/// # }
/// # std::io::Result::Ok(())
/// ```
pub struct AsyncFdReadyGuard<'a, T: AsSource> {
    pub(super) fd: &'a AsyncFd<T>,
    pub(super) seen: Seen,
    /// The readiness that this guard has cleared.
    pub(super) cleared: Ready,
}

/// Readiness as a wait has seen it, for custom guards. It can be passed to
/// [`AsyncFd::clear_ready`].
///
/// # Examples
///
/// ```
/// # #[cfg(unix)] {
/// use heist::io::{AsyncFd, Ready};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let (_near, far) = std::os::unix::net::UnixStream::pair()?;
/// far.set_nonblocking(true)?;
/// let far = AsyncFd::new(far)?;
/// let seen = far.writable().await?.seen();
/// assert_eq!(seen.ready(), Ready::WRITABLE);
/// # std::io::Result::Ok(())
/// # })?;
/// # }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    pub(super) interest: Interest,
    pub(super) event: ReadyEvent,
}

impl Seen {
    /// Returns the part of the requested readiness that the descriptor had.
    pub fn ready(self) -> Ready {
        self.event.ready() & self.interest.ready_mask() & Ready::ALL
    }
}

impl<'a, T: AsSource> AsyncFdReadyGuard<'a, T> {
    /// Clears the readiness, because an operation returned that it would block. Events that have
    /// come in the meantime are kept.
    pub fn clear_ready(&mut self) {
        self.fd.clear_used_up(self.seen);
        self.cleared = Ready::ALL;
    }

    /// Like [`clear_ready`](Self::clear_ready), but clears only the readiness in `ready`.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(unix)] {
    /// use heist::io::{AsyncFd, Interest, Ready};
    /// use std::io::{ErrorKind, Read, Write};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let (mut near, far) = std::os::unix::net::UnixStream::pair()?;
    /// far.set_nonblocking(true)?;
    /// let far = AsyncFd::new(far)?;
    /// heist::spawn(async move { near.write_all(b"hello") });
    /// let len = loop {
    ///     let mut guard = far.ready(Interest::READABLE | Interest::ERROR).await?;
    ///     match guard.get_inner().read(&mut [0; 16]) {
    ///         Err(error) if error.kind() == ErrorKind::WouldBlock => {
    ///             guard.clear_ready_matching(Ready::READABLE); // and not an error
    ///         }
    ///         read => break read?,
    ///     }
    /// };
    /// assert_eq!(len, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.clear_ready(self.seen, ready);
        self.cleared |= ready;
    }

    /// Keeps the readiness. This is the default; calling it states the intention.
    pub fn retain_ready(&mut self) {}

    /// Tries an operation, and clears the readiness if it would block.
    ///
    /// # Errors
    ///
    /// Returns [`TryIoError`] if it would block. The caller should then wait for readiness again.
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
    /// let far = AsyncFd::new(far)?;
    /// heist::spawn(async move { near.write_all(b"hello") });
    /// let len = loop {
    ///     let mut guard = far.readable().await?;
    ///     if let Ok(read) = guard.try_io(|far| far.get_ref().read(&mut [0; 16])) {
    ///         break read?;
    ///     }
    /// };
    /// assert_eq!(len, 5);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
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
    /// See [`AsyncFd::ready`].
    pub fn ready(&self) -> Ready {
        self.seen.ready() - self.cleared
    }

    /// Returns the readiness independently of the guard.
    ///
    /// # Examples
    ///
    /// See [`Seen`].
    pub fn seen(&self) -> Seen {
        self.seen
    }

    /// Returns the `AsyncFd`.
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// Returns the descriptor.
    pub fn get_inner(&self) -> &'a T {
        self.fd.get_ref()
    }
}

impl<T: AsSource> fmt::Debug for AsyncFdReadyGuard<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AsyncFdReadyGuard")
            .field("ready", &self.ready())
            .finish_non_exhaustive()
    }
}

/// The operation would block; see [`AsyncFdReadyGuard::try_io`].
///
/// # Examples
///
/// See [`AsyncFdReadyGuard::try_io`].
#[derive(Debug)]
pub struct TryIoError(());

impl TryIoError {
    /// Creates the error, for custom guards.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::TryIoError;
    ///
    /// assert_eq!(TryIoError::new().to_string(), "the operation would block");
    /// ```
    #[allow(
        clippy::new_without_default,
        reason = "an error has no sensible default"
    )]
    pub fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation would block")
    }
}

impl std::error::Error for TryIoError {}
