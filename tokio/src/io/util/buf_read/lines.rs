//! A source as a sequence of lines, or of the parts between delimiters.

use super::until::poll_read_until;
use crate::io::AsyncBufRead;
use pin_project_lite::pin_project;
use std::future::poll_fn;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The lines of a source; see [`lines`](super::AsyncBufReadExt::lines).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Lines<R> {
        #[pin]
        reader: R,
        // The part of a line that has been read so far.
        buf: Vec<u8>,
    }
}

impl<R: AsyncBufRead> Lines<R> {
    pub(super) fn new(reader: R) -> Self {
        Self {
            reader,
            buf: Vec::new(),
        }
    }

    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns `InvalidData` for a line that is not UTF-8, which is skipped, or the error of the
    /// source.
    #[inline]
    pub fn poll_next_line(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<String>>> {
        let this = self.project();
        ready!(poll_read_until(this.reader, cx, b'\n', this.buf, &mut 0))?;
        if this.buf.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut line = mem::take(this.buf);
        if line.last() == Some(&b'\n') {
            line.pop();
            if line.last() == Some(&b'\r') {
                line.pop();
            }
        }
        let line = String::from_utf8(line);
        Poll::Ready(match line {
            Ok(line) => Ok(Some(line)),
            Err(error) => Err(io::Error::new(io::ErrorKind::InvalidData, error)),
        })
    }
}

impl<R: AsyncBufRead + Unpin> Lines<R> {
    /// Returns the next line, or `None` at the end.
    ///
    /// # Errors
    ///
    /// See [`poll_next_line`](Self::poll_next_line).
    ///
    /// # Cancellation safety
    ///
    /// Safe: the part of a line that has been read is kept.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// Returns the source mutably. Bytes that are read from it directly are missing from the lines.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// Returns the source.
    pub fn get_ref(&mut self) -> &R {
        &self.reader
    }

    /// Returns the source. The part of a line that has been read is lost.
    pub fn into_inner(self) -> R {
        self.reader
    }
}

pin_project! {
    /// The parts of a source between delimiters; see [`split`](super::AsyncBufReadExt::split).
    #[derive(Debug)]
    #[must_use = "streams do nothing unless polled"]
    pub struct Split<R> {
        #[pin]
        reader: R,
        // The bytes of a part that have been read so far.
        buf: Vec<u8>,
        delimiter: u8,
    }
}

impl<R: AsyncBufRead> Split<R> {
    pub(super) fn new(reader: R, delimiter: u8) -> Self {
        Self {
            reader,
            buf: Vec::new(),
            delimiter,
        }
    }

    /// Returns the next part, without the delimiter, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns the error of the source.
    pub fn poll_next_segment(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<Option<Vec<u8>>>> {
        let this = self.project();
        let delimiter = *this.delimiter;
        ready!(poll_read_until(
            this.reader,
            cx,
            delimiter,
            this.buf,
            &mut 0
        ))?;
        if this.buf.is_empty() {
            return Poll::Ready(Ok(None));
        }
        let mut part = mem::take(this.buf);
        if part.last() == Some(&delimiter) {
            part.pop();
        }
        Poll::Ready(Ok(Some(part)))
    }
}

impl<R: AsyncBufRead + Unpin> Split<R> {
    /// Returns the next part, without the delimiter, or `None` at the end.
    ///
    /// # Errors
    ///
    /// Returns the error of the source.
    ///
    /// # Cancellation safety
    ///
    /// Safe: the bytes of a part that have been read are kept.
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }
}
