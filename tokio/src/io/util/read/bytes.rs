//! Reading into the caller's buffer.

use crate::io::util::operation::Step;
use crate::io::{AsyncRead, ReadBuf};
use bytes::BufMut;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// See [`read`](super::AsyncReadExt::read).
#[derive(Debug)]
pub struct Read<'a>(pub(super) &'a mut [u8]);

impl<R: AsyncRead + ?Sized> Step<R> for Read<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut buf = ReadBuf::new(self.0);
        ready!(reader.poll_read(cx, &mut buf))?;
        Poll::Ready(Ok(buf.filled().len()))
    }
}

/// See [`read_buf`](super::AsyncReadExt::read_buf).
#[derive(Debug)]
pub struct ReadInto<'a, B: ?Sized>(pub(super) &'a mut B);

impl<R: AsyncRead + ?Sized, B: BufMut + ?Sized> Step<R> for ReadInto<'_, B> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.0.has_remaining_mut() {
            return Poll::Ready(Ok(0));
        }
        // SAFETY: `ReadBuf` stores no uninitialized byte.
        let chunk = unsafe { self.0.chunk_mut().as_uninit_slice_mut() };
        let start = chunk.as_ptr();
        let mut buf = ReadBuf::uninit(chunk);
        ready!(reader.poll_read(cx, &mut buf))?;
        // A reader could have replaced the buffer by another one.
        assert_eq!(start, buf.filled().as_ptr().cast());
        let len = buf.filled().len();
        // SAFETY: the filled bytes are initialized, and are the beginning of this chunk.
        unsafe { self.0.advance_mut(len) };
        Poll::Ready(Ok(len))
    }
}

/// See [`read_exact`](super::AsyncReadExt::read_exact).
#[derive(Debug)]
pub struct ReadExact<'a>(ReadBuf<'a>);

impl<'a> ReadExact<'a> {
    pub(super) fn new(buf: &'a mut [u8]) -> Self {
        Self(ReadBuf::new(buf))
    }
}

impl<R: AsyncRead + ?Sized> Step<R> for ReadExact<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        ready!(poll_fill(reader, cx, &mut self.0))?;
        Poll::Ready(Ok(self.0.capacity()))
    }
}

/// Reads until the buffer is full.
pub(super) fn poll_fill<R: AsyncRead + ?Sized>(
    mut reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    buf: &mut ReadBuf<'_>,
) -> Poll<io::Result<()>> {
    while buf.remaining() > 0 {
        let before = buf.remaining();
        match ready!(reader.as_mut().poll_read(cx, buf)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Poll::Ready(Err(error)),
            Ok(()) if buf.remaining() == before => {
                let error = io::Error::new(io::ErrorKind::UnexpectedEof, "early eof");
                return Poll::Ready(Err(error));
            }
            Ok(()) => {}
        }
    }
    Poll::Ready(Ok(()))
}
