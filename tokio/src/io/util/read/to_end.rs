//! Reading to the end.

use crate::io::util::operation::Step;
use crate::io::{AsyncRead, ReadBuf};
use std::borrow::BorrowMut;
use std::io;
use std::mem::{self, MaybeUninit};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The minimum room for a read, and the size of the separate buffer that is read into when the
/// vector is full but may already hold everything. tokio's figure.
const PROBE: usize = 32;

/// A vector that grows as it is read into.
#[derive(Debug)]
pub(crate) struct Grown<V> {
    bytes: V,
    /// Number of bytes known to be initialized, including those beyond the length.
    initialized: usize,
    /// While the capacity is the one the user gave, the vector is not grown only to find the end.
    capacity_at_first: usize,
    /// Bytes read so far.
    read: usize,
}

impl<V: BorrowMut<Vec<u8>>> Grown<V> {
    pub(crate) fn new(bytes: V) -> Self {
        let vec: &Vec<u8> = bytes.borrow();
        Self {
            initialized: vec.len(),
            capacity_at_first: vec.capacity(),
            read: 0,
            bytes,
        }
    }

    /// Reads to the end, and returns the number of bytes.
    pub(crate) fn poll_read_all<R: AsyncRead + ?Sized>(
        &mut self,
        mut reader: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        loop {
            match ready!(self.poll_read_some(reader.as_mut(), cx)) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Poll::Ready(Err(error)),
                Ok(0) => return Poll::Ready(Ok(mem::take(&mut self.read))),
                Ok(len) => self.read += len,
            }
        }
    }

    fn poll_read_some<R: AsyncRead + ?Sized>(
        &mut self,
        reader: Pin<&mut R>,
        cx: &mut Context<'_>,
    ) -> Poll<io::Result<usize>> {
        let vec = self.bytes.borrow_mut();
        let room = vec.capacity() - vec.len();
        let as_given = vec.capacity() == self.capacity_at_first && vec.capacity() >= PROBE;
        if room < PROBE && as_given {
            let mut probe = [MaybeUninit::uninit(); PROBE];
            let mut probe = ReadBuf::uninit(&mut probe);
            ready!(reader.poll_read(cx, &mut probe))?;
            let read = probe.filled();
            if read.len() > room {
                vec.reserve(PROBE);
                self.initialized = vec.len();
            }
            vec.extend_from_slice(read);
            self.initialized = self.initialized.max(vec.len());
            return Poll::Ready(Ok(read.len()));
        }
        if room < PROBE {
            vec.reserve(PROBE);
            // Bytes initialized beyond the length have not been copied.
            self.initialized = vec.len();
        }
        let len = vec.len();
        let spare = vec.spare_capacity_mut();
        let start = spare.as_ptr();
        let mut buf = ReadBuf::uninit(spare);
        // SAFETY: these bytes were initialized in this allocation, and have stayed so.
        unsafe { buf.assume_init(self.initialized - len) };
        let polled = reader.poll_read(cx, &mut buf);
        // A reader could have replaced the buffer by another one.
        assert_eq!(start, buf.filled().as_ptr().cast());
        self.initialized = len + buf.initialized().len();
        let read = buf.filled().len();
        // SAFETY: the filled bytes are initialized, and within the capacity.
        unsafe { vec.set_len(len + read) };
        polled.map_ok(|()| read)
    }
}

/// See [`read_to_end`](super::AsyncReadExt::read_to_end).
#[derive(Debug)]
pub struct ReadToEnd<'a>(Grown<&'a mut Vec<u8>>);

impl<'a> ReadToEnd<'a> {
    pub(super) fn new(buf: &'a mut Vec<u8>) -> Self {
        Self(Grown::new(buf))
    }
}

impl<R: AsyncRead + ?Sized> Step<R> for ReadToEnd<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        self.0.poll_read_all(reader, cx)
    }
}

/// See [`read_to_string`](super::AsyncReadExt::read_to_string).
#[derive(Debug)]
pub struct ReadToString<'a> {
    output: &'a mut String,
    /// `output`'s bytes, and those read. They go back when all are there.
    buf: Grown<Vec<u8>>,
    before: usize,
}

impl<'a> ReadToString<'a> {
    pub(super) fn new(output: &'a mut String) -> Self {
        let bytes = mem::take(output).into_bytes();
        Self {
            before: bytes.len(),
            buf: Grown::new(bytes),
            output,
        }
    }
}

impl<R: AsyncRead + ?Sized> Step<R> for ReadToString<'_> {
    type Output = io::Result<usize>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let result = ready!(self.buf.poll_read_all(reader, cx));
        let mut bytes = mem::take(&mut self.buf.bytes);
        if result.is_err() {
            bytes.truncate(self.before);
        }
        let text = into_text(bytes, self.before, self.output);
        Poll::Ready(result.and_then(|len| text.map(|()| len)))
    }
}

/// Stores `bytes` as text in `output`. If they are not UTF-8, it stores only the first `valid`
/// bytes, which are known to be.
///
/// # Errors
///
/// Returns `InvalidData` if the bytes are not UTF-8.
pub(crate) fn into_text(bytes: Vec<u8>, valid: usize, output: &mut String) -> io::Result<()> {
    match String::from_utf8(bytes) {
        Ok(text) => {
            *output = text;
            Ok(())
        }
        Err(error) => {
            let reason = error.utf8_error();
            let mut bytes = error.into_bytes();
            bytes.truncate(valid);
            *output = String::from_utf8(bytes).expect("it was a `String` before");
            Err(io::Error::new(io::ErrorKind::InvalidData, reason))
        }
    }
}
