//! `serve`: HTTP/1 and HTTP/2 by the server loop, with graceful shutdown.
//!
//! Each connection has one task. When the drain begins, the server loop cancels a token, and the
//! task calls hyper's `graceful_shutdown`, which closes an idle connection at once and a busy one
//! after its response.

use std::error::Error;
use std::future::Future;
use std::io;
use std::pin::{Pin, pin};

use futures_lite::future::poll_once;
use heist_runtime::task::CancellationToken;
use hyper::body::{Body, Incoming};
use hyper::rt::{Read, Write};
use hyper::service::Service;
use hyper::{Request, Response};
use hyper_util::server::conn::auto;

use crate::compat::hyper::{HeistExecutor, HeistTimer};
use crate::serve::{Listener, Serve};

type BoxError = Box<dyn Error + Send + Sync>;

/// The HTTP settings: hyper-util's builder, on heist.
pub type Builder = auto::Builder<HeistExecutor>;

/// The future of one served connection.
pub type Connection = Pin<Box<dyn Future<Output = Result<(), BoxError>> + Send>>;

/// Returns a builder for HTTP/1 and HTTP/2, whichever the client speaks, with heist's timers for
/// hyper's time limits.
///
/// # Examples
///
/// See [`serve_with`].
pub fn builder() -> Builder {
    let mut builder = Builder::new(HeistExecutor::new());
    builder.http1().timer(HeistTimer::new());
    builder.http2().timer(HeistTimer::new());
    builder
}

/// Serves HTTP/1 and HTTP/2 on heist, upgrades (WebSocket) included, and shuts down gracefully.
///
/// This is [`net::serve`](crate::serve()) with a handler for HTTP: the returned value is set up and
/// awaited in the same way. When the server is asked to stop ([`until`](Serve::until)), idle
/// connections are closed at once, including those that have sent nothing yet and those within a
/// [`handshake`](super::handshake()). A request in progress gets its response, which tells the
/// client that the connection ends (HTTP/2: `GOAWAY`); so do the other requests of the same HTTP/2
/// connection. An upgraded connection belongs to its service from then on. Limit the drain with
/// [`drain`](Serve::drain): an HTTP/2 client that never acknowledges the shutdown keeps its
/// connection open until then.
///
/// The service is cloned for each connection. For a tower service use hyper-util's
/// `TowerToHyperService`; for axum, `heist::axum::serve`.
///
/// # Errors
///
/// The same as those of [`net::serve`](crate::serve()). Connections that fail are counted, and
/// [reported](Serve::on_failure) with hyper's error.
///
/// # Panics
///
/// The future panics outside a runtime.
///
/// # Cancellation safety
///
/// Dropping the future cancels the connections.
///
/// # Examples
///
/// ```
/// use heist::hyper::serve;
/// use heist::net::TcpListener;
/// use hyper::service::service_fn;
/// use hyper::{Request, Response, body::Incoming};
/// use std::convert::Infallible;
/// use std::time::Duration;
///
/// async fn hello(request: Request<Incoming>) -> Result<Response<String>, Infallible> {
///     Ok(Response::new(format!("hello {}\n", request.uri().path())))
/// }
///
/// # async fn client(address: std::net::SocketAddr) {
/// #     let idle = heist::net::TcpStream::connect(address).await.unwrap();
/// #     idle.write(b"GET / HTTP/1.1\r\nhost: me\r\n\r\n").await.unwrap();
/// #     assert!(idle.read(&mut [0; 1024]).await.unwrap() > 0);
/// #     heist::spawn(async move { idle.read(&mut [0]).await });
/// # }
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let address = listener.local_addr()?;
/// # let shutdown = client(address);
/// # /*
/// let shutdown = heist::signal::shutdown();
/// # */
/// let report = serve(listener, service_fn(hello))
///     .until(shutdown)
///     .drain(Duration::from_secs(10))
///     .await?;
/// println!("{report}");
/// # assert_eq!(report.completed, 1);
/// # Ok(())
/// # }
/// ```
pub fn serve<L, S, B>(
    listener: L,
    service: S,
) -> Serve<L, impl FnMut(L::Stream, L::Addr) -> Connection>
where
    L: Listener<Stream: Read + Write + Unpin + Send + 'static>,
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send + 'static>
        + Clone
        + Send
        + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    serve_with(builder(), listener, move |_peer: &L::Addr| service.clone())
}

/// Like [`serve`], with hyper's settings in `builder`, and a service made for each connection.
///
/// # Errors, panics and cancellation safety
///
/// The same as those of [`serve`]. A panic of `make_service` fails only that connection.
///
/// # Examples
///
/// ```
/// use heist::hyper::{builder, serve_with};
/// use heist::net::TcpListener;
/// use hyper::service::service_fn;
/// use hyper::{Request, Response, body::Incoming};
/// use std::convert::Infallible;
/// use std::net::SocketAddr;
/// use std::time::Duration;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut builder = builder();
/// builder.http1().header_read_timeout(Duration::from_secs(5));
/// builder.http2().max_concurrent_streams(100);
///
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// serve_with(builder, listener, |peer: &SocketAddr| {
///     let peer = *peer;
///     service_fn(move |_: Request<Incoming>| async move {
///         Ok::<_, Infallible>(Response::new(format!("hello {peer}\n")))
///     })
/// })
/// # .until(async {})
/// .await?;
/// # Ok(())
/// # }
/// ```
pub fn serve_with<L, M, S, B>(
    builder: Builder,
    listener: L,
    mut make_service: M,
) -> Serve<L, impl FnMut(L::Stream, L::Addr) -> Connection>
where
    L: Listener<Stream: Read + Write + Unpin + Send + 'static>,
    M: FnMut(&L::Addr) -> S,
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send + 'static> + Send + 'static,
    S::Error: Into<BoxError>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let draining = CancellationToken::new();
    let handler = {
        let draining = draining.clone();
        move |stream, peer| -> Connection {
            let service = make_service(&peer);
            Box::pin(run(builder.clone(), stream, service, draining.clone()))
        }
    };
    Serve::new(listener, handler, draining)
}

async fn run<I, S, B>(
    builder: Builder,
    stream: I,
    service: S,
    draining: CancellationToken,
) -> Result<(), BoxError>
where
    I: Read + Write + Unpin + Send + 'static,
    S: Service<Request<Incoming>, Response = Response<B>, Future: Send + 'static>,
    S::Error: Into<BoxError>,
    B: Body<Data: Send, Error: Into<BoxError>> + Send + 'static,
{
    let mut connection = pin!(builder.serve_connection_with_upgrades(stream, service));
    if let Some(ended) = draining.run_until_cancelled(connection.as_mut()).await {
        return ended;
    }
    // A connection that has sent bytes already is not idle, even if nothing has read them yet.
    if let Some(ended) = poll_once(connection.as_mut()).await {
        return ended;
    }
    connection.as_mut().graceful_shutdown();
    match connection.await {
        // No request had begun.
        Err(error) if is_cancelled(&error) => Ok(()),
        ended => ended,
    }
}

/// Whether hyper-util ended the connection before it had detected which HTTP version it speaks.
fn is_cancelled(error: &BoxError) -> bool {
    let error = error.downcast_ref::<io::Error>();
    error.is_some_and(|error| error.kind() == io::ErrorKind::Interrupted)
}
