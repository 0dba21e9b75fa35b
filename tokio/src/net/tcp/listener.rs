//! `TcpListener`: accepts connections.

use super::TcpStream;
use super::stream::new_socket;
use crate::io::Interest;
use crate::net::addr::{first_of, resolve};
use crate::net::{Evented, ToSocketAddrs};
use std::io;
use std::net::{SocketAddr, TcpListener as Std};
use std::task::{Context, Poll, ready};

/// The maximum number of connections that wait to be accepted: tokio's figure.
const BACKLOG: i32 = 1024;

/// A TCP server socket.
pub struct TcpListener {
    io: Evented<Std>,
}

impl TcpListener {
    /// Listens at the first of the addresses that can be bound.
    ///
    /// # Errors
    ///
    /// Returns the error of the resolver, or of the operating system for the last of the addresses.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        first_of(resolve(addr).await?, |addr| {
            let socket = new_socket(addr)?;
            // On Windows, this would allow another socket to take over a port in use.
            #[cfg(not(windows))]
            socket.set_reuse_address(true)?;
            socket.bind(&addr.into())?;
            socket.listen(BACKLOG)?;
            Self::from_nonblocking(socket.into())
        })
    }

    /// Waits for the next connection, and returns it with the peer's address. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.io.async_io(Interest::READABLE, accept).await?;
        adopt(accepted)
    }

    /// Polls for the next connection. Only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_read_io(cx, accept))?;
        Poll::Ready(adopt(accepted))
    }

    /// Returns the address that it listens at.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// Returns `IP_TTL`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.ttl()
    }

    /// Sets `IP_TTL`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.set_ttl(ttl)
    }
}

std_conversions!(TcpListener, Std);

type Accepted = (socket2::Socket, socket2::SockAddr);

/// Accepts the next connection, in non-blocking mode.
fn accept(listener: &Std) -> io::Result<Accepted> {
    let listener = socket2::SockRef::from(listener);
    #[cfg(any(
        target_os = "android",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "fuchsia",
        target_os = "linux",
        target_os = "netbsd",
        target_os = "openbsd",
    ))]
    {
        // In a single system call.
        use rustix::net::{SocketFlags, acceptfrom_with};
        let flags = SocketFlags::CLOEXEC | SocketFlags::NONBLOCK;
        let (accepted, from) = acceptfrom_with(&*listener, flags)?;
        let from = from.ok_or(io::ErrorKind::ConnectionAborted)?;
        let from = SocketAddr::try_from(from)?;
        Ok((accepted.into(), from.into()))
    }
    #[cfg(not(any(
        target_os = "android",
        target_os = "dragonfly",
        target_os = "freebsd",
        target_os = "fuchsia",
        target_os = "linux",
        target_os = "netbsd",
        target_os = "openbsd",
    )))]
    {
        let (accepted, from) = listener.accept()?;
        accepted.set_nonblocking(true)?;
        Ok((accepted, from))
    }
}

fn adopt((socket, from): Accepted) -> io::Result<(TcpStream, SocketAddr)> {
    let from = from.as_socket().ok_or(io::ErrorKind::InvalidData)?;
    Ok((TcpStream::from_connected(socket.into())?, from))
}
