//! `CopyBuffer`: copying in one direction through a buffer.
//!
//! Invariant: `written <= read <= bytes.len()`, and the bytes between the first two are still to be
//! written.

use crate::io::{AsyncRead, AsyncWrite, ReadBuf};
use heist_runtime::task::poll_proceed;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

#[derive(Debug)]
pub(super) struct CopyBuffer {
    bytes: Box<[u8]>,
    read: usize,
    written: usize,
    /// Whether the reader has reached its end.
    ended: bool,
    unflushed: bool,
    /// Total number of bytes written.
    copied: u64,
}

impl CopyBuffer {
    pub(super) fn new(size: usize) -> Self {
        Self {
            bytes: vec![0; size].into_boxed_slice(),
            read: 0,
            written: 0,
            ended: false,
            unflushed: false,
            copied: 0,
        }
    }

    /// Copies until the reader's end, flushes, and returns the number of bytes.
    pub(super) fn poll_copy<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<u64>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        // All copying in one poll counts as one unit: readers and writers spend their own.
        let mut progress = Some(ready!(poll_proceed(cx)));
        loop {
            if !self.ended && self.read < self.bytes.len() {
                match self.poll_fill(cx, reader.as_mut()) {
                    Poll::Ready(result) => {
                        if let Some(progress) = progress.take() {
                            progress.made();
                        }
                        result?;
                    }
                    Poll::Pending if self.written == self.read => {
                        // It may take long until more bytes arrive.
                        if self.unflushed {
                            ready!(writer.as_mut().poll_flush(cx))?;
                            if let Some(progress) = progress.take() {
                                progress.made();
                            }
                            self.unflushed = false;
                        }
                        return Poll::Pending;
                    }
                    Poll::Pending => {}
                }
            }
            while self.written < self.read {
                let len = ready!(self.poll_write(cx, reader.as_mut(), writer.as_mut()))?;
                if let Some(progress) = progress.take() {
                    progress.made();
                }
                if len == 0 {
                    let text = "write zero byte into writer";
                    return Poll::Ready(Err(io::Error::new(io::ErrorKind::WriteZero, text)));
                }
                self.written += len;
                self.copied += len as u64;
                self.unflushed = true;
            }
            (self.read, self.written) = (0, 0);
            if self.ended {
                ready!(writer.as_mut().poll_flush(cx))?;
                if let Some(progress) = progress.take() {
                    progress.made();
                }
                return Poll::Ready(Ok(self.copied));
            }
        }
    }

    fn poll_fill<R: AsyncRead + ?Sized>(
        &mut self,
        cx: &mut Context<'_>,
        mut reader: Pin<&mut R>,
    ) -> Poll<io::Result<()>> {
        let mut buf = ReadBuf::new(&mut self.bytes);
        buf.set_filled(self.read);
        loop {
            match ready!(reader.as_mut().poll_read(cx, &mut buf)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(()) => break,
            }
        }
        let read = buf.filled().len();
        self.ended = read == self.read;
        self.read = read;
        Poll::Ready(Ok(()))
    }

    fn poll_write<R, W>(
        &mut self,
        cx: &mut Context<'_>,
        reader: Pin<&mut R>,
        mut writer: Pin<&mut W>,
    ) -> Poll<io::Result<usize>>
    where
        R: AsyncRead + ?Sized,
        W: AsyncWrite + ?Sized,
    {
        loop {
            match writer
                .as_mut()
                .poll_write(cx, &self.bytes[self.written..self.read])
            {
                Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => {}
                Poll::Pending => {
                    // Meanwhile more is read, which may also be what the writer is waiting for.
                    if !self.ended && self.read < self.bytes.len() {
                        ready!(self.poll_fill(cx, reader))?;
                    }
                    return Poll::Pending;
                }
                ready => return ready,
            }
        }
    }
}
