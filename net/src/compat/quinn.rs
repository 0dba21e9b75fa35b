//! What quinn 0.11 requires of a runtime: sockets, timers, tasks. QUIC then runs on heist.
//!
//! The sockets send and receive many datagrams at a time, as a [`BatchSocket`] does.
//!
//! # Examples
//!
//! ```
//! use heist::quinn::HeistRuntime;
//! use quinn::{Endpoint, EndpointConfig, ServerConfig};
//! use std::io;
//! use std::net::{SocketAddr, UdpSocket};
//! use std::sync::Arc;
//!
//! /// What `Endpoint::server` is on the runtimes that quinn supports itself.
//! fn server(
//!     address: SocketAddr,
//!     endpoint: EndpointConfig,
//!     server: ServerConfig,
//! ) -> io::Result<Endpoint> {
//!     let socket = UdpSocket::bind(address)?;
//!     Endpoint::new(endpoint, Some(server), socket, Arc::new(HeistRuntime::new()))
//! }
//! ```

use std::fmt;
use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::{self, SocketAddr};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Instant;

use heist_runtime::time;
use pin_project_lite::pin_project;
use quinn::{AsyncTimer, AsyncUdpSocket, Runtime, UdpPoller};

use crate::UdpSocket;
use crate::udp::batch::{BatchSocket, RecvMeta, Transmit};

/// Runs quinn's endpoints and connections on the current runtime.
///
/// # Panics
///
/// Endpoints panic if they open a connection outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::quinn::HeistRuntime;
/// use quinn::Runtime;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let socket = std::net::UdpSocket::bind("127.0.0.1:0")?;
/// // As quinn's `Endpoint::new` does:
/// let socket = HeistRuntime::new().wrap_udp_socket(socket)?;
/// assert_ne!(socket.local_addr()?.port(), 0);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub struct HeistRuntime;

impl HeistRuntime {
    /// Creates the handle that quinn takes, for the runtime that quinn is called on.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::Arc;
    ///
    /// // What quinn's `Endpoint::new` takes.
    /// let runtime: Arc<dyn quinn::Runtime> = Arc::new(heist::quinn::HeistRuntime::new());
    /// ```
    pub fn new() -> Self {
        Self
    }
}

impl Runtime for HeistRuntime {
    fn new_timer(&self, deadline: Instant) -> Pin<Box<dyn AsyncTimer>> {
        Box::pin(Timer {
            sleep: time::sleep_until(deadline.into()),
        })
    }

    fn spawn(&self, future: Pin<Box<dyn Future<Output = ()> + Send>>) {
        heist_runtime::spawn(future);
    }

    fn wrap_udp_socket(&self, socket: net::UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let socket = BatchSocket::new(UdpSocket::from_std(socket)?)?;
        Ok(Arc::new(Socket(socket)))
    }

    fn now(&self) -> Instant {
        time::Instant::now().into_std()
    }
}

pin_project! {
    #[derive(Debug)]
    struct Timer {
        #[pin]
        sleep: time::Sleep,
    }
}

impl AsyncTimer for Timer {
    fn reset(self: Pin<&mut Self>, deadline: Instant) {
        self.project().sleep.reset(deadline.into());
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().sleep.poll(cx)
    }
}

#[derive(Debug)]
struct Socket(BatchSocket);

impl AsyncUdpSocket for Socket {
    fn create_io_poller(self: Arc<Self>) -> Pin<Box<dyn UdpPoller>> {
        Box::pin(Room {
            socket: self,
            waiting: None,
        })
    }

    fn try_send(&self, transmit: &Transmit<'_>) -> io::Result<()> {
        self.0.try_send_or_lose(transmit)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        loop {
            match ready!(self.0.poll_recv(cx, bufs, meta)) {
                Err(error) if is_about_one_peer(&error) => {}
                result => return Poll::Ready(result),
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.get_ref().local_addr()
    }

    fn max_transmit_segments(&self) -> usize {
        self.0.max_gso_segments()
    }

    fn max_receive_segments(&self) -> usize {
        self.0.gro_segments()
    }

    fn may_fragment(&self) -> bool {
        self.0.may_fragment()
    }
}

/// Whether the error reports an ICMP message about a datagram sent earlier. Anybody can forge
/// those, and such an error would end the endpoint with all its connections.
fn is_about_one_peer(error: &io::Error) -> bool {
    use io::ErrorKind::*;
    matches!(
        error.kind(),
        ConnectionRefused | ConnectionReset | HostUnreachable | NetworkUnreachable
    )
}

/// Waits for room to send, on behalf of one of the connections of a socket.
struct Room {
    socket: Arc<Socket>,
    /// The wait in progress. It keeps this connection's place among the waiters.
    waiting: Option<Pin<Box<dyn Future<Output = io::Result<()>> + Send + Sync>>>,
}

impl UdpPoller for Room {
    fn poll_writable(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = &mut *self;
        let waiting = this.waiting.get_or_insert_with(|| {
            let socket = this.socket.clone();
            Box::pin(async move { socket.0.get_ref().writable().await })
        });
        let result = ready!(waiting.as_mut().poll(cx));
        this.waiting = None;
        Poll::Ready(result)
    }
}

impl fmt::Debug for Room {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Room")
            .field("socket", &self.socket)
            .finish_non_exhaustive()
    }
}
