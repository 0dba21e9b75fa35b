//! What can be served: anything that accepts connections.

use std::fmt::Debug;
use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use crate::{TcpListener, TcpStream};

/// Something that accepts connections: a [`TcpListener`], a
#[cfg_attr(unix, doc = "[`UnixListener`](crate::UnixListener),")]
#[cfg_attr(not(unix), doc = "Unix listener,")]
/// or a wrapper of yours.
///
/// # Examples
///
/// A listener that sets an option on each connection:
///
/// ```
/// use heist::net::serve::{Listener, serve};
/// use heist::net::{TcpListener, TcpStream};
/// use std::io;
/// use std::net::SocketAddr;
/// use std::task::{Context, Poll, ready};
///
/// struct NoDelay(TcpListener);
///
/// impl Listener for NoDelay {
///     type Stream = TcpStream;
///     type Addr = SocketAddr;
///
///     fn poll_accept(
///         &mut self,
///         cx: &mut Context<'_>,
///     ) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
///         let (stream, peer) = ready!(self.0.poll_accept(cx))?;
///         stream.set_nodelay(true)?;
///         Poll::Ready(Ok((stream, peer)))
///     }
/// }
///
/// # #[heist::main]
/// # async fn main() -> io::Result<()> {
/// let listener = NoDelay(TcpListener::bind("127.0.0.1:0").await?);
/// let report = serve(listener, |_stream, _peer| async {})
///     .until(async {})
///     .await?;
/// assert_eq!(report.accepted, 0);
/// # Ok(())
/// # }
/// ```
pub trait Listener {
    /// A connection.
    type Stream;

    /// Its peer's address, for the reports.
    type Addr: Clone + Debug;

    /// Accepts the next connection, or arranges for the task to be woken when there is one.
    ///
    /// # Errors
    ///
    /// The server survives the system's errors of `accept`: those of one connection (it was
    /// aborted), and, after a pause, temporary ones (no descriptors left). Other errors end it. A
    /// wrapper must therefore not return errors that concern a single connection.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::TcpListener;
    /// use heist::net::serve::Listener;
    /// use std::task::{Context, Waker};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut listener = TcpListener::bind("127.0.0.1:0").await?;
    /// let mut cx = Context::from_waker(Waker::noop());
    /// assert!(Listener::poll_accept(&mut listener, &mut cx).is_pending());
    /// # Ok(())
    /// # }
    /// ```
    fn poll_accept(&mut self, cx: &mut Context<'_>)
    -> Poll<io::Result<(Self::Stream, Self::Addr)>>;
}

impl Listener for TcpListener {
    type Stream = TcpStream;
    type Addr = SocketAddr;

    fn poll_accept(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<(TcpStream, SocketAddr)>> {
        TcpListener::poll_accept(self, cx)
    }
}

#[cfg(unix)]
impl Listener for crate::UnixListener {
    type Stream = crate::UnixStream;
    type Addr = crate::unix::SocketAddr;

    fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(crate::UnixStream, crate::unix::SocketAddr)>> {
        crate::UnixListener::poll_accept(self, cx)
    }
}
