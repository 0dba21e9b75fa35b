//! `TcpStream`: a TCP connection.

use super::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};
use crate::io::{Interest, ReadBuf};
use crate::net::addr::{no_address, resolve};
use crate::net::connecting::connect;
use crate::net::{Evented, ToSocketAddrs};
use socket2::{Domain, Protocol, SockRef, Socket, Type};
use std::io;
use std::net::{SocketAddr, TcpStream as Std};
use std::task::{Context, Poll, ready};
use std::time::Duration;

/// A TCP connection.
pub struct TcpStream {
    pub(super) io: Evented<Std>,
}

impl TcpStream {
    /// Connects to the first of the addresses that accepts the connection.
    ///
    /// # Errors
    ///
    /// Returns the error of the resolver, or of the last of the addresses.
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut last_error = None;
        for addr in resolve(addr).await? {
            match Self::connect_addr(addr).await {
                Ok(stream) => return Ok(stream),
                Err(error) => last_error = Some(error),
            }
        }
        Err(last_error.unwrap_or_else(no_address))
    }

    async fn connect_addr(addr: SocketAddr) -> io::Result<Self> {
        let socket = new_socket(addr)?;
        Self::connect_socket(socket, addr).await
    }

    /// Connects a socket in non-blocking mode.
    pub(super) async fn connect_socket(socket: Socket, addr: SocketAddr) -> io::Result<Self> {
        let io = connect(socket, &addr.into()).await?;
        Ok(Self { io })
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// Returns the address of the peer.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
    }

    /// Returns the socket's pending error and clears it.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.take_error()
    }

    /// Reads the next bytes without removing them. Only the last task that polled is woken.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_peek(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<usize>> {
        let n = ready!(self.io.poll_read_io(cx, |io| {
            // SAFETY: `peek` initializes the bytes that it counts, and leaves the rest alone.
            SockRef::from(io).peek(unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been read into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(Ok(n))
    }

    /// Reads the next bytes without removing them. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .async_io(Interest::READABLE, |io| io.peek(buf))
            .await
    }

    readiness_methods!();
    readable_methods!(poll_read_ready);
    writable_methods!(poll_write_ready);
    user_io_methods!();
    try_read_methods!();
    try_read_buf_method!(try_read_buf);
    try_write_methods!();

    /// Returns `TCP_NODELAY`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn nodelay(&self) -> io::Result<bool> {
        self.io.nodelay()
    }

    /// Sets `TCP_NODELAY`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn set_nodelay(&self, nodelay: bool) -> io::Result<()> {
        self.io.set_nodelay(nodelay)
    }

    /// Returns `TCP_QUICKACK`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    pub fn quickack(&self) -> io::Result<bool> {
        SockRef::from(self).tcp_quickack()
    }

    /// Sets `TCP_QUICKACK`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    #[cfg(any(target_os = "linux", target_os = "android", target_os = "fuchsia"))]
    pub fn set_quickack(&self, quickack: bool) -> io::Result<()> {
        SockRef::from(self).set_tcp_quickack(quickack)
    }

    /// Returns `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn linger(&self) -> io::Result<Option<Duration>> {
        SockRef::from(self).linger()
    }

    /// Sets `SO_LINGER`.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    #[deprecated = "`SO_LINGER` causes the socket to block the thread on drop"]
    pub fn set_linger(&self, dur: Option<Duration>) -> io::Result<()> {
        SockRef::from(self).set_linger(dur)
    }

    /// Sets `SO_LINGER` to zero: dropping the socket resets the connection.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn set_zero_linger(&self) -> io::Result<()> {
        SockRef::from(self).set_linger(Some(Duration::ZERO))
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

stream_traits!(TcpStream);
std_conversions!(TcpStream, Std);

/// Creates a socket in non-blocking mode, for addresses of this kind.
pub(super) fn new_socket(addr: SocketAddr) -> io::Result<Socket> {
    let socket = Socket::new(Domain::for_address(addr), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}
