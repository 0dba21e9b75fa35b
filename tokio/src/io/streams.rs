//! tokio's traits for the streams of `heist-io`, which are generic over the crate that defines the
//! traits.

use super::{AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use heist_io::generic::{DuplexStream, File, SimplexStream, Stderr, Stdin, Stdout, Traits};
use heist_io::poll::{Destination, PollRead, PollSeek, PollWrite};
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Marks streams that implement tokio's traits.
#[derive(Debug)]
pub enum TokioIo {}

impl Traits for TokioIo {
    fn expect_runtime() {
        crate::context::expect();
    }
}

impl Destination for ReadBuf<'_> {
    #[inline]
    fn room(&self) -> usize {
        self.remaining()
    }

    #[inline]
    fn put(&mut self, bytes: &[u8]) {
        self.put_slice(bytes);
    }
}

macro_rules! readers {
    ($needs:expr => $($stream:ident),*) => {$(
        impl AsyncRead for $stream<TokioIo> {
            #[inline]
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut ReadBuf<'_>,
            ) -> Poll<io::Result<()>> {
                $needs();
                self.poll_read_to(cx, buf)
            }
        }
    )*};
}

macro_rules! writers {
    ($needs:expr => $($stream:ident),*) => {$(
        impl AsyncWrite for $stream<TokioIo> {
            #[inline]
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                $needs();
                self.poll_write_from(cx, &[IoSlice::new(buf)])
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush_all(cx)
            }

            fn poll_shutdown(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
            ) -> Poll<io::Result<()>> {
                self.poll_end(cx)
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                $needs();
                self.poll_write_from(cx, bufs)
            }

            fn is_write_vectored(&self) -> bool {
                <Self as PollWrite>::VECTORED
            }
        }
    )*};
}

/// Operations that run on blocking threads panic outside a runtime, as in tokio.
#[track_caller]
fn a_runtime() {
    crate::context::current();
}

fn nothing() {}

readers!(a_runtime => File, Stdin);
writers!(a_runtime => File, Stdout, Stderr);
readers!(nothing => DuplexStream, SimplexStream);
writers!(nothing => DuplexStream, SimplexStream);

impl AsyncSeek for File<TokioIo> {
    fn start_seek(mut self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        self.begin_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        self.poll_position(cx)
    }
}
