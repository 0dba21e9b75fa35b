//! Awaiting the readiness of descriptors: the bridge from the I/O driver to any
//! kind of socket, pipe or device.
//!
//! heist's own sockets are built on [`AsyncFd`], and so can yours be.

mod async_fd;
mod exclusive;
mod guard;
mod interest;
mod named;
mod operations;
mod ready;
mod short_count;

pub use async_fd::AsyncFd;
pub use exclusive::AsyncFdReadyMutGuard;
pub use guard::{AsyncFdReadyGuard, Seen, TryIoError};
pub use interest::Interest;
#[doc(hidden)]
pub use named::needs_number;
pub use named::{NamedError, raw_os_error};
pub use ready::Ready;
// For heist's own streams.
#[doc(hidden)]
pub use short_count::{Kind, Moved};

/// Which way data goes: what the functions for one direction
/// ask for. The others take an [`Interest`].
///
/// # Examples
///
/// ```
/// use heist_runtime::io::{Direction, Interest};
///
/// assert_eq!(Interest::from(Direction::Read), Interest::READABLE);
/// assert_eq!(Interest::from(Direction::Write), Interest::WRITABLE);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Receiving; also accepting connections.
    Read,
    /// Sending; also the completion of a connection attempt.
    Write,
}
