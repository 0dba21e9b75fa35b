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

/// What ends a wait to receive: errors, too, such as a peer's port that is closed.
const READABLE: Interest = Interest::READABLE.add(Interest::ERROR);

/// std's options by their names.
macro_rules! options {
    ($($name:ident: $T:ty, $set:ident: $doc:literal;)*) => {
        $(
            #[doc = concat!("`", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            pub fn $name(&self) -> io::Result<$T> {
                self.io.$name()
            }

            #[doc = concat!("Sets `", $doc, "`.")]
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            pub fn $set(&self, value: $T) -> io::Result<()> {
                self.io.$set(value)
            }
        )*
    };
}

/// std's functions on multicast groups by their names.
macro_rules! groups {
    ($($name:ident($Group:ty, $Interface:ty): $doc:literal;)*) => {
        $(
            #[doc = $doc]
            ///
            /// # Errors
            ///
            /// What the operating system answered.
            pub fn $name(&self, multiaddr: $Group, interface: $Interface) -> io::Result<()> {
                self.io.$name(&multiaddr, &interface)
            }
        )*
    };
}

impl UdpSocket {
    /// Binds to the first of the addresses where that is possible.
    ///
    /// # Errors
    ///
    /// What the operating system answered for the last of the addresses, or the resolver.
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        first_of(resolve(addr).await?, |addr| {
            let std = Std::bind(addr)?;
            std.set_nonblocking(true)?;
            Self::from_nonblocking(std)
        })
    }

    /// Connects to the first of the addresses where that is possible: it then receives from there
    /// only.
    ///
    /// # Errors
    ///
    /// What the operating system answered for the last of the addresses, or the resolver.
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        first_of(resolve(addr).await?, |addr| self.io.connect(addr))
    }

    /// The address it is bound to.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.local_addr()
    }

    /// The address it is connected to.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.peer_addr()
    }

    datagram_methods!(SocketAddr, ip_addr, READABLE);

    /// Sends to the first of the addresses. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered, or the resolver.
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

    /// Polls for having sent to an address.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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
    /// `WouldBlock`: there is no room.
    pub fn try_send_to(&self, buf: &[u8], target: SocketAddr) -> io::Result<usize> {
        self.io
            .try_io(Interest::WRITABLE, |io| io.send_to(buf, target))
    }

    /// Receives, and leaves the datagram there. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.async_io(READABLE, |io| io.peek(buf)).await
    }

    /// Polls for a datagram, and leaves it there.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let n = ready!(self.io.poll_read_io(cx, |io| {
            // SAFETY: `peek` initializes what it counts, and leaves the rest alone.
            SockRef::from(io).peek(unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been received into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(Ok(()))
    }

    /// Receives without waiting, and leaves the datagram there.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: nothing is there.
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io.try_io(Interest::READABLE, |io| io.peek(buf))
    }

    /// Receives from anybody, and leaves the datagram there. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.async_io(READABLE, |io| io.peek_from(buf)).await
    }

    /// Polls for a datagram from anybody, and leaves it there.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<SocketAddr>> {
        let (n, from) = ready!(self.io.poll_read_io(cx, |io| {
            // SAFETY: `peek_from` initializes what it counts, and leaves the rest alone.
            SockRef::from(io).peek_from(unsafe { buf.unfilled_mut() })
        }))?;
        // SAFETY: `n` bytes have been received into it.
        unsafe { buf.assume_init(n) };
        buf.advance(n);
        Poll::Ready(ip_addr(from))
    }

    /// Receives from anybody without waiting, and leaves the datagram there.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: nothing is there.
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        self.io.try_io(Interest::READABLE, |io| io.peek_from(buf))
    }

    /// Whom the next datagram is from. Cancel safe.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(READABLE, peek_sender).await
    }

    /// Polls for whom the next datagram is from.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io.poll_read_io(cx, peek_sender)
    }

    /// Whom the next datagram is from, if there is one.
    ///
    /// # Errors
    ///
    /// `WouldBlock`: there is none.
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
        join_multicast_v4(Ipv4Addr, Ipv4Addr): "Joins a group, on the interface of that address.";
        leave_multicast_v4(Ipv4Addr, Ipv4Addr): "Leaves a group.";
    }

    /// Joins a group, on the interface of that number.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn join_multicast_v6(&self, multiaddr: &Ipv6Addr, interface: u32) -> io::Result<()> {
        self.io.join_multicast_v6(multiaddr, interface)
    }

    /// Leaves a group.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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
