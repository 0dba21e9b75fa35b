//! Accepting a connection, in the form each platform does best.
//!
//! The invariant: every socket that leaves this file is in non-blocking mode and is closed on
//! `exec`.

use std::io;
use std::net::SocketAddr;

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
