//! `UnixSocket`: a socket before it listens or connects.

use super::addr::address;
use super::stream::unix_addr;
use super::{UnixDatagram, UnixListener, UnixStream};
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, IntoRawFd, RawFd};
use std::path::Path;

/// A Unix socket that neither listens nor is connected yet.
#[derive(Debug)]
pub struct UnixSocket {
    inner: Socket,
}

impl UnixSocket {
    fn of_type(ty: Type) -> io::Result<Self> {
        let inner = Socket::new(Domain::UNIX, ty, None)?;
        inner.set_nonblocking(true)?;
        Ok(Self { inner })
    }

    /// Creates a socket for datagrams.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn new_datagram() -> io::Result<Self> {
        Self::of_type(Type::DGRAM)
    }

    /// Creates a socket for a stream.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn new_stream() -> io::Result<Self> {
        Self::of_type(Type::STREAM)
    }

    fn expect(&self, ty: Type, otherwise: &str) -> io::Result<()> {
        match self.inner.r#type()? == ty {
            true => Ok(()),
            false => Err(io::Error::other(otherwise)),
        }
    }

    /// Binds the socket to a path.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn bind(&self, path: impl AsRef<Path>) -> io::Result<()> {
        self.inner.bind(&at(path.as_ref())?)
    }

    /// Starts to listen; at most `backlog` connections wait to be accepted.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or an error if the socket is for datagrams.
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.expect(Type::STREAM, "listen cannot be called on a datagram socket")?;
        self.inner.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        UnixListener::from_nonblocking(self.inner.into())
    }

    /// Connects the socket.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or an error if the socket is for datagrams.
    pub async fn connect(self, path: impl AsRef<Path>) -> io::Result<UnixStream> {
        self.expect(
            Type::STREAM,
            "connect cannot be called on a datagram socket",
        )?;
        let addr = at(path.as_ref())?;
        UnixStream::connect_socket(self.inner, &addr).await
    }

    /// Converts the socket to a datagram socket.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or an error if the socket is for a stream.
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.expect(Type::DGRAM, "datagram cannot be called on a stream socket")?;
        UnixDatagram::from_nonblocking(self.inner.into())
    }
}

fn at(path: &Path) -> io::Result<SockAddr> {
    unix_addr(&address(path)?.into())
}

impl AsFd for UnixSocket {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inner.as_fd()
    }
}

impl AsRawFd for UnixSocket {
    fn as_raw_fd(&self) -> RawFd {
        self.inner.as_raw_fd()
    }
}

impl FromRawFd for UnixSocket {
    unsafe fn from_raw_fd(fd: RawFd) -> Self {
        // SAFETY: as the caller promises.
        let inner = unsafe { Socket::from_raw_fd(fd) };
        Self { inner }
    }
}

impl IntoRawFd for UnixSocket {
    fn into_raw_fd(self) -> RawFd {
        self.inner.into_raw_fd()
    }
}
