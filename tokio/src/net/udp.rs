//! `UdpSocket`.

use super::addr::{first_of, resolve};
use super::{Evented, ToSocketAddrs};
#[cfg(feature = "io-util")]
use crate::evented::read_into;
use crate::io::{Interest, ReadBuf};
use socket2::{SockAddr, SockRef};
use std::io;
#[cfg(feature = "io-util")]
use std::mem::MaybeUninit;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket as Std};
use std::task::{Context, Poll, ready};

/// A UDP socket.
pub struct UdpSocket {
    io: Evented<Std>,
}

/// The interest of a wait to receive, which errors end as well, such as a closed port at the peer.
const READABLE: Interest = Interest::READABLE.add(Interest::ERROR);

/// Options of std's sockets, under the same names.
macro_rules! options {
    ($($name:ident: $T:ty, $set:ident: $doc:literal;)*) => {
        $(
            #[doc = concat!("Returns `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            pub fn $name(&self) -> io::Result<$T> {
                self.io.$name()
            }

            #[doc = concat!("Sets `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            pub fn $set(&self, value: $T) -> io::Result<()> {
                self.io.$set(value)
            }
        )*
    };
}

/// Methods of std's sockets for multicast groups, under the same names.
macro_rules! groups {
    ($($name:ident($Group:ty, $Interface:ty): $doc:literal;)*) => {
        $(
            #[doc = $doc]
            ///
            /// # Errors
            ///
            /// Returns the error of the operating system.
            pub fn $name(&self, multiaddr: $Group, interface: $Interface) -> io::Result<()> {
                self.io.$name(&multiaddr, &interface)
            }
        )*
    };
}

impl UdpSocket {
    /// Binds to the first of the addresses that can be bound.
    ///
    /// # Errors
    ///
    /// Returns the error of the resolver, or of the operating system for the last of the addresses.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        first_of(resolve(addr).await?, |addr| {
            let std = Std::bind(addr)?;
            std.set_nonblocking(true)?;
            Self::from_nonblocking(std)
        })
    }

    /// Connects to the first of the addresses that can be connected to: only datagrams from that
    /// address are then received.
    ///
    /// # Errors
    ///
    /// Returns the error of the resolver, or of the operating system for the last of the addresses.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        first_of(resolve(addr).await?, |addr| self.io.connect(addr))
    }

    /// Returns the address that the socket is bound to.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// Returns the address that the socket is connected to.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
    }

    datagram_methods!(SocketAddr, ip_addr, READABLE);

    /// Sends to the first of the addresses. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system or of the resolver.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let Some(target) = resolve(addr).await?.next() else {
            return Err(io::Error::new(
                io::ErrorKind::InvalidInput,
                "no addresses to send data to",
            ));
        };
        self.io
            .async_io(Interest::WRITABLE, |io| io.send_to(buf, target))
            .await
    }

    /// Polls sending to an address.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        target: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        self.io.poll_write_io(cx, |io| io.send_to(buf, target))
    }

    /// Sends to an address, without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is no room.
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |io| io.send_to(buf, target))
    }

    /// Receives a datagram without removing it. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(READABLE, |io| io.peek(buf)).await
    }

    /// Polls for a datagram without removing it.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let n = ready!(self.io.poll_read_io(cx, |io| {
            // SAFETY: `peek` initializes the bytes that it counts, and leaves the rest alone.
            SockRef::from(io).peek(unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been received into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Receives a datagram without removing it, and without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is nothing to receive.
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, |io| io.peek(buf))
    }

    /// Receives a datagram from any sender without removing it. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(READABLE, |io| io.peek_from(buf)).await
    }

    /// Polls for a datagram from any sender without removing it.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let (n, from) = ready!(self.io.poll_read_io(cx, |io| {
            // SAFETY: `peek_from` initializes the bytes that it counts, and leaves the rest alone.
            SockRef::from(io).peek_from(unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been received into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(ip_addr(from))
    }

    /// Receives a datagram from any sender without removing it, and without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is nothing to receive.
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, |io| io.peek_from(buf))
    }

    /// Waits for the next datagram, and returns its sender. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(READABLE, peek_sender).await
    }

    /// Polls for the sender of the next datagram.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io.poll_read_io(cx, peek_sender)
    }

    /// Returns the sender of the next datagram, without waiting.
    ///
    /// # Errors
    ///
    /// Returns `WouldBlock` if there is nothing to receive.
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(Interest::READABLE, peek_sender)
    }

    options! {
        broadcast: bool, set_broadcast: "SO_BROADCAST";
        multicast_loop_v4: bool, set_multicast_loop_v4: "IP_MULTICAST_LOOP";
        multicast_ttl_v4: u32, set_multicast_ttl_v4: "IP_MULTICAST_TTL";
        multicast_loop_v6: bool, set_multicast_loop_v6: "IPV6_MULTICAST_LOOP";
        ttl: u32, set_ttl: "IP_TTL";
    }

    ip_options!();

    groups! {
        join_multicast_v4(Ipv4Addr, Ipv4Addr): "Joins a group, on the interface with that address.";
        leave_multicast_v4(Ipv4Addr, Ipv4Addr): "Leaves a group.";
    }

    /// Joins a group, on the interface with that number.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.join_multicast_v6(multiaddr, interface)
    }

    /// Leaves a group.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn leave_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.leave_multicast_v6(multiaddr, interface)
    }
}

std_conversions!(UdpSocket, Std);

fn ip_addr(addr: SockAddr) -> io::Result<SocketAddr> {
    addr.as_socket()
        .ok_or_else(|| io::ErrorKind::InvalidData.into())
}

fn recv_from<A>(
    io: &Std,
    buf: &mut [u8],
    addr: impl Fn(SockAddr) -> io::Result<A>,
) -> io::Result<(usize, A)> {
    let (n, from) = io.recv_from(buf)?;
    Ok((n, addr(from.into())?))
}

fn peek_sender(io: &Std) -> io::Result<SocketAddr> {
    ip_addr(SockRef::from(io).peek_sender()?)
}
