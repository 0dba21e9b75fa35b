//! TCP: a [`TcpListener`] accepts connections, a [`TcpStream`] is one, and its halves read and
//! write it in two tasks. A [`TcpSocket`] is set up before it becomes either.

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

/// The reading half of a borrowed [`TcpStream`], from [`TcpStream::split`], which shows it in use.
pub type ReadHalf<'a> = crate::stream::ReadHalf<'a, TcpStream>;
/// The writing half of a borrowed [`TcpStream`], from [`TcpStream::split`], which shows it in use.
pub type WriteHalf<'a> = crate::stream::WriteHalf<'a, TcpStream>;
/// The reading half of a [`TcpStream`], from [`TcpStream::into_split`], which shows it in use.
pub type OwnedReadHalf = crate::stream::OwnedReadHalf<TcpStream>;
/// The writing half of a [`TcpStream`], from [`TcpStream::into_split`], which shows it in use.
pub type OwnedWriteHalf = crate::stream::OwnedWriteHalf<TcpStream>;
/// The halves given to `reunite` are not of the same [`TcpStream`]; see
/// [`stream::ReuniteError`](crate::stream::ReuniteError).
pub type ReuniteError = crate::stream::ReuniteError<TcpStream>;
