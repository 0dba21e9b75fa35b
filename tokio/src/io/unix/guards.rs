//! Guards that give the user control over readiness.

use super::{AsyncFd, TryIoError};
use crate::io::Ready;
use heist_runtime::io::Seen;
use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

/// The part of the readiness seen by a wait that has not been cleared.
struct Held {
    seen: Seen,
    ready: Ready,
}

impl Held {
    fn new(seen: Seen) -> Self {
        Self {
            seen,
            ready: seen.ready(),
        }
    }

    fn clear<T: AsRawFd>(&mut self, fd: &AsyncFd<T>, ready: Ready) {
        let ready = self.ready & ready;
        // Once the peer has closed, this stays true.
        fd.clear(self.seen, ready - Ready::READ_CLOSED - Ready::WRITE_CLOSED);
        self.ready = self.ready - ready;
    }
}

macro_rules! guards {
    ($($(#[$doc:meta])* $name:ident, $debug:literal: $borrow:ty => $given:ty, $reborrow:ty;)*) => {$(
        $(#[$doc])*
        #[must_use = "You must explicitly choose whether to clear the readiness state by calling a method on ReadyGuard"]
        pub struct $name<'a, T: AsRawFd> {
            async_fd: $borrow,
            held: Held,
        }

        impl<'a, T: AsRawFd> $name<'a, T> {
            pub(super) fn new(async_fd: $borrow, seen: Seen) -> Self {
                Self {
                    async_fd,
                    held: Held::new(seen),
                }
            }

            /// Clears the readiness, after an operation returned `WouldBlock`. An event that has
            /// arrived since then is kept.
            pub fn clear_ready(&mut self) {
                self.held.clear(&*self.async_fd, Ready::ALL);
            }

            /// Like [`clear_ready`](Self::clear_ready), for a part of the readiness.
            pub fn clear_ready_matching(&mut self, ready: Ready) {
                self.held.clear(&*self.async_fd, ready);
            }

            /// Keeps the readiness, as dropping the guard does; this makes the intent explicit.
            pub fn retain_ready(&mut self) {}

            /// Returns the readiness that was waited for and has not been cleared.
            pub fn ready(&self) -> Ready {
                self.held.ready
            }

            /// Tries an operation, and clears the readiness if it returns `WouldBlock`.
            ///
            /// # Errors
            ///
            /// Returns [`TryIoError`] if the operation would block: wait for readiness again.
            pub fn try_io<R>(
                &mut self,
                f: impl FnOnce($given) -> io::Result<R>,
            ) -> Result<io::Result<R>, TryIoError> {
                match f(self.async_fd) {
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                        self.clear_ready();
                        Err(TryIoError::new())
                    }
                    result => Ok(result),
                }
            }

            /// Returns the `AsyncFd`.
            pub fn get_ref(&self) -> $reborrow {
                self.async_fd
            }
        }

        impl<T: fmt::Debug + AsRawFd> fmt::Debug for $name<'_, T> {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct($debug)
                    .field("async_fd", &self.async_fd)
                    .finish()
            }
        }
    )*};
}

guards! {
    /// Readiness of an [`AsyncFd`], to be kept or cleared depending on the result of an operation.
    AsyncFdReadyGuard, "ReadyGuard": &'a AsyncFd<T> => &'a AsyncFd<T>, &'a AsyncFd<T>;
    /// Like [`AsyncFdReadyGuard`], for an [`AsyncFd`] that is mutably borrowed.
    AsyncFdReadyMutGuard, "MutReadyGuard": &'a mut AsyncFd<T> => &mut AsyncFd<T>, &AsyncFd<T>;
}

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    /// Returns the descriptor's owner.
    pub fn get_inner(&self) -> &'a T {
        self.async_fd.get_ref()
    }
}

impl<T: AsRawFd> AsyncFdReadyMutGuard<'_, T> {
    /// Returns the `AsyncFd` mutably.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.async_fd
    }

    /// Returns the descriptor's owner.
    pub fn get_inner(&self) -> &T {
        self.async_fd.get_ref()
    }

    /// Returns the descriptor's owner mutably. Its descriptor must not be replaced.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.async_fd.get_mut()
    }
}
