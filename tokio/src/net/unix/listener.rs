//! `UnixListener`: accepts connections.

use super::addr::address;
use super::{SocketAddr, UnixStream};
use crate::io::Interest;
use crate::net::Evented;
use std::io;
use std::os::unix::net::{SocketAddr as StdAddr, UnixListener as Std, UnixStream as StdStream};
use std::path::Path;
use std::task::{Context, Poll, ready};

/// A Unix server socket.
pub struct UnixListener {
    io: Evented<Std>,
}

impl UnixListener {
    /// Listens at a path; a leading zero byte denotes a name in the abstract namespace.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let addr = address(path.as_ref())?.into();
        Self::bind_addr(&addr)
    }

    /// Listens at an address.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        let std = Std::bind_addr(&socket_addr.0)?;
        std.set_nonblocking(true)?;
        Self::from_nonblocking(std)
    }

    /// Waits for the next connection. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let accepted = self.io.async_io(Interest::READABLE, accept).await?;
        adopt(accepted)
    }

    /// Polls for the next connection. Only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_read_io(cx, accept))?;
        Poll::Ready(adopt(accepted))
    }

    /// Returns the address that it listens at.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr)
    }

    /// Returns the socket's pending error and clears it.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }
}

std_conversions!(UnixListener, Std);

fn accept(listener: &Std) -> io::Result<(StdStream, StdAddr)> {
    let (stream, from) = listener.accept()?;
    stream.set_nonblocking(true)?;
    Ok((stream, from))
}

fn adopt((stream, from): (StdStream, StdAddr)) -> io::Result<(UnixStream, SocketAddr)> {
    Ok((UnixStream::from_connected(stream)?, SocketAddr(from)))
}
