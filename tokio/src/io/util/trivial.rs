//! Streams without a source or destination: `empty`, `sink`, `repeat`.
//!
//! They are always ready, and therefore spend the poll budget, so that a loop over one does not
//! occupy its worker.

use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use heist_runtime::task::{Progress, poll_proceed};
use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Returns a value, ready at the cost of one unit of the budget.
fn poll_spend<T>(cx: &mut Context<'_>, value: impl FnOnce() -> T) -> Poll<io::Result<T>> {
    poll_proceed(cx).map(Progress::made).map(|()| Ok(value()))
}

/// A reader at its end, and a writer that discards everything; see [`empty`].
pub struct Empty(());

/// Creates a reader that is at its end, and a writer that discards everything.
pub fn empty() -> Empty {
    Empty(())
}

impl AsyncRead for Empty {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        _buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_spend(cx, || ())
    }
}

impl AsyncBufRead for Empty {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        poll_spend(cx, || &[][..])
    }

    fn consume(self: Pin<&mut Self>, _amt: usize) {}
}

impl AsyncSeek for Empty {
    fn start_seek(self: Pin<&mut Self>, _position: SeekFrom) -> io::Result<()> {
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        poll_spend(cx, || 0)
    }
}

impl fmt::Debug for Empty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Empty { .. }")
    }
}

/// A writer that discards everything; see [`sink`].
pub struct Sink(());

/// Creates a writer that accepts everything and discards it.
pub fn sink() -> Sink {
    Sink(())
}

impl fmt::Debug for Sink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Sink { .. }")
    }
}

macro_rules! write_nowhere {
    ($($stream:ty),*) => {$(
        impl AsyncWrite for $stream {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                poll_spend(cx, || buf.len())
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                poll_spend(cx, || ())
            }

            fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                poll_spend(cx, || ())
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                poll_spend(cx, || bufs.iter().map(|buf| buf.len()).sum())
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

write_nowhere!(Empty, Sink);

/// A reader that returns one byte endlessly; see [`repeat`].
#[derive(Debug)]
pub struct Repeat {
    byte: u8,
}

/// Creates a reader that returns the same byte endlessly.
pub fn repeat(byte: u8) -> Repeat {
    Repeat { byte }
}

impl AsyncRead for Repeat {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        poll_spend(cx, || {
            bytes::BufMut::put_bytes(buf, self.byte, buf.remaining());
        })
    }
}
