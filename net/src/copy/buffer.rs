//! Bytes carried through a buffer, between any reader and writer.
//!
//! The buffer is the polling thread's, and free again when the poll ends: a poll that reads also
//! writes. Only what the writer does not take at once is kept, in memory of its own. So a
//! connection at rest holds no buffer, and one whose receiver lags holds at most [`SCRATCH`].

use std::cell::Cell;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::transfer::Carry;

/// As much as one read takes. Larger ones save few system calls, and leave the core's own cache.
pub(super) const SCRATCH: usize = 64 * 1024;

thread_local! {
    static SPARE: Cell<Option<Box<[u8]>>> = const { Cell::new(None) };
}

/// Lends the thread's buffer. Whoever asks again meanwhile (a reader that copies in its own poll)
/// gets a new one.
fn with_scratch<R>(f: impl FnOnce(&mut [u8]) -> R) -> R {
    let mut scratch = SPARE.take().unwrap_or_else(|| vec![0; SCRATCH].into());
    let result = f(&mut scratch);
    SPARE.set(Some(scratch));
    result
}

/// One direction's carrier.
#[derive(Default)]
pub(super) struct Buffer {
    /// Read, but not taken by the writer yet, from `written` on.
    kept: Vec<u8>,
    written: usize,
    has_ended: bool,
    needs_flush: bool,
    /// What the last read gave.
    pub(super) last_read: usize,
}

impl Buffer {
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_empty()
    }

    /// Takes over bytes that were read in another way.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn keep(&mut self, bytes: Vec<u8>) {
        debug_assert!(self.is_empty());
        self.kept = bytes;
    }

    fn poll_kept<W: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut W,
    ) -> Poll<io::Result<usize>> {
        let left = &self.kept[self.written..];
        let count = ready!(poll_some(cx, writer, left))?;
        self.written += count;
        if self.written == self.kept.len() {
            self.kept = Vec::new();
            self.written = 0;
        }
        Poll::Ready(Ok(count))
    }

    fn poll_flush<W: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut W,
    ) -> Poll<io::Result<()>> {
        if self.needs_flush {
            ready!(Pin::new(writer).poll_flush(cx))?;
            self.needs_flush = false;
        }
        Poll::Ready(Ok(()))
    }

    fn poll_through<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
        scratch: &mut [u8],
    ) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let Poll::Ready(read) = Pin::new(reader).poll_read(cx, scratch) else {
            // The reader's peer may be waiting for what a writer with a buffer holds back.
            ready!(self.poll_flush(cx, writer))?;
            return Poll::Pending;
        };
        let bytes = &scratch[..read?];
        self.last_read = bytes.len();
        if bytes.is_empty() {
            self.has_ended = true;
            return Poll::Ready(Ok(0));
        }
        let polled = poll_some(cx, writer, bytes);
        let taken = match &polled {
            Poll::Ready(Ok(count)) => *count,
            _ => 0,
        };
        if taken < bytes.len() {
            self.kept = bytes[taken..].to_vec();
        }
        self.needs_flush = true;
        polled
    }
}

impl<R, W> Carry<R, W> for Buffer
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    fn poll_carry(
        &mut self,
        cx: &mut Context<'_>,
        reader: &mut R,
        writer: &mut W,
    ) -> Poll<io::Result<usize>> {
        if !self.is_empty() {
            return self.poll_kept(cx, writer);
        }
        if !self.has_ended {
            let through = |scratch: &mut [u8]| self.poll_through(cx, reader, writer, scratch);
            let count = ready!(with_scratch(through))?;
            if count > 0 {
                return Poll::Ready(Ok(count));
            }
        }
        ready!(self.poll_flush(cx, writer))?;
        Poll::Ready(Ok(0))
    }

    fn poll_close(&mut self, cx: &mut Context<'_>, writer: &mut W) -> Poll<io::Result<()>> {
        Pin::new(writer).poll_close(cx)
    }
}

/// Writes at least one byte.
fn poll_some<W: AsyncWrite + Unpin + ?Sized>(
    cx: &mut Context<'_>,
    writer: &mut W,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(writer).poll_write(cx, bytes))? {
        0 => Poll::Ready(Err(io::Error::new(
            io::ErrorKind::WriteZero,
            "the writer takes no more bytes, and does not say why",
        ))),
        count => Poll::Ready(Ok(count)),
    }
}
