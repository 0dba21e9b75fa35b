//! axum's applications on heist.

use std::fmt::Debug;
use std::pin::Pin;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::Request;
use hyper::body::Incoming;
use hyper::rt::{Read, Write};
use hyper::service::Service;
use hyper_util::service::{TowerToHyperService, TowerToHyperServiceFuture};

use crate::compat::hyper::{Connection, builder, serve_with};
use crate::serve::{Listener, Serve};

/// Serves an application, as `axum::serve` does on tokio, and shuts down gracefully.
///
/// This is [`heist::hyper::serve`](https://docs.rs/heist/latest/heist/hyper/fn.serve.html) for
/// axum: it returns a [`Serve`] to be set up and awaited, and [`until`](Serve::until) corresponds
/// to axum's `with_graceful_shutdown`. The extractor [`ConnectInfo`](axum::extract::ConnectInfo)
/// gets the peer's address without a make-service.
///
/// The application runs on heist alone. What its handlers use may still need tokio's runtime, as
/// `Sse`'s keep-alive and tower's time limits do. For those, enable the feature `tokio`, or use the
/// package named `tokio`.
///
/// # Errors, panics and cancellation safety
///
/// The same as those of [`net::serve`](crate::serve()).
///
/// # Examples
///
/// ```
/// use axum::extract::ConnectInfo;
/// use axum::{Router, routing::get};
/// use heist::net::TcpListener;
/// use std::net::SocketAddr;
/// use std::time::Duration;
///
/// # async fn client(address: SocketAddr) {
/// #     let idle = heist::net::TcpStream::connect(address).await.unwrap();
/// #     idle.write(b"GET / HTTP/1.1\r\nhost: me\r\n\r\n").await.unwrap();
/// #     assert!(idle.read(&mut [0; 1024]).await.unwrap() > 0);
/// # }
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// async fn hello(ConnectInfo(peer): ConnectInfo<SocketAddr>) -> String {
///     format!("hello {peer}\n")
/// }
///
/// let app = Router::new().route("/", get(hello));
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let shutdown = client(listener.local_addr()?);
/// # /*
/// let shutdown = heist::signal::shutdown();
/// # */
/// heist::axum::serve(listener, app)
///     .until(shutdown)
///     .drain(Duration::from_secs(10))
///     .await?;
/// # Ok(())
/// # }
/// ```
pub fn serve<L>(listener: L, app: Router) -> Serve<L, impl FnMut(L::Stream, L::Addr) -> Connection>
where
    L: Listener<Stream: Read + Write + Unpin + Send + 'static>,
    L::Addr: Debug + Clone + Send + Sync + 'static,
{
    serve_with(builder(), listener, move |peer: &L::Addr| App {
        app: TowerToHyperService::new(app.clone()),
        peer: peer.clone(),
    })
}

/// The application for one connection.
struct App<A> {
    app: TowerToHyperService<Router>,
    peer: A,
}

impl<A: Clone + Send + Sync + 'static> Service<Request<Incoming>> for App<A> {
    type Response = axum::response::Response;
    type Error = std::convert::Infallible;
    type Future = Pin<Box<TowerToHyperServiceFuture<Router, Request<Incoming>>>>;

    fn call(&self, mut request: Request<Incoming>) -> Self::Future {
        let peer = ConnectInfo(self.peer.clone());
        request.extensions_mut().insert(peer);
        Box::pin(self.app.call(request))
    }
}
