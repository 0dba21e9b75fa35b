//! A source as a sequence: of lines, or of the parts between delimiters.

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
        // What has been read of a line.
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

    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is not UTF-8: it is skipped. Or those of the source.
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
    /// The next line; `None` at the end.
    ///
    /// # Errors
    ///
    /// See [`poll_next_line`](Self::poll_next_line).
    ///
    /// # Cancellation safety
    ///
    /// Safe: what was read of a line is kept.
    pub async fn next_line(&mut self) -> io::Result<Option<String>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_line(cx)).await
    }

    /// The source. What is read from it directly is not in a line.
    pub fn get_mut(&mut self) -> &mut R {
        &mut self.reader
    }

    /// The source.
    pub fn get_ref(&mut self) -> &R {
        &self.reader
    }

    /// Takes the source out. What was read of a line is lost.
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
        // What has been read of a part.
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

    /// The next part, without the delimiter; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the source.
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
    /// The next part, without the delimiter; `None` at the end.
    ///
    /// # Errors
    ///
    /// Those of the source.
    ///
    /// # Cancellation safety
    ///
    /// Safe: what was read of a part is kept.
    pub async fn next_segment(&mut self) -> io::Result<Option<Vec<u8>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next_segment(cx)).await
    }
}
