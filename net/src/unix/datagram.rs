//! `UnixDatagram`: how it is bound and connected, and what it does unconnected. The methods of a
//! connected socket are shared with all datagram sockets (`crate::datagram`).

use std::io;
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::path::Path;
use std::slice;
use std::task::{Context, Poll};

use bytes::BufMut;
use heist_runtime::io::{AsyncFd, Direction, Interest, Kind, NamedError};
use rustix::net::SocketAddrUnix;
use socket2::{Domain, Type};

use crate::datagram::datagram_methods;
use crate::platform::{open, pair};
use crate::stream::ready::ready_methods;
use crate::unix::addr::Name;
use crate::unix::sigpipe::NO_SIGNAL;
use crate::unix::{SocketAddr, retry};

/// A Unix socket that exchanges datagrams. None is lost or reordered.
///
/// All methods take `&self`: in an [`Arc`](std::sync::Arc) the socket serves any number of tasks.
///
/// # Examples
///
/// ```
/// use heist::net::UnixDatagram;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("heist-datagram-{}", std::process::id()));
/// let server = UnixDatagram::bind(&path)?;
/// let client = UnixDatagram::unbound()?;
/// client.send_to(b"hello", &path).await?;
///
/// let mut buf = [0; 64];
/// let (len, sender) = server.recv_from(&mut buf).await?;
/// assert_eq!(&buf[..len], b"hello");
/// assert!(sender.is_unnamed());
/// client.try_send_to(b"hello again", &path)?;
/// # std::fs::remove_file(path)
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
/// # let (one, other) = heist::net::UnixDatagram::pair()?;
/// for datagram in [b"one", b"two", b"3..", b"4.."] {
///     one.send(datagram).await?;
/// }
/// let mut buf = [0; 64];
/// let (len, _sender) = poll_fn(|cx| other.poll_recv_from(cx, &mut buf)).await?;
/// assert_eq!(other.try_recv_from(&mut buf)?.0, len);
/// let mut datagrams = Vec::with_capacity(64);
/// other.recv_buf_from(&mut datagrams).await?;
/// other.try_recv_buf_from(&mut datagrams)?;
/// assert_eq!(datagrams, b"3..4..");
/// # Ok(())
/// # }
/// ```
pub struct UnixDatagram {
    pub(crate) io: AsyncFd<std::os::unix::net::UnixDatagram>,
}

