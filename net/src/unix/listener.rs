//! `UnixListener`: binds a path and accepts its connections.

use std::fmt;
use std::io;
use std::path::Path;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use heist_runtime::io::{AsyncFd, Direction, Interest, Kind, NamedError};
use socket2::{Domain, Socket, Type};

use crate::platform::{BACKLOG, accept_unix, open};
use crate::unix::addr::Name;
use crate::unix::{SocketAddr, UnixStream};

/// A Unix socket that accepts connections.
///
/// Dropping it closes the socket, but leaves its path. std, tokio and the system's `close` do the
/// same, as only the program can know whether another process has bound the path meanwhile. A
/// server should remove the path when it ends, and one that starts after a crash should remove a
/// stale one (the error of [`bind`](Self::bind) says whether it is stale).
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{UnixListener, UnixStream};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let path = std::env::temp_dir().join(format!("heist-listener-{}", std::process::id()));
/// let listener = UnixListener::bind(&path)?;
/// heist::spawn(async move {
///     loop {
///         let (mut stream, _peer) = listener.accept().await?;
///         heist::spawn(async move { stream.write_all(b"hello").await });
///     }
///     # #[allow(unreachable_code)]
///     std::io::Result::Ok(())
/// });
///
/// let mut greeting = String::new();
/// UnixStream::connect(&path).await?.read_to_string(&mut greeting).await?;
/// assert_eq!(greeting, "hello");
/// std::fs::remove_file(path)
/// # }
/// ```
pub struct UnixListener {
    pub(crate) io: AsyncFd<std::os::unix::net::UnixListener>,
}

impl UnixListener {
    /// Listens on a new socket at `path`.
    ///
    /// # Errors
    ///
    /// The error names the path and why it cannot be bound. If the path exists
    /// ([`AddrInUse`](io::ErrorKind::AddrInUse)), it says whether a process has that socket open or
    /// it is left over from one that is gone. Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixListener;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-bind-{}", std::process::id()));
    /// drop(UnixListener::bind(&path)?);
    ///
    /// let error = UnixListener::bind(&path).unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    /// assert!(error.to_string().contains("left over"));
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
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
    /// See [`UnixStream::connect_addr`].
    pub fn bind_addr(addr: &SocketAddr) -> io::Result<Self> {
        Self::bind_name(addr.into())
    }

    fn bind_name(name: Name<'_>) -> io::Result<Self> {
        let socket = open(Domain::UNIX, Type::STREAM, None)?;
        name.bind(&socket)?;
        Self::listen(socket, BACKLOG)
    }

    /// Makes a listener of a bound socket.
    pub(super) fn listen(socket: Socket, backlog: u32) -> io::Result<Self> {
        let listening = socket.listen(backlog.try_into().unwrap_or(i32::MAX));
        listening.map_err(|error| NamedError::about("listen on a unix socket", error))?;
        Self::from_nonblocking(socket.into())
    }

    /// Waits for the next connection and returns it with its peer's address, which is usually
    /// unnamed.
    ///
    /// Any number of tasks may accept from one listener; each connection goes to one of them.
    ///
    /// # Errors
    ///
    /// The same as those of [`TcpListener::accept`](crate::TcpListener::accept): the listener stays
    /// usable.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no connection is lost when the future is dropped.
    pub async fn accept(&self) -> io::Result<(UnixStream, SocketAddr)> {
        self.admit(self.io.async_io(Interest::READABLE, accept_unix).await?)
    }

    /// The polling form of [`accept`](Self::accept), for hand-written futures.
    ///
    /// Only the task that polled last is woken. Use [`accept`](Self::accept) to accept in several
    /// tasks.
    ///
    /// # Errors
    ///
    /// The same as those of [`accept`](Self::accept).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixListener, UnixStream};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-poll-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let client = UnixStream::connect(&path).await?;
    /// let (_stream, peer) = poll_fn(|cx| listener.poll_accept(cx)).await?;
    /// assert!(peer.is_unnamed());
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(UnixStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_io(Direction::Read, cx, accept_unix))?;
        Poll::Ready(self.admit(accepted))
    }

    fn admit(
        &self,
        (socket, peer): (std::os::unix::net::UnixStream, SocketAddr),
    ) -> io::Result<(UnixStream, SocketAddr)> {
        Ok((UnixStream::from_nonblocking(socket, self.io.kind())?, peer))
    }

    /// Returns the connections as an endless stream.
    ///
    /// `next` and the other methods of streams are in crates such as `futures`. Without one, call
    /// [`accept`](Self::accept) in a loop.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no connection is lost between two items.
    pub fn incoming(&self) -> Incoming<'_> {
        Incoming { listener: self }
    }

    /// Returns the address it listens on.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockname` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-local-{}", std::process::id()));
    /// let listener = heist::net::UnixListener::bind(&path)?;
    /// assert_eq!(listener.local_addr()?.as_pathname(), Some(&*path));
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
    }

    /// Takes the socket's pending error (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-error-{}", std::process::id()));
    /// let listener = heist::net::UnixListener::bind(&path)?;
    /// assert!(listener.take_error()?.is_none());
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.get_ref().take_error()
    }

    /// Takes over a listening socket from std, and sets it to non-blocking mode.
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
    /// # let path = std::env::temp_dir().join(format!("heist-std-{}", std::process::id()));
    /// let bound_before = std::os::unix::net::UnixListener::bind(&path)?;
    /// let listener = heist::net::UnixListener::from_std(bound_before)?;
    /// # drop(listener);
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn from_std(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
        Self::from_nonblocking(listener)
    }

    fn from_nonblocking(listener: std::os::unix::net::UnixListener) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new_of_kind(listener, Kind::Unknown)?,
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
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-into-{}", std::process::id()));
    /// let listener = heist::net::UnixListener::bind(&path)?;
    /// let listener: std::os::unix::net::UnixListener = listener.into_std()?;
    /// listener.set_nonblocking(false)?;
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixListener> {
        Ok(self.io.into_inner())
    }
}

impl fmt::Debug for UnixListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.get_ref().fmt(f)
    }
}

/// The connections of a listener, from [`UnixListener::incoming`].
#[derive(Debug)]
pub struct Incoming<'a> {
    listener: &'a UnixListener,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<UnixStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let accepted = ready!(self.listener.poll_accept(cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}
