//! hyper's traits for streams that implement those of `futures-io`.

use std::io::{self, IoSlice};
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};
use hyper::rt::{Read, ReadBufCursor, Write};

/// Adapts a stream with `futures-io`'s traits, such as those of `futures-rustls`, to hyper.
///
/// heist's own streams need no wrapper.
///
/// # Examples
///
/// ```
/// use heist::hyper::FuturesIo;
/// use heist::io::{AsyncRead, AsyncWrite};
///
/// fn for_hyper(
///     stream: impl AsyncRead + AsyncWrite + Unpin,
/// ) -> impl hyper::rt::Read + hyper::rt::Write {
///     FuturesIo::new(stream)
/// }
/// ```
#[derive(Debug)]
pub struct FuturesIo<S> {
    inner: S,
}

impl<S> FuturesIo<S> {
    /// Wraps the stream.
    pub fn new(stream: S) -> Self {
        Self { inner: stream }
    }

    /// Returns the wrapped stream.
    pub fn into_inner(self) -> S {
        self.inner
    }
}

impl<S: AsyncRead + Unpin> Read for FuturesIo<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        mut buf: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        // SAFETY: only initialised bytes are written to it.
        let unfilled = unsafe { buf.as_mut() };
        unfilled.fill(MaybeUninit::new(0));
        // SAFETY: all of them have just been initialised, and the layout is the same.
        let bytes = unsafe { &mut *(unfilled as *mut [MaybeUninit<u8>] as *mut [u8]) };
        let len = bytes.len();
        let count = ready!(Pin::new(&mut self.inner).poll_read(cx, bytes))?;
        assert!(
            count <= len,
            "the stream claims to have read more bytes than the buffer holds"
        );
        // SAFETY: at least `count` bytes have been initialised.
        unsafe { buf.advance(count) };
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> Write for FuturesIo<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write(cx, buf)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.inner).poll_write_vectored(cx, bufs)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_close(cx)
    }
}
