//! tokio's `AsyncRead` and `AsyncWrite`, by way of futures-io's: its traits only, nothing of its
//! runtime.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{ChildStderr, ChildStdin, ChildStdout};

macro_rules! async_read {
    ($Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
        impl AsyncRead for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                // Zeroed once at most: the buffer remembers.
                let unfilled = buf.initialize_unfilled();
                let count = ready!(futures_io::AsyncRead::poll_read(self, cx, unfilled))?;
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    };
}

async_read!(ChildStdout);
async_read!(ChildStderr);

#[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
impl AsyncWrite for ChildStdin {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        futures_io::AsyncWrite::poll_write(self, cx, buf)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        futures_io::AsyncWrite::poll_write_vectored(self, cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        cfg!(unix)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_io::AsyncWrite::poll_flush(self, cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        futures_io::AsyncWrite::poll_close(self, cx)
    }
}
