//! `BufWriter`.

use crate::io::util::DEFAULT_BUFFER;
use crate::io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite, ReadBuf};
use pin_project_lite::pin_project;
use std::fmt;
use std::io::{self, IoSlice, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// A buffered writer, which turns many small writes into few large ones.
    ///
    /// The contents of the buffer are lost when this is dropped or unwrapped: flush it or shut it
    /// down first.
    pub struct BufWriter<W> {
        #[pin]
        pub(super) inner: W,
        pub(super) buf: WriteBehind,
        pub(super) seek: SeekState,
    }
}

/// The bytes still to be written, after the first `written` ones, which have been.
pub(super) struct WriteBehind {
    bytes: Vec<u8>,
    written: usize,
}

impl WriteBehind {
    fn room(&self) -> usize {
        self.bytes.capacity() - self.bytes.len()
    }

    fn poll_flush<W: AsyncWrite>(
        &mut self,
        mut writer: Pin<&mut W>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<()>> {
        let result = loop {
            if self.written == self.bytes.len() {
                break Ok(());
            }
            let left = &self.bytes[self.written..];
            match ready!(writer.as_mut().poll_write(cx, left)) {
                Ok(0) => {
                    let text = "failed to write the buffered data";
                    break Err(io::Error::new(io::ErrorKind::WriteZero, text));
                }
                Ok(len) => self.written += len,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => break Err(error),
            }
        };
        self.bytes.drain(..self.written);
        self.written = 0;
        Poll::Ready(result)
    }
}

#[derive(Debug, Clone, Copy)]
pub(super) enum SeekState {
    Idle,
    /// A seek was requested, and starts when everything is written.
    Asked(SeekFrom),
    UnderWay,
}

impl<W: AsyncWrite> BufWriter<W> {
    /// Creates a buffered writer with a buffer of 8 KiB.
    pub fn new(inner: W) -> Self {
        Self::with_capacity(DEFAULT_BUFFER, inner)
    }

    /// Creates a buffered writer with a buffer of `cap` bytes.
    pub fn with_capacity(cap: usize, inner: W) -> Self {
        Self {
            inner,
            buf: WriteBehind {
                bytes: Vec::with_capacity(cap),
                written: 0,
            },
            seek: SeekState::Idle,
        }
    }

    /// Returns the writer.
    pub fn get_ref(&self) -> &W {
        &self.inner
    }

    /// Returns the writer mutably. It is behind the bytes written to the buffer.
    pub fn get_mut(&mut self) -> &mut W {
        &mut self.inner
    }

    /// Returns the writer, pinned. It is behind the bytes written to the buffer.
    pub fn get_pin_mut(self: Pin<&mut Self>) -> Pin<&mut W> {
        self.project().inner
    }

    /// Returns the writer. The contents of the buffer are lost.
    pub fn into_inner(self) -> W {
        self.inner
    }

    /// Returns the contents of the buffer.
    pub fn buffer(&self) -> &[u8] {
        &self.buf.bytes
    }
}

impl<W: AsyncWrite> AsyncWrite for BufWriter<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut this = self.project();
        if buf.len() > this.buf.room() {
            ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        }
        if buf.len() >= this.buf.bytes.capacity() {
            return this.inner.poll_write(cx, buf);
        }
        this.buf.bytes.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut this = self.project();
        ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        this.inner.poll_flush(cx)
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let mut this = self.project();
        ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        this.inner.poll_shutdown(cx)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if !self.inner.is_write_vectored() {
            return self.poll_write_one_by_one(cx, bufs);
        }
        let mut this = self.project();
        let len = bufs
            .iter()
            .fold(0_usize, |len, buf| len.saturating_add(buf.len()));
        if len > this.buf.room() {
            ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        }
        if len >= this.buf.bytes.capacity() {
            return this.inner.poll_write_vectored(cx, bufs);
        }
        bufs.iter()
            .for_each(|buf| this.buf.bytes.extend_from_slice(buf));
        Poll::Ready(Ok(len))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }
}

impl<W: AsyncWrite> BufWriter<W> {
    /// Copies as many of the buffers as fit. A buffer that is larger than the internal one is
    /// written directly, if it comes first.
    fn poll_write_one_by_one(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let mut this = self.project();
        let mut bufs = bufs.iter().skip_while(|buf| buf.is_empty());
        let Some(first) = bufs.next() else {
            return Poll::Ready(Ok(0));
        };
        if first.len() > this.buf.room() {
            ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        }
        if first.len() >= this.buf.bytes.capacity() {
            return this.inner.poll_write(cx, first);
        }
        this.buf.bytes.extend_from_slice(first);
        let mut len = first.len();
        for buf in bufs {
            if buf.len() > this.buf.room() {
                break;
            }
            this.buf.bytes.extend_from_slice(buf);
            len += buf.len();
        }
        Poll::Ready(Ok(len))
    }
}

/// The contents of the buffer are written first.
impl<W: AsyncWrite + AsyncSeek> AsyncSeek for BufWriter<W> {
    fn start_seek(self: Pin<&mut Self>, position: SeekFrom) -> io::Result<()> {
        *self.project().seek = SeekState::Asked(position);
        Ok(())
    }

    fn poll_complete(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        let mut this = self.project();
        if let SeekState::Idle = this.seek {
            return this.inner.poll_complete(cx);
        }
        ready!(this.buf.poll_flush(this.inner.as_mut(), cx))?;
        if let SeekState::Asked(position) = *this.seek {
            // The writer may still be busy with an earlier move, which must complete before it can
            // start another.
            ready!(this.inner.as_mut().poll_complete(cx))?;
            *this.seek = SeekState::Idle;
            this.inner.as_mut().start_seek(position)?;
            *this.seek = SeekState::UnderWay;
        }
        let position = ready!(this.inner.poll_complete(cx));
        *this.seek = SeekState::Idle;
        Poll::Ready(position)
    }
}

/// Reading is not buffered by this writer.
impl<W: AsyncWrite + AsyncRead> AsyncRead for BufWriter<W> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.get_pin_mut().poll_read(cx, buf)
    }
}

/// Uses the buffer of the inner reader.
impl<W: AsyncWrite + AsyncBufRead> AsyncBufRead for BufWriter<W> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        self.get_pin_mut().poll_fill_buf(cx)
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        self.get_pin_mut().consume(amt);
    }
}

impl<W: fmt::Debug> fmt::Debug for BufWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (used, all) = (self.buf.bytes.len(), self.buf.bytes.capacity());
        f.debug_struct("BufWriter")
            .field("writer", &self.inner)
            .field("buffer", &format_args!("{used}/{all}"))
            .field("written", &self.buf.written)
            .finish()
    }
}
