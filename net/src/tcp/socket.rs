//! The system calls that open, connect and accept sockets, in the form each platform does best.
//!
//! The invariant: every socket that leaves this file is in non-blocking mode and is closed on
//! `exec`.

use std::io;
use std::net::SocketAddr;

use socket2::{Domain, Protocol, Socket, Type};

use crate::open;

pub(super) fn listen(addr: SocketAddr) -> io::Result<std::net::TcpListener> {
    let socket = open(addr)?;
    // As std does: a server that restarts must not wait for its old connections to time out. On
    // Windows the option has another meaning, it lets two servers share the port.
    #[cfg(not(windows))]
    socket.set_reuse_address(true)?;
    socket.bind(&addr.into())?;
    socket.listen(open::BACKLOG)?;
    Ok(socket.into())
}

/// A socket that is connected already or still connecting: once it is writable, its pending error
/// says which way it went.
pub(super) fn start_connect(addr: SocketAddr) -> io::Result<std::net::TcpStream> {
    let socket = open(addr)?;
    match socket.connect(&addr.into()) {
        Err(error) if !is_under_way(&error) => Err(error),
        _ => Ok(socket.into()),
    }
}

/// Whether a `connect` goes on in the background. An interrupted one does, too.
fn is_under_way(error: &io::Error) -> bool {
    #[cfg(unix)]
    if error.raw_os_error() == Some(rustix::io::Errno::INPROGRESS.raw_os_error()) {
        return true;
    }
    matches!(
        error.kind(),
        io::ErrorKind::WouldBlock | io::ErrorKind::Interrupted
    )
}

fn open(addr: SocketAddr) -> io::Result<Socket> {
    open::open(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))
}

/// One system call: `accept4` sets both flags.
#[cfg(any(target_os = "linux", target_os = "android"))]
pub(super) fn accept(
    listener: &std::net::TcpListener,
) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    use rustix::net::{SocketFlags, acceptfrom_with};

    let flags = SocketFlags::NONBLOCK | SocketFlags::CLOEXEC;
    let (socket, peer) = acceptfrom_with(listener, flags)?;
    let peer = peer.ok_or(io::ErrorKind::InvalidData)?.try_into()?;
    Ok((socket.into(), peer))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(super) fn accept(
    listener: &std::net::TcpListener,
) -> io::Result<(std::net::TcpStream, SocketAddr)> {
    let (socket, peer) = listener.accept()?;
    socket.set_nonblocking(true)?;
    Ok((socket, peer))
}
