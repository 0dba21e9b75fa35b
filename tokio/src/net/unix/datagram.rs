//! `UnixDatagram`.

use super::SocketAddr;
use super::addr::address;
#[cfg(feature = "io-util")]
use crate::evented::read_into;
use crate::io::{Interest, ReadBuf};
use crate::net::Evented;
use socket2::{SockAddr, SockRef};
use std::io;
#[cfg(feature = "io-util")]
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::unix::net::UnixDatagram as Std;
use std::path::Path;
use std::task::{Context, Poll, ready};

/// A Unix socket for datagrams.
pub struct UnixDatagram {
    io: Evented<Std>,
}

impl UnixDatagram {
    #[track_caller]
    fn of(std: Std) -> io::Result<Self> {
        std.set_nonblocking(true)?;
        Self::from_nonblocking(std)
    }

    /// Creates a socket bound to a path.
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
        Self::of(Std::bind(path)?)
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

    /// Creates a socket without an address.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn unbound() -> io::Result<Self> {
        Self::of(Std::unbound()?)
    }

    /// Connects the socket: only datagrams from that path are then received.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.io.connect(path)
    }

    datagram_methods!(SocketAddr, SocketAddr::from_socket2, Interest::READABLE);

    /// Sends to the socket at a path. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        self.io
            .async_io(Interest::WRITABLE, |io| send_to(io, buf, target.as_ref()))
            .await
    }

    /// Polls sending to the socket at a path.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_send_to<P: AsRef<Path>>(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: P,
    ) -> Poll<io::Result<usize>> {
        self.io
            .poll_write_io(cx, |io| send_to(io, buf, target.as_ref()))
    }

    /// Sends to the socket at a path, without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is no room.
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], target: P) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |io| send_to(io, buf, target.as_ref()))
    }

    /// Returns the address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr().map(SocketAddr)
    }

    /// Returns the address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr().map(SocketAddr)
    }

    /// Shuts down one direction or both.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.shutdown(how)
    }
}

std_conversions!(UnixDatagram, Std);

fn send_to(io: &Std, buf: &[u8], target: &Path) -> io::Result<usize> {
    io.send_to_addr(buf, &address(target)?)
}

fn recv_from<A>(
    io: &Std,
    buf: &mut [u8],
    _: impl Fn(SockAddr) -> io::Result<A>,
) -> io::Result<(usize, SocketAddr)> {
    let (n, from) = io.recv_from(buf)?;
    Ok((n, SocketAddr(from)))
}
