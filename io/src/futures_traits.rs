//! The traits of `futures-io`, for the streams with the parameter `FuturesIo`.

use crate::generic::{DuplexStream, File, SimplexStream, Stderr, Stdin, Stdout, Traits};
use crate::poll::{Destination, PollRead, PollSeek, PollWrite};
use futures_io::{AsyncRead, AsyncSeek, AsyncWrite};
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Marks a stream that implements the traits of `futures-io`.
#[derive(Debug)]
pub enum FuturesIo {}

impl Traits for FuturesIo {}

struct Slice<'a> {
    bytes: &'a mut [u8],
    filled: usize,
}

impl Destination for Slice<'_> {
    fn room(&self) -> usize {
        self.bytes.len() - self.filled
    }

    fn put(&mut self, bytes: &[u8]) {
        self.bytes[self.filled..][..bytes.len()].copy_from_slice(bytes);
        self.filled += bytes.len();
    }
}

macro_rules! readers {
    ($($stream:ident),*) => {$(
        impl AsyncRead for $stream<FuturesIo> {
            fn poll_read(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                let mut into = Slice { bytes: buf, filled: 0 };
                ready!(self.poll_read_to(cx, &mut into))?;
                Poll::Ready(Ok(into.filled))
            }
        }
    )*};
}

macro_rules! writers {
    ($($stream:ident),*) => {$(
        impl AsyncWrite for $stream<FuturesIo> {
            fn poll_write(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                self.poll_write_from(cx, &[IoSlice::new(buf)])
            }

            fn poll_write_vectored(
                mut self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                self.poll_write_from(cx, bufs)
            }

            fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_flush_all(cx)
            }

            fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                self.poll_end(cx)
            }
        }
    )*};
}

readers!(File, Stdin, DuplexStream, SimplexStream);
writers!(File, Stdout, Stderr, DuplexStream, SimplexStream);

impl AsyncSeek for File<FuturesIo> {
    fn poll_seek(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        position: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        // Unless this seek is the one that an earlier poll began.
        if !self.is_seeking(position) {
            ready!(self.poll_position(cx))?;
            self.begin_seek(position)?;
        }
        self.poll_position(cx)
    }
}
