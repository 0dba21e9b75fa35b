//! `TcpStream`: one connection, and how it is opened, closed and split. Reading and writing are
//! shared with all byte streams (`crate::stream`); its options are in `options`.

use std::fmt;
use std::io;
use std::net::{Shutdown, SocketAddr};

use heist_runtime::io::{AsyncFd, Kind};

use crate::addr::{self, ToSocketAddrs};
use crate::stream::read::{peek_methods, read_methods};
use crate::stream::ready::ready_methods;
use crate::stream::sealed::{ReadSide, WriteSide};
use crate::stream::write::write_methods;
use crate::stream::{self, ByteStream};
use crate::tcp::connect;
use crate::tcp::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, WriteHalf};

/// A TCP connection.
///
/// It is read and written through `AsyncRead` and `AsyncWrite` (with `heist::io::AsyncReadExt` and
/// `AsyncWriteExt` in scope), which are implemented for `&TcpStream` too. Any number of tasks may
/// wait to read and to write, through these traits as well as by the methods that take `&self`,
/// such as [`read`](Self::read).
///
/// Dropping the stream closes the connection; what was written is still sent. If data that
/// arrived has not been read by then, the peer sees a reset.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::TcpStream;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let address = listener.local_addr()?;
/// # heist::spawn(async move {
/// #     let (mut stream, _) = listener.accept().await?;
/// #     let mut word = [0; 4];
/// #     stream.read_exact(&mut word).await?;
/// #     stream.write_all(&word).await
/// # });
/// let mut stream = TcpStream::connect(address).await?;
/// stream.write_all(b"ping").await?;
///
/// let mut reply = [0; 4];
/// stream.read_exact(&mut reply).await?;
/// assert_eq!(&reply, b"ping");
/// # Ok(())
/// # }
/// ```
pub struct TcpStream {
    pub(crate) io: AsyncFd<std::net::TcpStream>,
}

impl TcpStream {
    /// Opens a connection to `addr`.
    ///
    /// Several addresses, as a name may have, are tried by Happy Eyeballs (RFC 8305): IPv6 and IPv4
    /// alternate, and each attempt starts 250 ms after the one before or as soon as that has
    /// failed. The first to connect wins, and the other attempts are closed. There is no timeout
    /// but the system's, which is minutes long: `heist::time::timeout` sets a shorter one.
    ///
    /// Options that must be set before connecting, such as the address of this end, are those of
    /// [`TcpSocket`](crate::TcpSocket).
    ///
    /// # Errors
    ///
    /// The error contains that of every address (see [`ConnectError`](crate::tcp::ConnectError))
    /// and has the kind of the last, such as
    /// [`ConnectionRefused`](io::ErrorKind::ConnectionRefused). Fails outside a runtime.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: dropping the future closes the sockets of its attempts.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = listener.local_addr()?;
    /// let stream = TcpStream::connect(address).await?;
    /// assert_eq!(stream.peer_addr()?, address);
    /// assert_eq!(stream.local_addr()?, listener.accept().await?.1);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn connect<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        connect::connect_any(addr::resolve(addr).await?).await
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
    /// # let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// # let address = listener.local_addr()?;
    /// let stream = std::net::TcpStream::connect(address)?;
    /// let stream = heist::net::TcpStream::from_std(stream)?;
    /// let stream: std::net::TcpStream = stream.into_std()?;
    /// stream.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(stream: std::net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Self::from_nonblocking(stream, Kind::Unknown)
    }

    pub(super) fn from_nonblocking(stream: std::net::TcpStream, kind: Kind) -> io::Result<Self> {
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
    pub fn into_std(self) -> io::Result<std::net::TcpStream> {
        Ok(self.io.into_inner())
    }

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockname` reports.
    ///
    /// # Examples
    ///
    /// See [`connect`](Self::connect).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.as_std().local_addr()
    }

    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) once the connection was reset.
    ///
    /// # Examples
    ///
    /// See [`connect`](Self::connect).
    pub fn peer_addr(&self) -> io::Result<SocketAddr> {
        self.as_std().peer_addr()
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
    /// Whatever the system reports, such as [`NotConnected`](io::ErrorKind::NotConnected) if the
    /// connection was reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::net::Shutdown;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// client.shutdown_std(Shutdown::Write)?;
    ///
    /// assert_eq!(stream.read(&mut [0; 64]).await?, 0);
    /// stream.write(b"bye").await?;
    /// assert!(client.read(&mut [0; 64]).await? > 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn shutdown_std(&self, how: Shutdown) -> io::Result<()> {
        self.as_std().shutdown(how)
    }

    /// Splits the stream into halves that borrow it, for reading and writing at the same time
    /// within one task.
    ///
    /// This costs nothing. For two tasks, see [`into_split`](Self::into_split).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::{AsyncReadExt, AsyncWriteExt};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let mut client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (mut stream, _) = listener.accept().await?;
    /// // An echo that reads on while it writes.
    /// let echo = async {
    ///     let (reader, mut writer) = stream.split();
    ///     heist::io::copy(reader, &mut writer).await?;
    ///     writer.close().await
    /// };
    /// # let mut reply = String::new();
    /// # client.write_all(b"hello").await?;
    /// # client.close().await?;
    /// # echo.await?;
    /// # client.read_to_string(&mut reply).await?;
    /// # assert_eq!(reply, "hello");
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
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// let (_reader, mut writer) = stream.into_split();
    /// heist::spawn(async move { writer.write_all(b"all of it").await });
    ///
    /// let (mut reader, _writer) = client.into_split();
    /// let mut text = String::new();
    /// reader.read_to_string(&mut text).await?;
    /// assert_eq!(text, "all of it");
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_split(self) -> (OwnedReadHalf, OwnedWriteHalf) {
        stream::into_split(self)
    }

    pub(super) fn as_std(&self) -> &std::net::TcpStream {
        self.io.get_ref()
    }
}

impl fmt::Debug for TcpStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_std().fmt(f)
    }
}

impl ReadSide for TcpStream {
    type Io = std::net::TcpStream;

    fn read_io(&self) -> &AsyncFd<Self::Io> {
        &self.io
    }
}

impl WriteSide for TcpStream {
    type Io = std::net::TcpStream;

    fn write_io(&self) -> &AsyncFd<Self::Io> {
        &self.io
    }

    fn close_write(&self) -> io::Result<()> {
        stream::shutdown_write(self)
    }
}

impl ByteStream for TcpStream {
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

read_methods!([] TcpStream);
peek_methods!([] TcpStream);

write_methods!([] TcpStream);

ready_methods!(TcpStream, ReadSide::read_io);
