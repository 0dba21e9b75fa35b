//! `HeistConnector`: TCP connections for the client of hyper-util.

use std::fmt;
use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::client::legacy::connect::{Connected, Connection};
use tower_service::Service;

use crate::TcpStream;

/// Opens heist's TCP connections for the client of hyper-util, and for connectors that wrap
/// another, such as hyper-rustls'.
///
/// Names are resolved, and of several addresses the first that answers is used, as in
/// [`TcpStream::connect`]. The port defaults to that of the URI's scheme.
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for a URI without a host, or without a port and
/// with a scheme that is neither `http` nor `https`; otherwise the errors of
/// [`TcpStream::connect`].
///
/// # Examples
///
/// ```
/// use heist::hyper::{HeistConnector, HeistExecutor, HeistTimer};
/// use hyper_util::client::legacy::Client;
///
/// # type Body = String;
/// let client: Client<_, Body> = Client::builder(HeistExecutor::new())
///     .pool_timer(HeistTimer::new())
///     .build(HeistConnector::new());
/// ```
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub struct HeistConnector;

impl HeistConnector {
    /// Creates a connector for the runtime that the client is used on.
    pub fn new() -> Self {
        Self
    }
}

/// The future of a connection that [`HeistConnector`] opens.
pub struct ConnectFuture(Pin<Box<dyn Future<Output = io::Result<TcpStream>> + Send>>);

impl Service<Uri> for HeistConnector {
    type Response = TcpStream;
    type Error = io::Error;
    type Future = ConnectFuture;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> ConnectFuture {
        ConnectFuture(Box::pin(async move {
            let stream = TcpStream::connect(address(&uri)?).await?;
            // hyper writes each request as a whole: Nagle's algorithm would only delay it.
            stream.set_nodelay(true)?;
            Ok(stream)
        }))
    }
}

fn address(uri: &Uri) -> io::Result<String> {
    let wrong = |what| {
        let message = format!("{what} in the URI {uri}");
        io::Error::new(io::ErrorKind::InvalidInput, message)
    };
    let host = uri.host().ok_or_else(|| wrong("there is no host"))?;
    let port = match (uri.port_u16(), uri.scheme_str()) {
        (Some(port), _) => port,
        (None, Some("http") | None) => 80,
        (None, Some("https")) => 443,
        (None, Some(_)) => return Err(wrong("there is no port, and the scheme is not HTTP's,")),
    };
    Ok(format!("{host}:{port}"))
}

impl Future for ConnectFuture {
    type Output = io::Result<TcpStream>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        self.0.as_mut().poll(cx)
    }
}

impl fmt::Debug for ConnectFuture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectFuture").finish_non_exhaustive()
    }
}

impl Connection for TcpStream {
    fn connected(&self) -> Connected {
        Connected::new()
    }
}
