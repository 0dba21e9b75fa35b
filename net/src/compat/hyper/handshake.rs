//! Listeners whose connections begin with a handshake, as TLS does.
//!
//! The connection's own task performs the handshake, as part of its first read or write. A slow one
//! therefore delays neither the listener nor the drain.

use std::fmt;
use std::future::Future;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use hyper::rt::{Read, ReadBufCursor, Write};

use crate::serve::Listener;

/// Wraps `listener` so that each of its connections begins with a handshake.
///
/// The connection's own task awaits the future that `begin` returns. An error ends only that
/// connection.
///
/// # Examples
///
/// HTTP over TLS, with `tokio-rustls` (which needs heist's feature `tokio-io`, and nothing of
/// tokio's runtime) or any other crate whose stream hyper can use, here through an adapter of
/// `hyper-util`:
///
/// ```
/// use heist::hyper::{handshake, serve};
/// use heist::net::{TcpListener, TcpStream};
/// use hyper::service::service_fn;
/// use hyper::{Request, Response, body::Incoming};
/// use std::io;
///
/// # /// There are no certificates here.
/// # async fn accept_tls(stream: TcpStream) -> io::Result<TcpStream> {
/// #     Ok(stream)
/// # }
/// # #[heist::main]
/// # async fn main() -> io::Result<()> {
/// # /*
/// let acceptor = tokio_rustls::TlsAcceptor::from(config);
/// let accept_tls = move |stream| {
///     let accept = acceptor.accept(stream);
///     async { Ok(hyper_util::rt::TokioIo::new(accept.await?)) }
/// };
/// # */
/// let listener = handshake(TcpListener::bind("127.0.0.1:0").await?, accept_tls);
/// let service = service_fn(async |_: Request<Incoming>| {
///     Ok::<_, io::Error>(Response::new("hello".to_owned()))
/// });
/// serve(listener, service)
///     # .until(async {})
///     .await?;
/// # Ok(())
/// # }
/// ```
pub fn handshake<L, H, F, S>(listener: L, begin: H) -> HandshakeListener<L, H>
where
    L: Listener,
    H: FnOnce(L::Stream) -> F + Clone,
    F: Future<Output = io::Result<S>>,
{
    HandshakeListener { listener, begin }
}

/// A listener whose connections begin with a handshake; see [`handshake`].
#[derive(Debug)]
pub struct HandshakeListener<L, H> {
    listener: L,
    begin: H,
}

impl<L, H, F, S> Listener for HandshakeListener<L, H>
where
    L: Listener,
    H: FnOnce(L::Stream) -> F + Clone,
    F: Future<Output = io::Result<S>>,
{
    type Stream = HandshakeStream<L::Stream, H, F, S>;
    type Addr = L::Addr;

    fn poll_accept(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<(Self::Stream, Self::Addr)>> {
        let (stream, peer) = ready!(self.listener.poll_accept(cx))?;
        let state = State::Accepted(stream, self.begin.clone());
        Poll::Ready(Ok((HandshakeStream { state }, peer)))
    }
}

/// A connection that begins with a handshake; see [`handshake`].
pub struct HandshakeStream<T, H, F, S> {
    state: State<T, H, F, S>,
}

enum State<T, H, F, S> {
    Accepted(T, H),
    Shaking(Pin<Box<F>>),
    Ready(S),
    /// The handshake has failed, or panicked.
    Failed,
}

/// Only boxed futures are pinned.
impl<T, H, F, S> Unpin for HandshakeStream<T, H, F, S> {}

impl<T, H, F, S> HandshakeStream<T, H, F, S>
where
    H: FnOnce(T) -> F,
    F: Future<Output = io::Result<S>>,
    S: Unpin,
{
    /// Returns the stream once the handshake is done.
    fn poll_stream(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<Pin<&mut S>>> {
        if !matches!(self.state, State::Ready(_)) {
            let mut shaking = match std::mem::replace(&mut self.state, State::Failed) {
                State::Accepted(stream, begin) => Box::pin(begin(stream)),
                State::Shaking(shaking) => shaking,
                State::Ready(_) | State::Failed => {
                    return Poll::Ready(Err(io::ErrorKind::NotConnected.into()));
                }
            };
            self.state = match shaking.as_mut().poll(cx) {
                Poll::Ready(result) => State::Ready(result?),
                Poll::Pending => State::Shaking(shaking),
            };
        }
        match &mut self.state {
            State::Ready(stream) => Poll::Ready(Ok(Pin::new(stream))),
            _ => Poll::Pending,
        }
    }
}

impl<T, H, F, S> Read for HandshakeStream<T, H, F, S>
where
    H: FnOnce(T) -> F,
    F: Future<Output = io::Result<S>>,
    S: Read + Unpin,
{
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        ready!(self.poll_stream(cx))?.poll_read(cx, buf)
    }
}

impl<T, H, F, S> Write for HandshakeStream<T, H, F, S>
where
    H: FnOnce(T) -> F,
    F: Future<Output = io::Result<S>>,
    S: Write + Unpin,
{
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_stream(cx))?.poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        ready!(self.poll_stream(cx))?.poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        matches!(&self.state, State::Ready(stream) if stream.is_write_vectored())
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_stream(cx))?.poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_stream(cx))?.poll_shutdown(cx)
    }
}

impl<T, H, F, S> fmt::Debug for HandshakeStream<T, H, F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_ready = matches!(self.state, State::Ready(_));
        f.debug_struct("HandshakeStream")
            .field("is_ready", &is_ready)
            .finish_non_exhaustive()
    }
}
