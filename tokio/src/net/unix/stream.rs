//! `UnixStream`: a Unix connection.

use super::addr::address;
use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, SocketAddr, UCred, WriteHalf};
use crate::net::Evented;
use crate::net::connecting::connect;
use socket2::{Domain, SockAddr, Socket, Type};
use std::io;
use std::os::unix::net::UnixStream as Std;
use std::path::Path;

/// A connected Unix socket.
pub struct UnixStream {
    pub(super) io: Evented<Std>,
}

impl UnixStream {
    /// Connects to the socket at a path; a leading zero byte denotes a name in the abstract
    /// namespace.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        let addr = address(path.as_ref())?.into();
        Self::connect_addr(&addr).await
    }

    /// Connects to the socket at an address.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn connect_addr(socket_addr: &SocketAddr) -> io::Result<Self> {
        let socket = Socket::new(Domain::UNIX, Type::STREAM, None)?;
        socket.set_nonblocking(true)?;
        Self::connect_socket(socket, &unix_addr(socket_addr)?).await
    }

    pub(super) async fn connect_socket(socket: Socket, addr: &SockAddr) -> io::Result<Self> {
        let io = connect(socket, addr).await?;
        Ok(Self { io })
    }

    /// Creates two sockets that are connected to each other.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = Std::pair()?;
        one.set_nonblocking(true)?;
        other.set_nonblocking(true)?;
        let end = |std| Evented::paired(std).map(|io| Self { io });
        Ok((end(one)?, end(other)?))
    }

    readiness_methods!();
    readable_methods!(poll_read_ready);
    writable_methods!(poll_write_ready);
    user_io_methods!();
    try_read_methods!();
    try_read_buf_method!(try_read_buf);
    try_write_methods!();

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr)
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr().map(SocketAddr)
    }

    /// Returns the credentials of the peer.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn peer_cred(&self) -> io::Result<UCred> {
        UCred::of_peer(self)
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

stream_traits!(UnixStream);
std_conversions!(UnixStream, Std);

/// Converts an address to socket2's type.
pub(super) fn unix_addr(addr: &SocketAddr) -> io::Result<SockAddr> {
    if let Some(path) = addr.as_pathname() {
        return SockAddr::unix(path);
    }
    #[cfg(any(target_os = "linux", target_os = "android"))]
    if let Some(name) = addr.as_abstract_name() {
        use std::ffi::OsStr;
        use std::os::unix::ffi::OsStrExt;
        let name = [b"\0", name].concat();
        return SockAddr::unix(OsStr::from_bytes(&name));
    }
    Err(io::ErrorKind::InvalidInput.into())
}
