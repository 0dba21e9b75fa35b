//! Unix sockets: a [`UnixListener`] accepts connections, a [`UnixStream`] is one connection, a
//! [`UnixDatagram`] exchanges datagrams; and pipes, anonymous and named.

mod addr;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod credentials;
mod datagram;
mod listener;
pub mod pipe;
mod retry;
pub(crate) mod sigpipe;
mod socket;
mod stream;

pub use std::os::unix::net::SocketAddr;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub use credentials::UCred;
pub use datagram::UnixDatagram;
pub use listener::{Incoming, UnixListener};
pub use socket::UnixSocket;
pub use stream::UnixStream;

/// The reading half of a borrowed [`UnixStream`]; see the example of [`UnixStream::split`].
pub type ReadHalf<'a> = crate::stream::ReadHalf<'a, UnixStream>;
/// The writing half of a borrowed [`UnixStream`]; see the example of [`UnixStream::split`].
pub type WriteHalf<'a> = crate::stream::WriteHalf<'a, UnixStream>;
/// The reading half of a [`UnixStream`]; see the example of [`UnixStream::into_split`].
pub type OwnedReadHalf = crate::stream::OwnedReadHalf<UnixStream>;
/// The writing half of a [`UnixStream`]; see the example of [`UnixStream::into_split`].
pub type OwnedWriteHalf = crate::stream::OwnedWriteHalf<UnixStream>;
/// The error of `reunite` for halves of two [`UnixStream`]s; see
/// [`stream::ReuniteError`](crate::stream::ReuniteError).
pub type ReuniteError = crate::stream::ReuniteError<UnixStream>;
