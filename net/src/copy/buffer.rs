//! Bytes carried through a buffer, between any reader and writer.
//!
//! The buffer belongs to the polling thread and is returned when the poll ends: a poll that reads
//! also writes. Only when the writer does not take all bytes at once is the buffer kept until it
//! does. An idle connection therefore holds no buffer, and one whose receiver lags holds one per
//! direction.

use std::cell::RefCell;
use std::io;
use std::ops::Range;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_io::{AsyncRead, AsyncWrite};

use super::transfer::Carry;

/// The most that one read takes. Larger buffers save few system calls, and do not fit in the core's
/// own cache.
pub(super) const SCRATCH: usize = 64 * 1024;

/// Free buffers that a thread keeps: enough for a connection whose two receivers lag now and then.
const SPARES_PER_THREAD: usize = 2;

thread_local! {
    static SPARES: RefCell<Vec<Box<[u8]>>> = const { RefCell::new(Vec::new()) };
}

/// Returns a free buffer. Its content is arbitrary.
fn take_scratch() -> Box<[u8]> {
    let spare = SPARES.try_with(|spares| spares.borrow_mut().pop());
    spare
        .ok()
        .flatten()
        .unwrap_or_else(|| vec![0; SCRATCH].into())
}

fn give_back(scratch: Box<[u8]>) {
    // A thread that is exiting keeps none.
    let _ = SPARES.try_with(|spares| {
        let mut spares = spares.borrow_mut();
        if spares.len() < SPARES_PER_THREAD && scratch.len() == SCRATCH {
            spares.push(scratch);
        }
    });
}

/// The carrier of one direction.
#[derive(Default)]
pub(super) struct Buffer {
    kept: Option<Kept>,
    has_ended: bool,
    needs_flush: bool,
    /// The number of bytes of the last read.
    pub(super) last_read: usize,
}

/// Bytes that were read, but that the writer has not taken yet.
struct Kept {
    buffer: Box<[u8]>,
    left: Range<usize>,
}

impl Buffer {
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn is_empty(&self) -> bool {
        self.kept.is_none()
    }

    /// Takes over bytes that were read in another way.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub(super) fn keep(&mut self, bytes: Vec<u8>) {
        debug_assert!(self.is_empty());
        self.kept = Some(Kept {
            left: 0..bytes.len(),
            buffer: bytes.into(),
        });
    }

    fn poll_kept<W: AsyncWrite + Unpin + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        writer: &mut W,
        mut kept: Kept,
    ) -> Poll<io::Result<usize>> {
        let polled = poll_write_some(cx, writer, &kept.buffer[kept.left.clone()]);
        if let Poll::Ready(Ok(count)) = polled {
            kept.left.start += count;
        }
        if kept.left.is_empty() {
            give_back(kept.buffer);
        } else {
            self.kept = Some(kept);
        }
        polled
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
    ) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + Unpin + ?Sized,
        W: AsyncWrite + Unpin + ?Sized,
    {
        let mut buffer = take_scratch();
        match Pin::new(reader).poll_read(cx, &mut buffer) {
            Poll::Ready(Ok(len @ 1..)) => {
                self.last_read = len;
                self.needs_flush = true;
                let left = 0..len;
                self.poll_kept(cx, writer, Kept { buffer, left })
            }
            Poll::Ready(result) => {
                give_back(buffer);
                self.last_read = 0;
                self.has_ended = result.is_ok();
                Poll::Ready(result)
            }
            Poll::Pending => {
                give_back(buffer);
                // The reader's peer may be waiting for bytes that a buffering writer still holds.
                ready!(self.poll_flush(cx, writer))?;
                Poll::Pending
            }
        }
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
        if let Some(kept) = self.kept.take() {
            return self.poll_kept(cx, writer, kept);
        }
        if !self.has_ended {
            let count = ready!(self.poll_through(cx, reader, writer))?;
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
fn poll_write_some<W: AsyncWrite + Unpin + ?Sized>(
    cx: &mut Context<'_>,
    writer: &mut W,
    bytes: &[u8],
) -> Poll<io::Result<usize>> {
    match ready!(Pin::new(writer).poll_write(cx, bytes))? {
        0 => Poll::Ready(Err(io::Error::new(
            io::ErrorKind::WriteZero,
            "the writer takes no more bytes, but reports no error",
        ))),
        count => Poll::Ready(Ok(count)),
    }
}
