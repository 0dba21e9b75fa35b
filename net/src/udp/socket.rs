//! `UdpSocket`: how it is bound and connected, and what it does unconnected. The methods of a
//! connected socket are shared with all datagram sockets (`crate::datagram`); the options are in
//! `options` and `multicast`.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist_runtime::io::{AsyncFd, Direction, Interest, Kind, NamedError};
use socket2::{Domain, Protocol, Type};

use crate::addr::{self, ToSocketAddrs};
use crate::datagram::{self, datagram_methods};
use crate::platform::open;
use crate::stream::ready::ready_methods;

/// A UDP socket.
///
/// Unconnected, it exchanges datagrams with any number of peers by [`send_to`](Self::send_to) and
/// [`recv_from`](Self::recv_from). Connected to one peer by [`connect`](Self::connect), it can also
/// use [`send`](Self::send) and [`recv`](Self::recv), receives only that peer's datagrams, and is
/// notified when its own cannot be delivered.
///
/// All methods take `&self`: in an [`Arc`](std::sync::Arc) the socket serves any number of tasks.
///
/// # Examples
///
/// An echo service:
///
/// ```
/// use heist::net::UdpSocket;
///
/// async fn echo(socket: UdpSocket) -> std::io::Result<()> {
///     let mut buf = [0; 1500];
///     loop {
///         let (len, peer) = socket.recv_from(&mut buf).await?;
///         socket.send_to(&buf[..len], peer).await?;
///     }
/// }
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let server = UdpSocket::bind("127.0.0.1:0").await?;
/// let address = server.local_addr()?;
/// heist::spawn(echo(server));
///
/// let client = UdpSocket::bind("127.0.0.1:0").await?;
/// client.connect(address).await?;
/// client.send(b"hello").await?;
/// let mut reply = [0; 1500];
/// let len = client.recv(&mut reply).await?;
/// assert_eq!(&reply[..len], b"hello");
/// # Ok(())
/// # }
/// ```
///
/// Without waiting, into a growing buffer, and in hand-written futures:
///
/// ```
/// use std::future::poll_fn;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
/// # socket.connect(socket.local_addr()?).await?; // to itself
/// socket.writable().await?;
/// socket.try_send(b"one")?;
/// poll_fn(|cx| socket.poll_send(cx, b"two")).await?;
/// poll_fn(|cx| socket.poll_send_ready(cx)).await?;
/// socket.send(b"three").await?;
/// socket.send(b"four").await?;
///
/// let mut buf = [0; 1500];
/// socket.readable().await?;
/// assert_eq!(socket.try_recv(&mut buf)?, 3);
/// assert_eq!(poll_fn(|cx| socket.poll_recv(cx, &mut buf)).await?, 3);
/// let mut datagrams = Vec::with_capacity(1500);
/// socket.recv_buf(&mut datagrams).await?;
/// poll_fn(|cx| socket.poll_recv_ready(cx)).await?;
/// socket.try_recv_buf(&mut datagrams)?;
/// assert_eq!(datagrams, b"threefour");
/// assert!(socket.take_error()?.is_none());
/// # Ok(())
/// # }
/// ```
///
/// And on a socket that is not connected:
///
/// ```
/// use std::future::poll_fn;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
/// let itself = socket.local_addr()?;
/// socket.try_send_to(b"one", itself)?;
/// poll_fn(|cx| socket.poll_send_to(cx, b"two", itself)).await?;
/// for datagram in [b"three", b"four.", b"five."] {
///     socket.send_to(datagram, itself).await?;
/// }
///
/// let mut buf = [0; 1500];
/// assert_eq!(socket.recv_from(&mut buf).await?, (3, itself));
/// assert_eq!(poll_fn(|cx| socket.poll_recv_from(cx, &mut buf)).await?, (3, itself));
/// assert_eq!(socket.try_recv_from(&mut buf)?, (5, itself));
/// let mut datagrams = Vec::with_capacity(1500);
/// assert_eq!(socket.recv_buf_from(&mut datagrams).await?, (5, itself));
/// assert_eq!(socket.try_recv_buf_from(&mut datagrams)?, (5, itself));
/// assert_eq!(datagrams, b"four.five.");
/// # Ok(())
/// # }
/// ```
pub struct UdpSocket {
    pub(crate) io: AsyncFd<std::net::UdpSocket>,
}

