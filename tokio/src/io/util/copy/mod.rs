//! Copying from readers to writers.

mod both_ways;
mod buffer;

pub use both_ways::{copy_bidirectional, copy_bidirectional_with_sizes};

use super::DEFAULT_BUFFER;
use crate::io::{AsyncBufRead, AsyncRead, AsyncWrite};
use buffer::CopyBuffer;
use heist_runtime::task::poll_proceed;
use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Copies from a reader to a writer until the reader's end, flushes the writer, and returns the
/// number of bytes.
///
/// It copies through a buffer of 8 KiB. While there is nothing to read, the bytes already written
/// are flushed.
///
/// # Errors
///
/// Returns the error of either, or `WriteZero` if no more can be written.
///
/// # Cancellation safety
///
/// Not safe: bytes that were read may not have been written.
pub async fn copy<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> io::Result<u64>
where
    R: AsyncRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let mut buffer = CopyBuffer::new(DEFAULT_BUFFER);
    poll_fn(|cx| buffer.poll_copy(cx, Pin::new(&mut *reader), Pin::new(&mut *writer))).await
}

/// Like [`copy`], through the reader's own buffer.
///
/// # Errors
///
/// See [`copy`].
///
/// # Cancellation safety
///
/// Safe: the bytes that have not been written stay in the reader's buffer.
pub async fn copy_buf<'a, R, W>(reader: &'a mut R, writer: &'a mut W) -> io::Result<u64>
where
    R: AsyncBufRead + Unpin + ?Sized,
    W: AsyncWrite + Unpin + ?Sized,
{
    let (mut copied, mut unflushed) = (0, false);
    poll_fn(|cx| {
        let (reader, writer) = (Pin::new(&mut *reader), Pin::new(&mut *writer));
        poll_copy_buf(cx, reader, writer, &mut copied, &mut unflushed)
    })
    .await
}

fn poll_copy_buf<R: AsyncBufRead + ?Sized, W: AsyncWrite + ?Sized>(
    cx: &mut Context<'_>,
    mut reader: Pin<&mut R>,
    mut writer: Pin<&mut W>,
    copied: &mut u64,
    unflushed: &mut bool,
) -> Poll<io::Result<u64>> {
    let mut progress = Some(ready!(poll_proceed(cx)));
    loop {
        let buf = match reader.as_mut().poll_fill_buf(cx) {
            Poll::Ready(Err(error)) if error.kind() == io::ErrorKind::Interrupted => continue,
            Poll::Ready(result) => {
                if let Some(progress) = progress.take() {
                    progress.made();
                }
                result?
            }
            Poll::Pending => {
                if *unflushed {
                    ready!(writer.as_mut().poll_flush(cx))?;
                    *unflushed = false;
                }
                return Poll::Pending;
            }
        };
        if buf.is_empty() {
            ready!(writer.as_mut().poll_flush(cx))?;
            return Poll::Ready(Ok(*copied));
        }
        let written = match ready!(writer.as_mut().poll_write(cx, buf)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
            result => result?,
        };
        *copied += written as u64;
        *unflushed = true;
        reader.as_mut().consume(written);
    }
}
