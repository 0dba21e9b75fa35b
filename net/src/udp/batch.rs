//! Many datagrams for one system call, as QUIC needs it: quinn-udp, awaited.
//!
//! It detects what the system supports: `recvmmsg`, segmentation offload (GSO, GRO), congestion
//! marks (ECN), and which local address a datagram was sent to.

use std::fmt;
use std::io::{self, IoSliceMut};
use std::task::{Context, Poll};

use heist_runtime::io::{Direction, Interest};
pub use quinn_udp::{BATCH_SIZE, EcnCodepoint, RecvMeta, Transmit};
use quinn_udp::{UdpSockRef, UdpSocketState};

use crate::UdpSocket;

/// A [`UdpSocket`] that sends and receives many datagrams at a time.
///
/// A [`Transmit`] with a `segment_size` is sent as datagrams of that size, up to
/// [`max_gso_segments`](Self::max_gso_segments) of them. A receive fills several buffers, each with
/// datagrams of one sender, which all have `stride` bytes except the last (see [`RecvMeta`]).
///
/// # Examples
///
/// ```
/// use heist::net::UdpSocket;
/// use heist::net::udp::batch::{BatchSocket, RecvMeta, Transmit};
/// use std::io::IoSliceMut;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let sender = BatchSocket::new(UdpSocket::bind("127.0.0.1:0").await?)?;
/// let receiver = BatchSocket::new(UdpSocket::bind("127.0.0.1:0").await?)?;
///
/// let segments = sender.max_gso_segments().min(3);
/// let contents = vec![7; 1200 * segments];
/// sender
///     .send(&Transmit {
///         destination: receiver.get_ref().local_addr()?,
///         ecn: None,
///         contents: &contents,
///         segment_size: (segments > 1).then_some(1200),
///         src_ip: None,
///     })
///     .await?;
///
/// let mut received = 0;
/// while received < contents.len() {
///     let mut buf = vec![0; 1500 * receiver.gro_segments()];
///     let mut meta = [RecvMeta::default()];
///     receiver.recv(&mut [IoSliceMut::new(&mut buf)], &mut meta).await?;
///     for datagram in buf[..meta[0].len].chunks(meta[0].stride) {
///         assert_eq!(datagram, [7; 1200]);
///     }
///     received += meta[0].len;
/// }
/// println!("may be fragmented on its way: {}", sender.may_fragment());
/// let socket: UdpSocket = sender.into_inner();
/// # Ok(())
/// # }
/// ```
pub struct BatchSocket {
    socket: UdpSocket,
    state: UdpSocketState,
}

impl BatchSocket {
    /// Sets the socket up for batches.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports.
    pub fn new(socket: UdpSocket) -> io::Result<Self> {
        let state = UdpSocketState::new(UdpSockRef::from(socket.io.get_ref()))?;
        Ok(Self { socket, state })
    }