impl UnixDatagram {
    /// Binds a new socket at `path`.
    ///
    /// # Errors
    ///
    /// The error names the path and why it cannot be bound, as for
    /// [`UnixListener::bind`](crate::UnixListener::bind). Fails outside a runtime.
    pub fn bind<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::bind_name(path.as_ref().into())
    }

    /// Like [`bind`](Self::bind), but with any address: on Linux also an abstract name, which
    /// leaves no file.
    ///
    /// # Errors
    ///
    /// The same as those of [`bind`](Self::bind).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use heist::net::{UnixDatagram, unix::SocketAddr};
    /// use std::os::linux::net::SocketAddrExt;
    ///
    /// let name = format!("heist-datagram-{}", std::process::id());
    /// let address = SocketAddr::from_abstract_name(name)?;
    /// let server = UnixDatagram::bind_addr(&address)?;
    /// let client = UnixDatagram::unbound()?;
    /// client.connect_addr(&address)?;
    /// client.send(b"hello").await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub fn bind_addr(addr: &SocketAddr) -> io::Result<Self> {
        Self::bind_name(addr.into())
    }

    fn bind_name(name: Name<'_>) -> io::Result<Self> {
        let socket = open(Domain::UNIX, Type::DGRAM, None)?;
        name.bind(&socket)?;
        Self::from_nonblocking(socket.into())
    }

    /// Creates a socket without an address: it can send, and receive once it is connected.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socket` reports, such as too many open files. Fails outside a
    /// runtime.
    pub fn unbound() -> io::Result<Self> {
        Self::from_nonblocking(open(Domain::UNIX, Type::DGRAM, None)?.into())
    }

    /// Creates two sockets that are connected to each other.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socketpair` reports, such as too many open files. Fails outside a
    /// runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, other) = heist::net::UnixDatagram::pair()?;
    /// assert!(one.local_addr()?.is_unnamed() && one.peer_addr()?.is_unnamed());
    /// one.send(b"hello").await?;
    /// assert_eq!(other.recv(&mut [0; 64]).await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = pair(Type::DGRAM)?;
        let one = Self::from_nonblocking(one.into())?;
        Ok((one, Self::from_nonblocking(other.into())?))
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
    /// let (one, _other) = std::os::unix::net::UnixDatagram::pair()?;
    /// let one = heist::net::UnixDatagram::from_std(one)?;
    /// let one: std::os::unix::net::UnixDatagram = one.into_std()?;
    /// one.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(socket: std::os::unix::net::UnixDatagram) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Self::from_nonblocking(socket)
    }

    pub(super) fn from_nonblocking(socket: std::os::unix::net::UnixDatagram) -> io::Result<Self> {
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
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixDatagram> {
        Ok(self.io.into_inner())
    }

    /// Connects the socket to the one at `path`: it then sends there by default, and receives only
    /// from there.
    ///
    /// # Errors
    ///
    /// The error names the path and keeps the kind of the system's error:
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) if no process has it open.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixDatagram;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-dconnect-{}", std::process::id()));
    /// let server = UnixDatagram::bind(&path)?;
    /// let client = UnixDatagram::unbound()?;
    /// client.connect(&path)?;
    /// client.send(b"hello").await?;
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn connect<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        self.connect_name(path.as_ref().into())
    }

    /// Like [`connect`](Self::connect), but with any address: on Linux also an abstract name.
    ///
    /// # Errors
    ///
    /// The same as those of [`connect`](Self::connect).
    ///
    /// # Examples
    ///
    /// See [`bind_addr`](Self::bind_addr).
    pub fn connect_addr(&self, addr: &SocketAddr) -> io::Result<()> {
        self.connect_name(addr.into())
    }

    fn connect_name(&self, name: Name<'_>) -> io::Result<()> {
        name.to_system()
            .and_then(|to| Ok(rustix::net::connect(self.io.get_ref(), &to)?))
            .map_err(|error| NamedError::about(format!("connect to {name}"), error))
    }

    /// Sends `buf` as one datagram to the socket at `path`, and returns how many bytes were sent:
    /// all of them.
    ///
    /// It waits while the receiver's queue is full. No event reports to an unconnected socket that
    /// the queue has room again, so this retries after pauses of 1 to 50 ms;
    /// [`connect`](Self::connect) and [`send`](Self::send) are the better way.
    ///
    /// # Errors
    ///
    /// The error names the path and keeps the kind of the system's error:
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) if no process has it open.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing was sent if the future is dropped before it is ready.
    pub async fn send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        let name = Name::from(path.as_ref());
        let send = async {
            let to = name.to_system()?;
            retry::while_full(|| self.send_once(buf, &to)).await
        };
        let sent = send.await;
        sent.map_err(|error| NamedError::about(format!("send to {name}"), error))
    }

    /// Sends `buf` as one datagram to the socket at `path` without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; otherwise as
    /// [`send_to`](Self::send_to).
    pub fn try_send_to<P: AsRef<Path>>(&self, buf: &[u8], path: P) -> io::Result<usize> {
        let name = Name::from(path.as_ref());
        // Not `try_io`: a full receiver says nothing about this socket's readiness.
        let sent = name.to_system().and_then(|to| self.send_once(buf, &to));
        sent.map_err(|error| match error.kind() {
            io::ErrorKind::WouldBlock => error,
            _ => NamedError::about(format!("send to {name}"), error),
        })
    }

    fn send_once(&self, buf: &[u8], to: &SocketAddrUnix) -> io::Result<usize> {
        let socket = self.io.get_ref();
        Ok(rustix::net::sendto(socket, buf, NO_SIGNAL, to)?)
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
        let recv = |socket: &std::os::unix::net::UnixDatagram| socket.recv_from(buf);
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
        let recv = |socket: &std::os::unix::net::UnixDatagram| socket.recv_from(buf);
        self.io.poll_io(Direction::Read, cx, recv)
    }

    /// Takes a datagram without waiting, and returns its length and its sender.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is none; otherwise as
    /// [`recv_from`](Self::recv_from).
    pub fn try_recv_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &std::os::unix::net::UnixDatagram| socket.recv_from(buf);
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
        let recv = |socket: &_| recv_buf_from(socket, buf);
        self.io.async_io(Interest::READABLE, recv).await
    }

    /// Like [`recv_buf_from`](Self::recv_buf_from), without waiting.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_recv_from`](Self::try_recv_from).
    pub fn try_recv_buf_from<B: BufMut>(&self, buf: &mut B) -> io::Result<(usize, SocketAddr)> {
        let recv = |socket: &_| recv_buf_from(socket, buf);
        self.io.try_io(Interest::READABLE, recv)
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockname` reports.
    ///
    /// # Examples
    ///
    /// See [`pair`](Self::pair).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// Returns the address of the connected peer.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) before [`connect`](Self::connect).
    ///
    /// # Examples
    ///
    /// See [`pair`](Self::pair).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().peer_addr()
    }

    /// Closes one direction of a connected socket, or both, at once and without waiting.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, such as [`NotConnected`](io::ErrorKind::NotConnected).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Shutdown;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, other) = heist::net::UnixDatagram::pair()?;
    /// one.shutdown(Shutdown::Both)?;
    /// assert!(other.send(b"hello").await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown(&self, how: Shutdown) -> io::Result<()> {
        self.io.get_ref().shutdown(how)
    }

    fn io(&self) -> &AsyncFd<std::os::unix::net::UnixDatagram> {
        &self.io
    }
}

/// Receives into the free part of `buf`. Uses std, which alone can construct its address type from
/// any name; the room is therefore filled with zeros first, unlike elsewhere.
fn recv_buf_from(
    socket: &std::os::unix::net::UnixDatagram,
    buf: &mut impl BufMut,
) -> io::Result<(usize, SocketAddr)> {
    // SAFETY: only initialised bytes are written to it.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    room.fill(MaybeUninit::new(0));
    // SAFETY: all of it has just been initialised.
    let room = unsafe { slice::from_raw_parts_mut(room.as_mut_ptr().cast(), room.len()) };
    let (count, sender) = socket.recv_from(room)?;
    // SAFETY: the whole room is initialised, and so are its first `count` bytes.
    unsafe { buf.advance_mut(count) };
    Ok((count, sender))
}

datagram_methods!(UnixDatagram);

ready_methods!(UnixDatagram, UnixDatagram::io);
