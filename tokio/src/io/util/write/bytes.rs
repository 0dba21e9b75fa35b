//! Writing from the caller's buffer.

use crate::io::AsyncWrite;
use crate::io::util::operation::Step;
use bytes::Buf;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The maximum number of buffers that are passed to a vectored write: tokio's figure.
const MAX_BUFFERS: usize = 64;

/// See [`write`](super::AsyncWriteExt::write).
#[derive(Debug)]
pub struct Write<'a>(pub(super) &'a [u8]);

impl<W: AsyncWrite + ?Sized> Step<W> for Write<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        writer.poll_write(cx, self.0)
    }
}

/// See [`write_vectored`](super::AsyncWriteExt::write_vectored).
#[derive(Debug)]
pub struct WriteVectored<'a, 'b>(pub(super) &'a [IoSlice<'b>]);

impl<W: AsyncWrite + ?Sized> Step<W> for WriteVectored<'_, '_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        writer.poll_write_vectored(cx, self.0)
    }
}

/// See [`write_all`](super::AsyncWriteExt::write_all).
#[derive(Debug)]
pub struct WriteAll<'a>(pub(super) &'a [u8]);

impl<W: AsyncWrite + ?Sized> Step<W> for WriteAll<'_> {
    type Output = io::Result<()>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_write_all(writer, cx, &mut self.0)
    }
}

/// See [`write_buf`](super::AsyncWriteExt::write_buf).
#[derive(Debug)]
pub struct WriteFrom<'a, B>(pub(super) &'a mut B);

impl<W: AsyncWrite, B: Buf> Step<W> for WriteFrom<'_, B> {
    type Output = io::Result<usize>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        if !self.0.has_remaining() {
            return Poll::Ready(Ok(0));
        }
        poll_write_some(writer, cx, self.0)
    }
}

/// See [`write_all_buf`](super::AsyncWriteExt::write_all_buf).
#[derive(Debug)]
pub struct WriteAllFrom<'a, B>(pub(super) &'a mut B);

impl<W: AsyncWrite, B: Buf> Step<W> for WriteAllFrom<'_, B> {
    type Output = io::Result<()>;

    fn poll(&mut self, mut writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while self.0.has_remaining() {
            match ready!(poll_write_some(writer.as_mut(), cx, self.0)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                Ok(_) => {}
            }
        }
        Poll::Ready(Ok(()))
    }
}

fn poll_write_some<W: AsyncWrite, B: Buf>(
    writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    buf: &mut B,
) -> Poll<io::Result<usize>> {
    let written = if writer.is_write_vectored() {
        let mut slices = [IoSlice::new(&[]); MAX_BUFFERS];
        let count = buf.chunks_vectored(&mut slices);
        ready!(writer.poll_write_vectored(cx, &slices[..count]))?
    } else {
        ready!(writer.poll_write(cx, buf.chunk()))?
    };
    buf.advance(written);
    Poll::Ready(Ok(written))
}

/// Writes until nothing is left of `bytes`.
pub(super) fn poll_write_all<W: AsyncWrite + ?Sized>(
    mut writer: Pin<&mut W>,
    cx: &mut Context<'_>,
    bytes: &mut &[u8],
) -> Poll<io::Result<()>> {
    while !bytes.is_empty() {
        match ready!(writer.as_mut().poll_write(cx, bytes)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Poll::Ready(Err(error)),
            Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            Ok(written) => *bytes = &bytes[written..],
        }
    }
    Poll::Ready(Ok(()))
}
