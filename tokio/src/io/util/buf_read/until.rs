//! Reading up to a given byte, or to the end of a line.

use crate::io::AsyncBufRead;
use crate::io::util::operation::Step;
use crate::io::util::read::into_text;
use std::io;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// See [`read_until`](super::AsyncBufReadExt::read_until).
#[derive(Debug)]
pub struct ReadUntil<'a> {
    delimiter: u8,
    buf: &'a mut Vec<u8>,
    read: usize,
}

impl<'a> ReadUntil<'a> {
    pub(super) fn new(delimiter: u8, buf: &'a mut Vec<u8>) -> Self {
        Self {
            delimiter,
            buf,
            read: 0,
        }
    }
}

impl<R: AsyncBufRead + ?Sized> Step<R> for ReadUntil<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        poll_read_until(reader, cx, self.delimiter, self.buf, &mut self.read)
    }
}

/// See [`read_line`](super::AsyncBufReadExt::read_line).
#[derive(Debug)]
pub struct ReadLine<'a> {
    output: &'a mut String,
    /// The bytes of `output` and those read. They are moved back when the line is complete.
    bytes: Vec<u8>,
    before: usize,
    read: usize,
}

impl<'a> ReadLine<'a> {
    pub(super) fn new(output: &'a mut String) -> Self {
        let bytes = mem::take(output).into_bytes();
        Self {
            before: bytes.len(),
            bytes,
            read: 0,
            output,
        }
    }
}

impl<R: AsyncBufRead + ?Sized> Step<R> for ReadLine<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let result = ready!(poll_read_until(
            reader,
            cx,
            b'\n',
            &mut self.bytes,
            &mut self.read
        ));
        let text = into_text(mem::take(&mut self.bytes), self.before, self.output);
        Poll::Ready(result.and_then(|len| text.map(|()| len)))
    }
}

/// Reads up to and including the delimiter, or to the end, and returns the number of bytes. `read`
/// is how many bytes earlier polls have read.
#[inline]
pub(super) fn poll_read_until<R: AsyncBufRead + ?Sized>(
    mut reader: Pin<&mut R>,
    cx: &mut Context<'_>,
    delimiter: u8,
    buf: &mut Vec<u8>,
    read: &mut usize,
) -> Poll<io::Result<usize>> {
    loop {
        let available = match ready!(reader.as_mut().poll_fill_buf(cx)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            other => other?,
        };
        let end = find(delimiter, available).map(|place| place + 1);
        let used = end.unwrap_or(available.len());
        buf.extend_from_slice(&available[..used]);
        reader.as_mut().consume(used);
        *read += used;
        if end.is_some() || used == 0 {
            return Poll::Ready(Ok(mem::take(read)));
        }
    }
}

/// Returns the index of the first such byte. The system's function takes half as many instructions
/// for a short line as the crate `memchr`.
#[cfg(unix)]
#[inline]
fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    let start = bytes.as_ptr();
    // SAFETY: it reads only the bytes of the slice.
    let found = unsafe { libc::memchr(start.cast(), i32::from(byte), bytes.len()) };
    (!found.is_null()).then(|| found.addr() - start.addr())
}

#[cfg(not(unix))]
fn find(byte: u8, bytes: &[u8]) -> Option<usize> {
    memchr::memchr(byte, bytes)
}
