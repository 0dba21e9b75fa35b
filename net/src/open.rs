//! Opening sockets, in the form each platform does best.
//!
//! The invariant: every socket that leaves this file is in non-blocking mode and is closed on
//! `exec`.

use std::io;

use socket2::{Domain, Protocol, Socket, Type};

/// How many connections may wait to be accepted; the system may cut it (on Linux to
/// `net.core.somaxconn`). std's 128 turns clients of a busy server away; tokio has 1024, too.
pub(crate) const BACKLOG: u32 = 1024;

#[cfg(any(target_os = "linux", target_os = "android"))]
pub(crate) fn open(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    Socket::new(domain, kind.nonblocking(), protocol)
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
pub(crate) fn open(domain: Domain, kind: Type, protocol: Option<Protocol>) -> io::Result<Socket> {
    let socket = Socket::new(domain, kind, protocol)?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