impl UdpSocket {
    /// Binds a socket to `addr`; with port 0 the system chooses a free one, which
    /// [`local_addr`](Self::local_addr) returns.
    ///
    /// Of several addresses the first that can be bound is used. To set options before binding
    /// (such as `SO_REUSEPORT`), create the socket with `socket2` and take it over with
    /// [`from_std`](Self::from_std).
    ///
    /// # Errors
    ///
    /// The error names the (last) address and why it cannot be bound: it is in use, not local, or
    /// needs privileges. Fails outside a runtime.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing is bound unless this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = UdpSocket::bind("127.0.0.1:0").await?;
    /// let address = socket.local_addr()?;
    ///
    /// let error = UdpSocket::bind(address).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    /// assert!(error.to_string().contains(&address.to_string()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut failure = None;
        for addr in addr::resolve(addr).await? {
            match bind_to(addr).and_then(|socket| AsyncFd::new_of_kind(socket, Kind::Other)) {
                Ok(io) => return Ok(Self { io }),
                Err(error) => failure = Some(NamedError::about(format!("bind {addr}"), error)),
            }
        }
        Err(failure.unwrap_or_else(addr::no_address_error))
    }

    /// Takes over a socket from std, and sets it to non-blocking mode.
    ///
    /// # Errors
    ///
    /// Fails outside a runtime, and when the runtime's driver cannot watch the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let bound_before = std::net::UdpSocket::bind("127.0.0.1:0")?;
    /// let socket = heist::net::UdpSocket::from_std(bound_before)?;
    /// let socket: std::net::UdpSocket = socket.into_std()?;
    /// socket.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(socket: std::net::UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self {
            io: AsyncFd::new_of_kind(socket, Kind::Other)?,
        })
    }

    /// Converts the socket back into std's. It stays in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None today; the result leaves room for platforms where the socket cannot be given back.
    ///
    /// # Examples
    ///
    /// See [`from_std`](Self::from_std).
    pub fn into_std(self) -> io::Result<std::net::UdpSocket> {
        Ok(self.io.into_inner())
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockname` reports.
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// Returns the address of the connected peer.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) before [`connect`](Self::connect).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().peer_addr()
    }

    /// Connects the socket to `addr`: it then sends there by default, and receives only from there.
    ///
    /// Nothing is sent, so this does not show whether a peer is there. Of several addresses the
    /// first that can be connected to is used. A later call replaces an earlier one.
    ///
    /// # Errors
    ///
    /// The error names the (last) address and why it cannot be connected to, for example because
    /// its family is not the socket's.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: the socket is unchanged unless this returns.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let peer = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # let address = peer.local_addr()?;
    /// let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// socket.connect(address).await?;
    /// assert_eq!(socket.peer_addr()?, address);
    /// socket.send(b"hello").await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect<A: ToSocketAddrs>(&self, addr: A) -> io::Result<()> {
        let mut failure = None;
        for addr in addr::resolve(addr).await? {
            match self.io.get_ref().connect(addr) {
                Ok(()) => return Ok(()),
                Err(error) => {
                    failure = Some(NamedError::about(format!("connect to {addr}"), error))
                }
            }
        }
        Err(failure.unwrap_or_else(addr::no_address_error))
    }

    /// Sends `buf` as one datagram to `addr` (of several, the first), and returns how many bytes
    /// were sent: all of them.
    ///
    /// Any number of tasks may send.
    ///
    /// # Errors
    ///
    /// Whatever the system's `sendto` reports, such as a datagram that is too long, or an address
    /// of another family than the socket's.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing was sent if the future is dropped before it is ready.
    pub async fn send_to<A: ToSocketAddrs>(&self, buf: &[u8], addr: A) -> io::Result<usize> {
        let addr = addr::resolve_one(addr).await?;
        let send = |socket: &std::net::UdpSocket| socket.send_to(buf, addr);
        self.io.async_io(Interest::WRITABLE, send).await
    }

    /// The polling form of [`send_to`](Self::send_to), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`send_to`](Self::send_to).
    pub fn poll_send_to(
        &self,
        cx: &mut Context<'_>,
        buf: &[u8],
        addr: SocketAddr,
    ) -> Poll<io::Result<usize>> {
        let send = |socket: &std::net::UdpSocket| socket.send_to(buf, addr);
        self.io.poll_io(Direction::Write, cx, send)
    }

    /// Sends `buf` as one datagram to `addr` without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; otherwise as
    /// [`send_to`](Self::send_to).
    pub fn try_send_to(&self, buf: &[u8], addr: SocketAddr) -> io::Result<usize> {
        let send = |socket: &std::net::UdpSocket| socket.send_to(buf, addr);
        self.io.try_io(Interest::WRITABLE, send)
    }

    /// Waits for a datagram and returns its length and its sender.
    ///
    /// Bytes that do not fit in `buf` are lost. Any number of tasks may wait; each datagram goes to
    /// one of them.
    ///
    /// # Errors
    ///
    /// Whatever the system's `recvfrom` reports.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no datagram is lost when the future is dropped.
    pub async fn recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &std::net::UdpSocket| socket.recv_from(buf);
        self.io.async_io(Interest::READABLE, recv).await
    }

    /// The polling form of [`recv_from`](Self::recv_from), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv_from`](Self::recv_from).
    pub fn poll_recv_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let recv = |socket: &std::net::UdpSocket| socket.recv_from(buf);
        self.io.poll_io(Direction::Read, cx, recv)
    }

    /// Takes a datagram without waiting, and returns its length and its sender.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none; otherwise as
    /// [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &std::net::UdpSocket| socket.recv_from(buf);
        self.io.try_io(Interest::READABLE, recv)
    }

    /// Like [`recv_from`](Self::recv_from), but appends to `buf` and advances it; see
    /// [`recv_buf`](Self::recv_buf) for how much room it has.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv_from`](Self::recv_from).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no datagram is lost when the future is dropped.
    pub async fn recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &_| datagram::recv_buf_from(socket, buf);
        internet(self.io.async_io(Interest::READABLE, recv).await?)
    }

    /// Like [`recv_buf_from`](Self::recv_buf_from), without waiting.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_recv_from`](Self::try_recv_from).
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &_| datagram::recv_buf_from(socket, buf);
        internet(self.io.try_io(Interest::READABLE, recv)?)
    }
}

impl UdpSocket {
    fn io(&self) -> &AsyncFd<std::net::UdpSocket> {
        &self.io
    }
}

fn bind_to(addr: SocketAddr) -> io::Result<std::net::UdpSocket> {
    let socket = open(Domain::for_address(addr), Type::DGRAM, Some(Protocol::UDP))?;
    socket.bind(&addr.into())?;
    Ok(socket.into())
}

/// Converts the sender's address into std's type.
pub(super) fn internet<T>(
    (received, sender): (T, socket2::SockAddr),
) -> io::Result<(T, SocketAddr)> {
    match sender.as_socket() {
        Some(sender) => Ok((received, sender)),
        None => Err(io::Error::new(
            io::ErrorKind::InvalidData,
            "the sender's address is not one of the internet families",
        )),
    }
}

datagram_methods!(UdpSocket);

ready_methods!(UdpSocket, UdpSocket::io);
