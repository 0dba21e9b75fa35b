//! tokio's `AsyncRead` and `AsyncWrite`: its traits only, nothing of its runtime.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::streams::{for_each_reader, for_each_writer, poll_read_uninit};

macro_rules! implement_read {
    ([$($generics:tt)*] $Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
        impl<$($generics)*> AsyncRead for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                // SAFETY: `poll_read_uninit` only ever writes initialised bytes into it.
                let unfilled = unsafe { buf.unfilled_mut() };
                let count = ready!(poll_read_uninit(&*self, cx, unfilled))?;
                // SAFETY: it has initialised that many.
                unsafe { buf.assume_init(count) };
                buf.advance(count);
                Poll::Ready(Ok(()))
            }
        }
    };
}

/// By way of futures-io's trait, whose functions are the same but for a name.
macro_rules! implement_write {
    ([$($generics:tt)*] $Type:ty) => {
        #[cfg_attr(heist_docs, doc(cfg(feature = "tokio-io")))]
        impl<$($generics)*> AsyncWrite for $Type {
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
                true
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                futures_io::AsyncWrite::poll_flush(self, cx)
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                futures_io::AsyncWrite::poll_close(self, cx)
            }
        }
    };
}

for_each_reader!(implement_read);
for_each_writer!(implement_write);
