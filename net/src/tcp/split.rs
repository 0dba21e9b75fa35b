//! The halves that borrow their stream. What they do is in `half`.

use crate::tcp::TcpStream;

/// The reading half of a borrowed stream, from [`TcpStream::split`].
///
/// It implements `AsyncRead`.
#[derive(Debug)]
pub struct ReadHalf<'a>(&'a TcpStream);

/// The writing half of a borrowed stream, from [`TcpStream::split`].
///
/// It implements `AsyncWrite`, whose `close` shuts the writing direction down. Dropping it does
/// not: the stream is still there.
#[derive(Debug)]
pub struct WriteHalf<'a>(&'a TcpStream);

pub(super) fn split(stream: &mut TcpStream) -> (ReadHalf<'_>, WriteHalf<'_>) {
    (ReadHalf(stream), WriteHalf(stream))
}

impl ReadHalf<'_> {
    pub(super) fn stream(&self) -> &TcpStream {
        self.0
    }
}

impl WriteHalf<'_> {
    pub(super) fn stream(&self) -> &TcpStream {
        self.0
    }
}
