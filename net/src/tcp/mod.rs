//! TCP: a [`TcpListener`] accepts connections, a [`TcpStream`] is one connection, and its halves
//! read and write it in two tasks. A [`TcpSocket`] is set up before it becomes either.

mod connect;
mod keepalive;
mod listener;
mod options;
mod socket;
mod stream;

pub use connect::ConnectError;
pub use keepalive::TcpKeepalive;
pub use listener::{Incoming, TcpListener};
pub use socket::TcpSocket;
pub use stream::TcpStream;

/// The reading half of a borrowed [`TcpStream`]; see the example of [`TcpStream::split`].
pub type ReadHalf<'a> = crate::stream::ReadHalf<'a, TcpStream>;
/// The writing half of a borrowed [`TcpStream`]; see the example of [`TcpStream::split`].
pub type WriteHalf<'a> = crate::stream::WriteHalf<'a, TcpStream>;
/// The reading half of a [`TcpStream`]; see the example of [`TcpStream::into_split`].
pub type OwnedReadHalf = crate::stream::OwnedReadHalf<TcpStream>;
/// The writing half of a [`TcpStream`]; see the example of [`TcpStream::into_split`].
pub type OwnedWriteHalf = crate::stream::OwnedWriteHalf<TcpStream>;
/// The error of `reunite` for halves of two [`TcpStream`]s; see
/// [`stream::ReuniteError`](crate::stream::ReuniteError).
pub type ReuniteError = crate::stream::ReuniteError<TcpStream>;
