//! Streams without a source or destination: `empty`, `sink`, `repeat`.
//!
//! They are always ready, and so spend the poll budget, lest a loop over one holds its worker.

use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use heist_runtime::task::{Progress, poll_proceed};
use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Ready with a value, at the price of a unit of the budget.
fn poll_spend<T>(cx: &mut Context<'_>, value: impl FnOnce() -> T) -> Poll<io::Result<T>> {
    poll_proceed(cx).map(Progress::made).map(|()| Ok(value()))
}

/// A reader at its end, and a writer that forgets what is written; see [`empty`].
pub struct Empty(());

/// A reader that is at its end, and that can be written to without effect.
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

/// A writer that forgets what is written; see [`sink`].
pub struct Sink(());

/// A writer that takes everything, and does nothing with it.
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

/// A reader of one byte without end; see [`repeat`].
#[derive(Debug)]
pub struct Repeat {
    byte: u8,
}

/// A reader that gives the same byte without end.
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
