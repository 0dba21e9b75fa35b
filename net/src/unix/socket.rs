//! `UnixSocket`: a socket that is not connected and does not listen yet.

use std::fmt;
use std::io;
use std::path::Path;

use socket2::{Domain, Socket, Type};

use crate::platform::open;
use crate::unix::addr::Name;
use crate::unix::{SocketAddr, UnixDatagram, UnixListener, UnixStream};

/// A Unix socket that is set up before it connects, listens or exchanges datagrams.
///
/// It gives a client an address of its own, and a listener a backlog. For most purposes
/// [`UnixStream::connect`], [`UnixListener::bind`] and [`UnixDatagram::bind`] suffice.
///
/// # Examples
///
/// ```
/// use heist::net::UnixSocket;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let dir = std::env::temp_dir().join(format!("heist-socket-{}", std::process::id()));
/// # std::fs::create_dir(&dir)?;
/// let server = UnixSocket::new_stream()?;
/// server.bind(dir.join("server"))?;
/// let listener = server.listen(1024)?;
///
/// let client = UnixSocket::new_stream()?;
/// client.bind(dir.join("client"))?;
/// let stream = client.connect(dir.join("server")).await?;
///
/// let (_, peer) = listener.accept().await?;
/// assert_eq!(peer.as_pathname(), Some(&*dir.join("client")));
/// # std::fs::remove_dir_all(dir)
/// # }
/// ```
pub struct UnixSocket {
    pub(crate) socket: Socket,
    kind: Type,
}

impl UnixSocket {
    /// Creates a socket for connections.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socket` reports, such as too many open files.
    pub fn new_stream() -> io::Result<Self> {
        Self::new(Type::STREAM)
    }

    /// Creates a socket for datagrams.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socket` reports, such as too many open files.
    ///
    /// # Examples
    ///
    /// See [`datagram`](Self::datagram).
    pub fn new_datagram() -> io::Result<Self> {
        Self::new(Type::DGRAM)
    }

    fn new(kind: Type) -> io::Result<Self> {
        let socket = open(Domain::UNIX, kind, None)?;
        Ok(Self { socket, kind })
    }

    /// Binds the socket to `path`, which must not exist.
    ///
    /// # Errors
    ///
    /// The error names the path and why it cannot be bound, as for [`UnixListener::bind`].
    pub fn bind<P: AsRef<Path>>(&self, path: P) -> io::Result<()> {
        Name::from(path.as_ref()).bind(&self.socket)
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
    /// See [`UnixStream::connect_addr`] for such a name.
    pub fn bind_addr(&self, addr: &SocketAddr) -> io::Result<()> {
        Name::from(addr).bind(&self.socket)
    }

    /// Listens for connections. Up to `backlog` of them may wait to be accepted; the system may
    /// lower that (on Linux to `net.core.somaxconn`).
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a datagram socket, and when no address is
    /// bound. Fails outside a runtime.
    pub fn listen(self, backlog: u32) -> io::Result<UnixListener> {
        self.expect_kind(Type::STREAM, "listen")?;
        UnixListener::listen(self.socket, backlog)
    }

    /// Opens a connection to the socket at `path`.
    ///
    /// # Errors
    ///
    /// The same as those of [`UnixStream::connect`]; [`InvalidInput`](io::ErrorKind::InvalidInput)
    /// for a datagram socket, which [`UnixDatagram::connect`] connects.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: dropping the future closes the socket.
    pub async fn connect<P: AsRef<Path>>(self, path: P) -> io::Result<UnixStream> {
        self.connect_name(path.as_ref().into()).await
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
    /// See [`UnixStream::connect_addr`] for such a name.
    pub async fn connect_addr(self, addr: &SocketAddr) -> io::Result<UnixStream> {
        self.connect_name(addr.into()).await
    }

    async fn connect_name(self, name: Name<'_>) -> io::Result<UnixStream> {
        self.expect_kind(Type::STREAM, "connect")?;
        UnixStream::connect_socket(self.socket, name).await
    }

    /// Converts it into a datagram socket.
    ///
    /// # Errors
    ///
    /// [`InvalidInput`](io::ErrorKind::InvalidInput) for a stream socket. Fails outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::UnixSocket;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let path = std::env::temp_dir().join(format!("heist-dsocket-{}", std::process::id()));
    /// let socket = UnixSocket::new_datagram()?;
    /// socket.bind(&path)?;
    /// let server = socket.datagram()?;
    /// # drop(server);
    /// # std::fs::remove_file(path)
    /// # }
    /// ```
    pub fn datagram(self) -> io::Result<UnixDatagram> {
        self.expect_kind(Type::DGRAM, "exchange datagrams")?;
        UnixDatagram::from_nonblocking(self.socket.into())
    }

    fn expect_kind(&self, expected: Type, what: &str) -> io::Result<()> {
        if self.kind == expected {
            return Ok(());
        }
        let message = match expected {
            Type::DGRAM => format!("a stream socket cannot {what}: it is not a datagram socket"),
            _ => format!("a datagram socket cannot {what}: it is not a stream socket"),
        };
        Err(io::Error::new(io::ErrorKind::InvalidInput, message))
    }
}

impl fmt::Debug for UnixSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}
