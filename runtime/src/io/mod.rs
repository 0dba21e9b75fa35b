//! Awaiting the readiness of descriptors: connects the I/O driver to any kind of socket, pipe or
//! device.
//!
//! heist's own sockets are built on [`AsyncFd`], and yours can be too.

mod async_fd;
mod exclusive;
mod guard;
mod operations;

#[doc(hidden)]
pub use crate::named_error::needs_number;
pub use crate::named_error::{NamedError, raw_os_error};
pub use crate::platform::AsSource;
pub use crate::readiness::{Direction, Interest, Ready};
pub use async_fd::AsyncFd;
pub use exclusive::AsyncFdReadyMutGuard;
pub use guard::{AsyncFdReadyGuard, Seen, TryIoError};
// For heist's own streams.
#[doc(hidden)]
pub use crate::poller::{Kind, Moved};
