//! Readiness in the user's hands.

use super::{AsyncFd, TryIoError};
use crate::io::Ready;
use heist_runtime::io::Seen;
use std::fmt;
use std::io;
use std::os::fd::AsRawFd;

/// What of the readiness that a wait has seen has not been cleared.
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
        // That the peer has closed stays true.
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

            /// Forgets the readiness, because an operation answered that it would block. An event
            /// that has come meanwhile is kept.
            pub fn clear_ready(&mut self) {
                self.held.clear(&*self.async_fd, Ready::ALL);
            }

            /// As [`clear_ready`](Self::clear_ready), for a part of the readiness.
            pub fn clear_ready_matching(&mut self, ready: Ready) {
                self.held.clear(&*self.async_fd, ready);
            }

            /// Keeps the readiness, which dropping the guard does too: this says that it is meant.
            pub fn retain_ready(&mut self) {}

            /// What the descriptor is ready for, of what was asked, and not cleared.
            pub fn ready(&self) -> Ready {
                self.held.ready
            }

            /// Tries an operation; when it answers that it would block, forgets the readiness.
            ///
            /// # Errors
            ///
            /// [`TryIoError`] if it would block: then wait for readiness again.
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

            /// The `AsyncFd`.
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
    /// Readiness of an [`AsyncFd`], to be kept or cleared by what the operation shows.
    AsyncFdReadyGuard, "ReadyGuard": &'a AsyncFd<T> => &'a AsyncFd<T>, &'a AsyncFd<T>;
    /// As [`AsyncFdReadyGuard`], of an [`AsyncFd`] that is borrowed for oneself.
    AsyncFdReadyMutGuard, "MutReadyGuard": &'a mut AsyncFd<T> => &mut AsyncFd<T>, &AsyncFd<T>;
}

impl<'a, T: AsRawFd> AsyncFdReadyGuard<'a, T> {
    /// The descriptor's owner.
    pub fn get_inner(&self) -> &'a T {
        self.async_fd.get_ref()
    }
}

impl<T: AsRawFd> AsyncFdReadyMutGuard<'_, T> {
    /// The `AsyncFd`.
    pub fn get_mut(&mut self) -> &mut AsyncFd<T> {
        self.async_fd
    }

    /// The descriptor's owner.
    pub fn get_inner(&self) -> &T {
        self.async_fd.get_ref()
    }

    /// The descriptor's owner. It must not get another descriptor.
    pub fn get_inner_mut(&mut self) -> &mut T {
        self.async_fd.get_mut()
    }
}
