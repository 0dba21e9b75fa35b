//! Readiness in the user's hands.

use super::{AsyncFd, Interest, Ready};
use crate::driver::ReadyEvent;
use polling::AsSource;
use std::{fmt, io};

/// Readiness of an [`AsyncFd`], to be kept or cleared by what the operation shows.
pub struct AsyncFdReadyGuard<'a, T: AsSource> {
    pub(super) fd: &'a AsyncFd<T>,
    pub(super) interest: Interest,
    pub(super) event: ReadyEvent,
}

impl<'a, T: AsSource> AsyncFdReadyGuard<'a, T> {
    /// Forgets the readiness, because an operation answered that it would block. An
    /// event that has come meanwhile is kept.
    pub fn clear_ready(&mut self) {
        self.fd.forget_ready(self.event, self.interest.used_up());
    }

    /// As [`clear_ready`](Self::clear_ready), but forgets only what is in `ready`.
    pub fn clear_ready_matching(&mut self, ready: Ready) {
        self.fd.forget_ready(self.event, ready & Ready::ALL);
    }

    /// Keeps the readiness: the default, said aloud.
    pub fn retain_ready(&mut self) {}

    /// Tries an operation, and clears the readiness if it would block.
    ///
    /// # Errors
    ///
    /// [`TryIoError`] if it would block: then wait for readiness again.
    pub fn try_io<R>(
        &mut self,
        operation: impl FnOnce(&'a AsyncFd<T>) -> io::Result<R>,
    ) -> Result<io::Result<R>, TryIoError> {
        match operation(self.fd) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.clear_ready();
                Err(TryIoError(()))
            }
            result => Ok(result),
        }
    }

    /// What the descriptor is ready for, of what was asked.
    pub fn ready(&self) -> Ready {
        self.event.ready() & self.interest.satisfied_by() & Ready::ALL
    }

    /// The `AsyncFd`.
    pub fn get_ref(&self) -> &'a AsyncFd<T> {
        self.fd
    }

    /// The descriptor.
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
#[derive(Debug)]
pub struct TryIoError(());

impl fmt::Display for TryIoError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the operation would block")
    }
}

impl std::error::Error for TryIoError {}
