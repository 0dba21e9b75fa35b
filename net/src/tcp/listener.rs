//! `TcpListener`: binds an address and accepts its connections.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use heist_runtime::io::{AsyncFd, Direction, Interest, Kind, NamedError};

use crate::addr::{self, ToSocketAddrs};
use crate::platform::{BACKLOG, accept_tcp};
use crate::tcp::{TcpSocket, TcpStream};

/// A TCP socket that accepts connections.
///
/// Dropping it closes the socket; connections that were not accepted are reset.
///
/// # Examples
///
/// One task for each connection:
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream};
///
/// async fn serve(listener: TcpListener) -> std::io::Result<()> {
///     loop {
///         let (mut stream, peer) = listener.accept().await?;
///         heist::spawn(async move {
///             let greeting = format!("hello {peer}\n");
///             stream.write_all(greeting.as_bytes()).await
///         });
///     }
/// }
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let address = listener.local_addr()?;
/// heist::spawn(serve(listener));
///
/// let mut client = TcpStream::connect(address).await?;
/// let mut greeting = String::new();
/// client.read_to_string(&mut greeting).await?;
/// assert_eq!(greeting, format!("hello {}\n", client.local_addr()?));
/// # Ok(())
/// # }
/// ```
pub struct TcpListener {
    pub(crate) io: AsyncFd<std::net::TcpListener>,
}

impl TcpListener {
    /// Listens on `addr`; with port 0 the system chooses a free one, which
    /// [`local_addr`](Self::local_addr) returns.
    ///
    /// Of several addresses the first that can be bound is used. `SO_REUSEADDR` is set, except on
    /// Windows, so that a server can be restarted at once.
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
    /// use heist::net::TcpListener;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let address = listener.local_addr()?;
    ///
    /// let error = TcpListener::bind(address).await.unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::AddrInUse);
    /// assert!(error.to_string().contains(&address.to_string()));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn bind<A: ToSocketAddrs>(addr: A) -> io::Result<Self> {
        let mut failure = None;
        for addr in addr::resolve(addr).await? {
            match TcpSocket::bound_to(addr).and_then(|socket| socket.listen(BACKLOG)) {
                Ok(listener) => return Ok(listener),
                Err(error) => failure = Some(NamedError::about(format!("listen on {addr}"), error)),
            }
        }
        Err(failure.unwrap_or_else(addr::no_address_error))
    }

    /// Waits for the next connection and returns it with its peer's address.
    ///
    /// Any number of tasks may accept from one listener; each connection goes to one of them.
    ///
    /// # Errors
    ///
    /// Most errors concern one connection (the peer gave up) or are temporary (no descriptors left,
    /// `EMFILE`): the listener stays usable, and a server accepts again, after a pause if
    /// descriptors ran out.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no connection is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::{TcpListener, TcpStream};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_stream, peer) = listener.accept().await?;
    /// assert_eq!(peer, client.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn accept(&self) -> io::Result<(TcpStream, SocketAddr)> {
        let accepted = self.io.async_io(Interest::READABLE, accept_tcp).await?;
        self.admit(accepted)
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
    /// use heist::net::{TcpListener, TcpStream};
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let client = TcpStream::connect(listener.local_addr()?).await?;
    /// let (_stream, peer) = poll_fn(|cx| listener.poll_accept(cx)).await?;
    /// assert_eq!(peer, client.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    pub fn poll_accept(&self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        let accepted = ready!(self.io.poll_io(Direction::Read, cx, accept_tcp))?;
        Poll::Ready(self.admit(accepted))
    }

    fn admit(
        &self,
        (socket, peer): (std::net::TcpStream, SocketAddr),
    ) -> io::Result<(TcpStream, SocketAddr)> {
        Ok((TcpStream::from_nonblocking(socket, self.io.kind())?, peer))
    }

    /// Returns the connections as an endless stream; [`peer_addr`](TcpStream::peer_addr) returns
    /// each one's peer.
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
    /// See [`bind`](Self::bind).
    pub fn local_addr(&self) -> io::Result<SocketAddr> {
        self.io.get_ref().local_addr()
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
    /// let bound_before = std::net::TcpListener::bind("127.0.0.1:0")?;
    /// let address = bound_before.local_addr()?;
    /// let listener = heist::net::TcpListener::from_std(bound_before)?;
    /// assert_eq!(listener.local_addr()?, address);
    /// # Ok(())
    /// # }
    /// ```
    pub fn from_std(listener: std::net::TcpListener) -> io::Result<Self> {
        listener.set_nonblocking(true)?;
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
    /// let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// let listener: std::net::TcpListener = listener.into_std()?;
    /// listener.set_nonblocking(false)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn into_std(self) -> io::Result<std::net::TcpListener> {
        Ok(self.io.into_inner())
    }

    /// Returns the time to live (hop limit) of packets from accepted connections.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockopt` reports.
    ///
    /// # Examples
    ///
    /// See [`set_ttl`](Self::set_ttl).
    pub fn ttl(&self) -> io::Result<u32> {
        self.io.get_ref().ttl()
    }

    /// Sets the time to live (hop limit) of packets from accepted connections.
    ///
    /// # Errors
    ///
    /// Whatever the system's `setsockopt` reports, for example for a value out of range.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// listener.set_ttl(7)?;
    /// assert_eq!(listener.ttl()?, 7);
    /// # Ok(())
    /// # }
    /// ```
    pub fn set_ttl(&self, ttl: u32) -> io::Result<()> {
        self.io.get_ref().set_ttl(ttl)
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
    /// let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// assert!(listener.take_error()?.is_none());
    /// # Ok(())
    /// # }
    /// ```
    pub fn take_error(&self) -> io::Result<Option<io::Error>> {
        self.io.get_ref().take_error()
    }
}

impl fmt::Debug for TcpListener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.io.get_ref().fmt(f)
    }
}

/// The connections of a listener, from [`TcpListener::incoming`].
#[derive(Debug)]
pub struct Incoming<'a> {
    listener: &'a TcpListener,
}

impl Stream for Incoming<'_> {
    type Item = io::Result<TcpStream>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let accepted = ready!(self.listener.poll_accept(cx));
        Poll::Ready(Some(accepted.map(|(stream, _)| stream)))
    }
}
