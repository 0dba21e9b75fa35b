//! All other systems: a socket is created first, then set to non-blocking mode.

use std::io;
use std::net::{self, SocketAddr};
#[cfg(unix)]
use std::os::unix::net as unix;

#[cfg(unix)]
use rustix::{io::Errno, net::SocketAddrUnix};
use socket2::{Domain, Protocol, Socket, Type};

pub(crate) fn open(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, kind, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

/// Creates two connected Unix sockets.
#[cfg(unix)]
pub(crate) fn pair(kind: Type) -> io::Result<(Socket, Socket)> {
    let (one, other) = Socket::pair(Domain::UNIX, kind, None)?;
    one.set_nonblocking(true)?;
    other.set_nonblocking(true)?;
    Ok((one, other))
}

pub(crate) fn accept_tcp(listener: &net::TcpListener) -> io::Result<(net::TcpStream, SocketAddr)> {
    let (socket, peer) = listener.accept()?;
    socket.set_nonblocking(true)?;
    Ok((socket, peer))
}

#[cfg(unix)]
pub(crate) fn accept_unix(
    listener: &unix::UnixListener,
) -> io::Result<(unix::UnixStream, unix::SocketAddr)> {
    let (socket, peer) = listener.accept()?;
    socket.set_nonblocking(true)?;
    Ok((socket, peer))
}

/// There are no abstract names here.
#[cfg(unix)]
pub(crate) fn abstract_name(_addr: &unix::SocketAddr) -> Option<&[u8]> {
    None
}

#[cfg(unix)]
pub(crate) fn abstract_address(_name: &[u8]) -> Result<SocketAddrUnix, Errno> {
    Err(Errno::OPNOTSUPP)
}
