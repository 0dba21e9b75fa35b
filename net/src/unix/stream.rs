//! `UnixStream`: one connection, and how it is opened, closed and split. Reading and writing are
//! shared with all byte streams (`crate::stream`).

use std::fmt;
use std::io;
use std::net::Shutdown;
use std::path::Path;

use heist_runtime::io::{AsyncFd, Kind, NamedError};
use socket2::{Domain, Socket, Type};

use crate::platform::{open, pair};
use crate::stream::read::{peek_methods, read_methods};
use crate::stream::ready::ready_methods;
use crate::stream::sealed::{ReadSide, WriteSide};
use crate::stream::write::write_methods;
use crate::stream::{self, ByteStream};
use crate::unix::addr::Name;
use crate::unix::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, SocketAddr, WriteHalf, retry};

/// A connection over a Unix socket.
///
/// It is read and written through `AsyncRead` and `AsyncWrite` (with `heist::io::AsyncReadExt` and
/// `AsyncWriteExt` in scope), which are implemented for `&UnixStream` too. Any number of tasks may
/// wait to read and to write, through these traits as well as by the methods that take `&self`,
/// such as [`read`](Self::read).
///
/// Dropping the stream closes the connection; the peer can still read what was written.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::UnixStream;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let (mut one, mut other) = UnixStream::pair()?;
/// one.write_all(b"hello").await?;
/// one.close().await?;
///
/// let mut text = String::new();
/// other.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// # Ok(())
/// # }
/// ```
pub struct UnixStream {
    pub(crate) io: AsyncFd<std::os::unix::net::UnixStream>,
}

