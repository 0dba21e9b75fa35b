//! `BufReader`.

use crate::io::util::DEFAULT_BUFFER;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use pin_project_lite::pin_project;
use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A buffered reader, which turns many small reads into few large ones.
    ///
    /// The contents of the buffer are lost when this is dropped or unwrapped.
    pub struct BufReader<R> {
        #[pin]
        pub(super) inner: R,
        pub(super) buf: ReadAhead,
        pub(super) seek: SeekState,
    }
}

/// Bytes that were read ahead of the user: `bytes[start..end]`.
pub(super) struct ReadAhead {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
}

impl ReadAhead {
    #[inline]
    fn get(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    fn clear(&mut self) {
        (self.start, self.end) = (0, 0);
    }
}

#[derive(Debug)]
pub(super) enum SeekState {
    Idle,
    /// A seek was requested, and has not been started.
    Asked(SeekFrom),
    /// The reader's position is being moved back to the user's position, because the offset from
    /// there is so large that the sum of both moves would overflow.
    FirstBack(i64),
    /// The reader's position is being moved to the requested position.
    UnderWay,
}

impl<R: AsyncRead> BufReader<R> {
    /// Creates a buffered reader with a buffer of 8 KiB.
    pub fn new(inner: R) -> Self {
        Self::with_capacity(DEFAULT_BUFFER, inner)
    }

    /// Creates a buffered reader with a buffer of `capacity` bytes.
    ///
    /// # Panics
    ///
    /// Panics if `capacity` is 0.
    #[track_caller]
    pub fn with_capacity(capacity: usize, inner: R) -> Self {
        assert!(capacity > 0, "capacity must be greater than zero");
        let bytes = vec![0; capacity].into_boxed_slice();
        Self {
            inner,
            buf: ReadAhead {
                bytes,
                start: 0,
                end: 0,
            },
            seek: SeekState::Idle,
        }
    }

    /// Returns the reader.
    pub fn get_ref(&self) -> &R {
        &self.inner
    }

    /// Returns the reader mutably. It is ahead of the bytes read from the buffer.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.inner
    }

    /// Returns the reader, pinned. It is ahead of the bytes read from the buffer.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut R> {
        self.project().inner
    }

    /// Returns the reader. The contents of the buffer are lost.
    pub fn into_inner(self) -> R {
        self.inner
    }

    /// Returns the contents of the buffer.
    pub fn buffer(&self) -> &[u8] {
        self.buf.get()
    }
}

impl<R: AsyncRead> AsyncRead for BufReader<R> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if self.buf.get().is_empty() && buf.remaining() >= self.buf.bytes.len() {
            // Reading into the internal buffer first would take at least as many reads.
            return self.get_pin_mut().poll_read(cx, buf);
        }
        let available = ready!(self.as_mut().poll_fill_buf(cx))?;
        let len = available.len().min(buf.remaining());
        buf.put_slice(&available[..len]);
        self.consume(len);
        Poll::Ready(Ok(()))
    }
}

impl<R: AsyncRead> AsyncBufRead for BufReader<R> {
    #[inline]
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        let this = self.project();
        let ahead = this.buf;
        if ahead.get().is_empty() {
            let mut buf = ReadBuf::new(&mut ahead.bytes);
            ready!(this.inner.poll_read(cx, &mut buf))?;
            (ahead.start, ahead.end) = (0, buf.filled().len());
        }
        Poll::Ready(Ok(ahead.get()))
    }

    #[inline]
    fn consume(self: Pin<&mut Self>, amt: usize) {
        let ahead = self.project().buf;
        ahead.start = ahead.end.min(ahead.start + amt);
    }
}

/// Moves are relative to the byte that the next read would return. The contents of the buffer are
/// lost.
impl<R: AsyncRead + AsyncSeek> AsyncSeek for BufReader<R> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        *self.project().seek = SeekState::Asked(position);
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let mut this = self.project();
        loop {
            match std::mem::replace(this.seek, SeekState::Idle) {
                SeekState::Idle => return this.inner.poll_complete(cx),
                SeekState::Asked(SeekFrom::Current(offset)) => {
                    let ahead = this.buf.get().len() as i64;
                    let from_inner = offset.checked_sub(ahead);
                    let first = SeekFrom::Current(from_inner.unwrap_or(-ahead));
                    this.inner.as_mut().start_seek(first)?;
                    *this.seek = match from_inner {
                        Some(_) => SeekState::UnderWay,
                        None => SeekState::FirstBack(offset),
                    };
                }
                SeekState::Asked(position) => {
                    this.inner.as_mut().start_seek(position)?;
                    *this.seek = SeekState::UnderWay;
                }
                SeekState::FirstBack(offset) => {
                    if this.inner.as_mut().poll_complete(cx)?.is_pending() {
                        *this.seek = SeekState::FirstBack(offset);
                        return Poll::Pending;
                    }
                    this.buf.clear();
                    this.inner.as_mut().start_seek(SeekFrom::Current(offset))?;
                    *this.seek = SeekState::UnderWay;
                }
                SeekState::UnderWay => {
                    let Poll::Ready(position) = this.inner.as_mut().poll_complete(cx)? else {
                        *this.seek = SeekState::UnderWay;
                        return Poll::Pending;
                    };
                    this.buf.clear();
                    return Poll::Ready(Ok(position));
                }
            }
        }
    }
}

/// Writing is not buffered.
impl<R: AsyncRead + AsyncWrite> AsyncWrite for BufReader<R> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.get_pin_mut().poll_write(cx, buf)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_pin_mut().poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.get_pin_mut().poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.get_pin_mut().poll_write_vectored(cx, bufs)
    }

    fn is_write_vectored(&self) -> bool {
        self.inner.is_write_vectored()
    }
}

impl<R: fmt::Debug> fmt::Debug for BufReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (used, all) = (self.buf.get().len(), self.buf.bytes.len());
        f.debug_struct("BufReader")
            .field("reader", &self.inner)
            .field("buffer", &format_args!("{used}/{all}"))
            .finish()
    }
}
