//! What hyper 1 requires of a runtime: streams, an executor, a timer.
//!
//! The streams of this crate implement hyper's `Read` and `Write` themselves, and need no wrapper.
//!
//! # Examples
//!
//! The feature `hyper-server` adds `serve`, which shuts down gracefully; `hyper-client` adds
//! `HeistConnector`, for the client of hyper-util. A server with hyper alone, one task for each
//! connection:
//!
//! ```
//! use heist::hyper::HeistTimer;
//! use heist::net::{TcpListener, serve};
//! use hyper::body::Incoming;
//! use hyper::server::conn::http1;
//! use hyper::service::service_fn;
//! use hyper::{Request, Response};
//!
//! async fn hello(_request: Request<Incoming>) -> hyper::Result<Response<String>> {
//!     Ok(Response::new("hello\n".to_owned()))
//! }
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # use heist::io::{AsyncReadExt, AsyncWriteExt};
//! let listener = TcpListener::bind("127.0.0.1:0").await?;
//! # let address = listener.local_addr()?;
//! # let client = async move {
//! #     let mut client = heist::net::TcpStream::connect(address).await.unwrap();
//! #     let request = b"GET / HTTP/1.1\r\nhost: me\r\nconnection: close\r\n\r\n";
//! #     AsyncWriteExt::write_all(&mut client, request).await.unwrap();
//! #     let mut response = String::new();
//! #     AsyncReadExt::read_to_string(&mut client, &mut response).await.unwrap();
//! #     assert!(response.starts_with("HTTP/1.1 200 OK") && response.ends_with("hello\n"));
//! # };
//! serve(listener, |stream, _peer| {
//!     http1::Builder::new()
//!         .timer(HeistTimer::new())
//!         .serve_connection(stream, service_fn(hello))
//! })
//! # .until(client)
//! .await?;
//! # Ok(())
//! # }
//! ```

#[cfg(feature = "hyper-client")]
mod connector;
mod futures_io_stream;
#[cfg(feature = "hyper-server")]
mod handshake;
#[cfg(feature = "hyper-server")]
mod server;

#[cfg(feature = "hyper-client")]
pub use connector::{ConnectFuture, HeistConnector};
pub use futures_io_stream::FuturesIo;
#[cfg(feature = "hyper-server")]
pub use handshake::{HandshakeListener, HandshakeStream, handshake};
#[cfg(feature = "hyper-server")]
pub use server::{Builder, Connection, builder, serve, serve_with};

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use heist_runtime::io::Direction;
use heist_runtime::{__async_write_by_futures_io, time};
use hyper::rt::{Executor, Read, ReadBufCursor, Sleep, Timer, Write};
use pin_project_lite::pin_project;

use crate::stream::each::{for_each_reader, for_each_writer};
use crate::stream::sealed::{ReadFd, ReadSide};

/// Spawns hyper's tasks on the current runtime; HTTP/2 needs this.
///
/// # Panics
///
/// `execute` panics outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::hyper::HeistExecutor;
///
/// let http2 = hyper::server::conn::http2::Builder::new(HeistExecutor::new());
/// ```
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub struct HeistExecutor;

impl HeistExecutor {
    /// Creates an executor for the runtime that hyper is called on.
    pub fn new() -> Self {
        Self
    }
}

impl<F> Executor<F> for HeistExecutor
where
    F: Future<Output: Send + 'static> + Send + 'static,
{
    fn execute(&self, future: F) {
        heist_runtime::spawn(future);
    }
}

/// Runs hyper's timeouts on heist's timers.
///
/// # Examples
///
/// ```
/// use heist::hyper::HeistTimer;
/// use hyper::server::conn::http1;
/// use std::time::Duration;
///
/// let server = http1::Builder::new()
///     .timer(HeistTimer::new())
///     .header_read_timeout(Duration::from_secs(10));
/// ```
#[derive(Clone, Copy, Default, Debug)]
#[non_exhaustive]
pub struct HeistTimer;

impl HeistTimer {
    /// Creates a timer for the runtime that hyper is called on.
    pub fn new() -> Self {
        Self
    }
}

impl Timer for HeistTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeistSleep {
            inner: time::sleep(duration),
        })
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(HeistSleep {
            inner: time::sleep_until(deadline.into()),
        })
    }

    fn reset(&self, sleep: &mut Pin<Box<dyn Sleep>>, new_deadline: Instant) {
        match sleep.as_mut().downcast_mut_pin::<HeistSleep>() {
            Some(sleep) => sleep.project().inner.reset(new_deadline.into()),
            // It belongs to another timer.
            None => *sleep = self.sleep_until(new_deadline),
        }
    }
}

pin_project! {
    struct HeistSleep {
        #[pin]
        inner: time::Sleep,
    }
}

impl Future for HeistSleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        self.project().inner.poll(cx)
    }
}

impl Sleep for HeistSleep {}

macro_rules! implement_read {
    (() [$($generics:tt)*] $Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "hyper")))]
        impl<$($generics)*> Read for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                mut buf: ReadBufCursor<'_>,
            ) -> Poll<io::Result<()>> {
                // SAFETY: `read_uninit` writes only initialised bytes to it.
                let unfilled = unsafe { buf.as_mut() };
                let read = |fd: &_| ReadFd::read_uninit(fd, unfilled);
                let count = ready!(self.read_io().poll_io_moved(Direction::Read, cx, read))?;
                // SAFETY: `read_uninit` has initialised `count` bytes.
                unsafe { buf.advance(count) };
                Poll::Ready(Ok(()))
            }
        }
    };
}

for_each_reader!(implement_read());
for_each_writer!(__async_write_by_futures_io(Write, "hyper", true));
