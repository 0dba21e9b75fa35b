//! `TcpSocket`: a socket to be set up, not yet connected or listening. Its options are in
//! `options`.

use std::fmt;
use std::io;
use std::net::SocketAddr;

use heist_runtime::io::{AsyncFd, Kind, NamedError};
use socket2::{Domain, Protocol, Socket, Type};

use crate::platform::open;
use crate::tcp::{TcpListener, TcpStream, connect};

/// A TCP socket that is set up before it connects or listens.
///
/// [`TcpStream::connect`] and [`TcpListener::bind`] do for most purposes.
///
/// # Examples
///
/// ```
/// use heist::net::TcpSocket;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let socket = TcpSocket::new_v4()?;
/// socket.set_reuseaddr(true)?;
/// socket.bind("127.0.0.1:0".parse().unwrap())?;
/// let listener = socket.listen(1024)?;
///
/// let socket = TcpSocket::new_v4()?;
/// socket.set_recv_buffer_size(1 << 20)?;
/// let stream = socket.connect(listener.local_addr()?).await?;
/// # Ok(())
/// # }
/// ```
pub struct TcpSocket {
    pub(crate) socket: Socket,
}

impl TcpSocket {
    /// Creates a new socket for IPv4.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socket` reports, such as too many open files.
    pub fn new_v4() -> io::Result<Self> {
        Self::new(Domain::IPV4)
    }

    /// Creates a new socket for IPv6.
    ///
    /// # Errors
    ///
    /// Whatever the system's `socket` reports, such as too many open files.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::TcpSocket::new_v6()?;
    /// if let Err(error) = socket.bind("[::1]:0".parse().unwrap()) {
    ///     eprintln!("no IPv6 here: {error}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn new_v6() -> io::Result<Self> {
        Self::new(Domain::IPV6)
    }

    fn new(domain: Domain) -> io::Result<Self> {
        let socket = open(domain, Type::STREAM, Some(Protocol::TCP))?;
        Ok(Self { socket })
    }

    /// Creates a socket for a listener, bound to `addr`.
    pub(super) fn bound_to(addr: SocketAddr) -> io::Result<Self> {
        let socket = Self::new(Domain::for_address(addr))?;
        // As std does: a restarted server must not wait for its old connections to time out. On
        // Windows the option has another meaning: it lets two servers share the port.
        #[cfg(not(windows))]
        socket.set_reuseaddr(true)?;
        socket.socket.bind(&addr.into())?;
        Ok(socket)
    }

    /// Takes over a socket from std, which need not be connected, and sets it to non-blocking mode.
    ///
    /// Use it to set an option that is missing here, by another package such as `socket2`.
    ///
    /// # Errors
    ///
    /// Whatever the system's `fcntl` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpSocket;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None)?;
    /// let socket = TcpSocket::from_std_stream(socket.into())?;
    /// let stream = socket.connect(listener.local_addr()?).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std_stream(stream: std::net::TcpStream) -> io::Result<Self> {
        stream.set_nonblocking(true)?;
        Ok(Self {
            socket: stream.into(),
        })
    }

    /// Reads whether the socket may bind an address that old connections still use
    /// (`SO_REUSEADDR`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`set_reuseaddr`](Self::set_reuseaddr).
    pub fn reuseaddr(&self) -> io::Result<bool> {
        self.socket.reuse_address()
    }

    /// Sets whether the socket may bind an address that old connections still use (`SO_REUSEADDR`).
    /// [`TcpListener::bind`] enables this, except on Windows, where it means something else.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let socket = heist::net::TcpSocket::new_v4()?;
    /// socket.set_reuseaddr(true)?;
    /// assert!(socket.reuseaddr()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_reuseaddr(&self, reuse: bool) -> io::Result<()> {
        self.socket.set_reuse_address(reuse)
    }

    /// Reads whether several sockets may listen on one address (`SO_REUSEPORT`).
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
    /// let socket = heist::net::TcpSocket::new_v4()?;
    /// assert!(!socket.reuseport()?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// See [`set_reuseport`](Self::set_reuseport).
    #[cfg(all(unix, not(target_os = "solaris"), not(target_os = "illumos")))]
    pub fn reuseport(&self) -> io::Result<bool> {
        self.socket.reuse_port()
    }

    /// Sets whether several sockets, all with this option, may listen on one address
    /// (`SO_REUSEPORT`). Linux spreads the connections over them.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports.
    ///
    /// # Examples
    ///
    /// A group of two listeners on one port, as for two processes, or for one that takes over from
    /// another without losing a connection:
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpSocket};
    /// use std::net::SocketAddr;
    ///
    /// fn listen(address: SocketAddr) -> std::io::Result<TcpListener> {
    ///     let socket = TcpSocket::new_v4()?;
    ///     socket.set_reuseport(true)?;
    ///     socket.bind(address)?;
    ///     socket.listen(1024)
    /// }
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let first = listen("127.0.0.1:0".parse().unwrap())?;
    /// let second = listen(first.local_addr()?)?;
    /// assert_eq!(first.local_addr()?, second.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(all(unix, not(target_os = "solaris"), not(target_os = "illumos")))]
    pub fn set_reuseport(&self, reuse: bool) -> io::Result<()> {
        self.socket.set_reuse_port(reuse)
    }

    /// Binds the socket to an address of this machine; with port 0 the system chooses a free one.
    ///
    /// # Errors
    ///
    /// The error names the address and why it cannot be bound: it is in use, not local, or needs
    /// privileges.
    pub fn bind(&self, addr: SocketAddr) -> io::Result<()> {
        self.socket
            .bind(&addr.into())
            .map_err(|error| NamedError::about(format!("bind {addr}"), error))
    }

    /// Returns the address it is bound to.
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
    /// let socket = heist::net::TcpSocket::new_v4()?;
    /// socket.bind("127.0.0.1:0".parse().unwrap())?;
    /// assert_ne!(socket.local_addr()?.port(), 0);
    /// # Ok(())
    /// # }
    /// ```
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        let addr = self.socket.local_addr()?;
        addr.as_socket().ok_or_else(|| {
            let message = "the address is not one of the internet families";
            io::Error::new(io::ErrorKind::InvalidData, message)
        })
    }

    /// Connects the socket to `addr`.
    ///
    /// # Errors
    ///
    /// The same as those of [`TcpStream::connect`].
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: dropping the future closes the socket.
    pub async fn connect(self, addr: SocketAddr) -> io::Result<TcpStream> {
        connect::connect_socket(self.socket, addr).await
    }

    /// Listens for connections. At most about `backlog` may wait to be accepted; the system may
    /// lower that (on Linux to `net.core.somaxconn`).
    ///
    /// # Errors
    ///
    /// Whatever the system's `listen` reports, for example that the address is in use. Fails
    /// outside a runtime.
    pub fn listen(self, backlog: u32) -> io::Result<TcpListener> {
        self.socket.listen(backlog.try_into().unwrap_or(i32::MAX))?;
        Ok(TcpListener {
            io: AsyncFd::new_of_kind(self.socket.into(), Kind::Unknown)?,
        })
    }
}

impl fmt::Debug for TcpSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.socket.fmt(f)
    }
}