impl UnixStream {
    /// Opens a connection to the socket at `path`.
    ///
    /// If the listener's backlog is full, this waits. No event reports that the backlog has room
    /// again, so it retries after pauses of 1 to 50 ms. (Other runtimes return an error here, and
    /// leave this to the caller.)
    ///
    /// # Errors
    ///
    /// The error names the path and keeps the kind of the system's error:
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused) if no process listens there,
    /// [`NotFound`](io::ErrorKind::NotFound) if there is no such path. Fails outside a runtime.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: dropping the future closes the socket.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{UnixListener, UnixStream};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-connect-{}", std::process::id()));
    /// let listener = UnixListener::bind(&path)?;
    /// let stream = UnixStream::connect(&path).await?;
    /// assert_eq!(stream.peer_addr()?.as_pathname(), Some(&*path));
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub async fn connect<P: AsRef<Path>>(path: P) -> io::Result<Self> {
        Self::connect_name(path.as_ref().into()).await
    }

    /// Like [`connect`](Self::connect), but with any address: on Linux also an abstract name.
    ///
    /// # Errors
    ///
    /// The same as those of [`connect`](Self::connect).
    ///
    /// # Cancellation safety
    ///
    /// As [`connect`](Self::connect).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")]
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// use heist::net::{UnixListener, UnixStream, unix::SocketAddr};
    /// use std::os::linux::net::SocketAddrExt;
    ///
    /// let name = format!("heist-example-{}", std::process::id());
    /// let address = SocketAddr::from_abstract_name(name)?;
    /// let listener = UnixListener::bind_addr(&address)?;
    /// let stream = UnixStream::connect_addr(&address).await?;
    /// # Ok(())
    /// # }
    /// # #[cfg(not(target_os = "linux"))]
    /// # fn main() {}
    /// ```
    pub async fn connect_addr(addr: &SocketAddr) -> io::Result<Self> {
        Self::connect_name(addr.into()).await
    }

    async fn connect_name(name: Name<'_>) -> io::Result<Self> {
        Self::connect_socket(open(Domain::UNIX, Type::STREAM, None)?, name).await
    }

    pub(super) async fn connect_socket(socket: Socket, name: Name<'_>) -> io::Result<Self> {
        let connect = async {
            let to = name.to_system()?;
            retry::while_full(|| Ok(rustix::net::connect(&socket, &to)?)).await?;
            Self::from_nonblocking(socket.into(), Kind::UnixStream)
        };
        let connected = connect.await;
        connected.map_err(|error| NamedError::about(format!("connect to {name}"), error))
    }

    /// Creates two streams that are connected to each other.
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
    /// let (one, other) = heist::net::UnixStream::pair()?;
    /// assert!(one.local_addr()?.is_unnamed() && one.peer_addr()?.is_unnamed());
    /// one.write(b"hello").await?;
    /// assert_eq!(other.read(&mut [0; 64]).await?, 5);
    /// assert!(other.take_error()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn pair() -> io::Result<(Self, Self)> {
        let (one, other) = pair(Type::STREAM)?;
        let one = Self::from_nonblocking(one.into(), Kind::UnixStream)?;
        Ok((one, Self::from_nonblocking(other.into(), Kind::UnixStream)?))
    }

    /// Takes over a connection from std, and sets it to non-blocking mode.
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
    /// let (one, _other) = std::os::unix::net::UnixStream::pair()?;
    /// let one = heist::net::UnixStream::from_std(one)?;
    /// let one: std::os::unix::net::UnixStream = one.into_std()?;
    /// one.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(stream: std::os::unix::net::UnixStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::from_nonblocking(stream, Kind::Unknown)
    }

    pub(super) fn from_nonblocking(
        stream: std::os::unix::net::UnixStream,
        kind: Kind,
    ) -> io::Result<Self> {
        Ok(Self {
            io: AsyncFd::new_of_kind(stream, kind)?,
        })
    }

    /// Converts the connection back into std's. It stays in non-blocking mode.
    ///
    /// # Errors
    ///
    /// None today; the result leaves room for platforms where the socket cannot be given back.
    ///
    /// # Examples
    ///
    /// See [`from_std`](Self::from_std).
    pub fn into_std(self) -> io::Result<std::os::unix::net::UnixStream> {
        Ok(self.io.into_inner())
    }

    /// Returns the address of this end: unnamed, unless the connection was accepted.
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

    /// Returns the address of the other end: for the connecting side, the listener's.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getpeername` reports.
    ///
    /// # Examples
    ///
    /// See [`pair`](Self::pair).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().peer_addr()
    }

    /// Takes the socket's pending error (`SO_ERROR`), if there is one.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`pair`](Self::pair).
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.get_ref().take_error()
    }

    /// Closes one direction of the connection, or both, at once and without waiting.
    ///
    /// After [`Shutdown::Write`] the peer reads the end of the stream, once it has read all written
    /// bytes, and may still send. `AsyncWriteExt::close` does the same.
    ///
    /// This is std's `shutdown`. That name is left to the traits: `shutdown().await` of
    /// [`heist::io::AsyncWriteExt`](https://docs.rs/heist/latest/heist/io/trait.AsyncWriteExt.html)
    /// and of tokio's trait.
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
    /// let (one, other) = heist::net::UnixStream::pair()?;
    /// one.shutdown_std(Shutdown::Write)?;
    /// assert_eq!(other.read(&mut [0; 64]).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_std(&self, how: Shutdown) -> io::Result<()> {
        self.io.get_ref().shutdown(how)
    }

    /// Splits the stream into halves that borrow it, for reading and writing at the same time
    /// within one task.
    ///
    /// This costs nothing. For two tasks, see [`into_split`](Self::into_split).
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (mut one, _other) = heist::net::UnixStream::pair()?;
    /// let (reader, writer) = one.split();
    /// # let _ = (reader, writer);
    /// # Ok(())
    /// # }
    /// ```
    pub fn split(&mut self) -> (ReadHalf<'_>, WriteHalf<'_>) {
        stream::split(self)
    }

    /// Splits the stream into owned halves, which may go to two tasks.
    ///
    /// This costs one allocation; [`split`](Self::split) costs none. Dropping the writing half
    /// closes that direction, and the connection closes with the second half.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let (one, mut other) = heist::net::UnixStream::pair()?;
    /// let (_reader, mut writer) = one.into_split();
    /// heist::spawn(async move { writer.write_all(b"all of it").await });
    ///
    /// let mut text = String::new();
    /// other.read_to_string(&mut text).await?;
    /// assert_eq!(text, "all of it");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        stream::into_split(self)
    }
}

impl fmt::Debug for UnixStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.get_ref().fmt(f)
    }
}

impl ReadSide for UnixStream {
    type Io = std::os::unix::net::UnixStream;

    fn read_io(&self) -> &AsyncFd<Self::Io> {
        &self.io
    }
}

impl WriteSide for UnixStream {
    type Io = std::os::unix::net::UnixStream;

    fn write_io(&self) -> &AsyncFd<Self::Io> {
        &self.io
    }

    fn close_write(&self) -> io::Result<()> {
        stream::shutdown_write(self)
    }
}

impl ByteStream for UnixStream {
    type Addr = SocketAddr;

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.local_addr()
    }

    fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.peer_addr()
    }

    fn shutdown_std(&self, how: Shutdown) -> io::Result<()> {
        self.shutdown_std(how)
    }
}

read_methods!([] UnixStream);
peek_methods!([] UnixStream);

write_methods!([] UnixStream);

ready_methods!(UnixStream, ReadSide::read_io);
