//! `UnixListener`: where connections come in.

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
    /// Listens at that path; a leading zero byte is of a name in the abstract namespace.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let addr = address(path.as_ref())?.into();
        Self::bind_addr(&addr)
    }

    /// Listens at that address.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    ///
    /// # Panics
    ///
    /// Outside a runtime.
    #[track_caller]
    pub fn bind_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        let std = Std::bind_addr(&socket_addr.0)?;
        std.set_nonblocking(true)?;
        Self::from_nonblocking(std)
    }

    /// The next connection. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        let accepted = self.io.async_io(Interest::READABLE, accept).await?;
        adopt(accepted)
    }

    /// Polls for the next connection. The last task that polled is woken.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_read_io(cx, accept))?;
        Poll::Ready(adopt(accepted))
    }

    /// Where it listens.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr)
    }

    /// The socket's pending error, which is taken away.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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
