//! What the poller watches: file descriptors on Unix, sockets on Windows.

#[cfg(unix)]
use std::os::fd::{AsFd as AsSystemSource, AsRawFd, BorrowedFd as Borrowed, RawFd as Raw};
#[cfg(windows)]
use std::os::windows::io::{
    AsRawSocket, AsSocket as AsSystemSource, BorrowedSocket as Borrowed, RawSocket as Raw,
};

/// What identifies a source to the system.
pub(crate) type RawSource = Raw;

/// Anything with a file descriptor, or on Windows with a socket: what an
/// [`AsyncFd`](crate::io::AsyncFd) takes. Every type with std's trait for that (`AsFd`, `AsSocket`)
/// has this one, too.
///
/// # Examples
///
/// ```
/// use heist::io::AsSource;
///
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// let borrowed = socket.source();
/// # let _: &dyn std::fmt::Debug = &borrowed;
/// # std::io::Result::Ok(())
/// ```
pub trait AsSource: AsSystemSource {
    /// Borrows the file descriptor or the socket.
    fn source(&self) -> Borrowed<'_>;
}

impl<T: AsSystemSource> AsSource for T {
    #[inline]
    fn source(&self) -> Borrowed<'_> {
        #[cfg(unix)]
        return self.as_fd();
        #[cfg(windows)]
        return self.as_socket();
    }
}

pub(crate) fn raw(source: &impl AsSource) -> RawSource {
    #[cfg(unix)]
    return source.source().as_raw_fd();
    #[cfg(windows)]
    return source.source().as_raw_socket();
}