    /// Sends `transmit`, waiting for room.
    ///
    /// # Errors
    ///
    /// Whatever the system's `sendmsg` reports.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing was sent if the future is dropped before it is ready.
    pub async fn send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let send = |socket: &_| self.state.try_send(UdpSockRef::from(socket), transmit);
        self.socket.io.async_io(Interest::WRITABLE, send).await
    }

    /// The polling form of [`send`](Self::send), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    /// use heist::net::udp::batch::{BatchSocket, Transmit};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = BatchSocket::new(UdpSocket::bind("127.0.0.1:0").await?)?;
    /// let transmit = Transmit {
    ///     destination: socket.get_ref().local_addr()?,
    ///     ecn: None,
    ///     contents: b"to myself",
    ///     segment_size: None,
    ///     src_ip: None,
    /// };
    /// poll_fn(|cx| socket.poll_send(cx, &transmit)).await?;
    /// socket.try_send(&transmit)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<()>> {
        let send = |socket: &_| self.state.try_send(UdpSockRef::from(socket), transmit);
        self.socket.io.poll_io(Direction::Write, cx, send)
    }

    /// Sends `transmit` without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; otherwise as
    /// [`send`](Self::send).
    ///
    /// # Examples
    ///
    /// See [`poll_send`](Self::poll_send).
    pub fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let send = |socket: &_| self.state.try_send(UdpSockRef::from(socket), transmit);
        self.socket.io.try_io(Interest::WRITABLE, send)
    }

    /// Like [`try_send`](Self::try_send), for a protocol that resends lost datagrams: any failure
    /// except [`WouldBlock`](io::ErrorKind::WouldBlock) counts as a loss, and is logged as one.
    #[cfg(feature = "quinn")]
    pub(crate) fn try_send_or_lose(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        let send = |socket: &_| self.state.send(UdpSockRef::from(socket), transmit);
        self.socket.io.try_io(Interest::WRITABLE, send)
    }

    /// Waits for datagrams, fills some of `bufs`, and returns how many. The corresponding entries
    /// of `meta` describe their contents.
    ///
    /// Both should have the same length, up to [`BATCH_SIZE`], and each buffer room for
    /// [`gro_segments`](Self::gro_segments) datagrams.
    ///
    /// # Errors
    ///
    /// Whatever the system's `recvmmsg` reports.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no datagram is lost when the future is dropped.
    pub async fn recv(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> io::Result<usize> {
        let recv = |socket: &_| self.state.recv(UdpSockRef::from(socket), bufs, meta);
        self.socket.io.async_io(Interest::READABLE, recv).await
    }

    /// The polling form of [`recv`](Self::recv), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UdpSocket;
    /// use heist::net::udp::batch::{BatchSocket, RecvMeta};
    /// use std::future::poll_fn;
    /// use std::io::IoSliceMut;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = BatchSocket::new(UdpSocket::bind("127.0.0.1:0").await?)?;
    /// # socket.get_ref().send_to(b"hello", socket.get_ref().local_addr()?).await?;
    /// # socket.get_ref().send_to(b"hello", socket.get_ref().local_addr()?).await?;
    /// let mut buf = [0; 1500];
    /// let mut meta = [RecvMeta::default()];
    /// let mut bufs = [IoSliceMut::new(&mut buf)];
    /// let count = poll_fn(|cx| socket.poll_recv(cx, &mut bufs, &mut meta)).await?;
    /// assert_eq!((count, meta[0].len), (1, 5));
    /// assert_eq!(socket.try_recv(&mut bufs, &mut meta)?, 1);
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let recv = |socket: &_| self.state.recv(UdpSockRef::from(socket), bufs, meta);
        self.socket.io.poll_io(Direction::Read, cx, recv)
    }

    /// Takes datagrams without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there are none; otherwise as
    /// [`recv`](Self::recv).
    ///
    /// # Examples
    ///
    /// See [`poll_recv`](Self::poll_recv).
    pub fn try_recv(
        &self,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> io::Result<usize> {
        let recv = |socket: &_| self.state.recv(UdpSockRef::from(socket), bufs, meta);
        self.socket.io.try_io(Interest::READABLE, recv)
    }

    /// Returns how many datagrams one [`Transmit`] may hold: 1 where the system does not support
    /// more.
    pub fn max_gso_segments(&self) -> usize {
        self.state.max_gso_segments()
    }

    /// Returns how many datagrams may arrive in one buffer: 1 where the system does not join them.
    pub fn gro_segments(&self) -> usize {
        self.state.gro_segments()
    }

    /// Whether datagrams may be fragmented on their way, because the system has no option to
    /// prevent it.
    pub fn may_fragment(&self) -> bool {
        self.state.may_fragment()
    }

    /// Returns the socket, for its options, its address, and its readiness.
    pub fn get_ref(&self) -> &UdpSocket {
        &self.socket
    }

    /// Returns the socket alone.
    pub fn into_inner(self) -> UdpSocket {
        self.socket
    }
}

impl fmt::Debug for BatchSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BatchSocket")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
