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

/// Opens heist's TCP connections for the client of hyper-util, and for what wraps a connector, such
/// as hyper-rustls.
///
/// Names are resolved, and of several addresses the one is taken that answers first, as
/// [`TcpStream::connect`] does it. Without a port in the URI it is the scheme's.
///
/// # Errors
///
/// [`InvalidInput`](io::ErrorKind::InvalidInput) for a URI without host, or with a scheme that is
/// neither `http` nor `https`; else those of [`TcpStream::connect`].
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
    /// A connector for the runtime that the client is used on.
    pub fn new() -> Self {
        Self
    }
}

/// A connection that [`HeistConnector`] opens.
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
            // A request is written whole: waiting for more would only hold it up.
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
        (None, Some(_)) => return Err(wrong("there is a scheme that is not HTTP's, and no port,")),
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
