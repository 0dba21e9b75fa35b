//! `SyncIoBridge`: a stream for blocking code.

use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
use futures_lite::io::{AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, AsyncWriteExt};
use heist_runtime::Handle;
use std::io::{self, BufRead, IoSlice, Read, Seek, SeekFrom, Write};
use std::pin::Pin;

/// Adapts a stream with the I/O traits of `futures-io` to std's traits, for blocking code.
///
/// Use it in [`spawn_blocking`](heist_runtime::spawn_blocking), or on a thread of your own.
/// Dropping it neither flushes nor closes the stream.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncWriteExt, SyncIoBridge};
/// use std::io::{BufRead, BufReader};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let (mut near, far) = heist::io::duplex(64);
/// let bridge = SyncIoBridge::new(far);
/// let lines = heist::spawn_blocking(move || BufReader::new(bridge).lines().count());
/// near.write_all(b"one\ntwo\n").await?;
/// drop(near);
/// assert_eq!(lines.await?, 2);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct SyncIoBridge<T> {
    src: T,
    runtime: Handle,
}

impl<T: Unpin> SyncIoBridge<T> {
    /// Wraps a stream of the current runtime.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn new(src: T) -> Self {
        Self::new_with_handle(src, Handle::current())
    }

    /// Wraps a stream of this runtime.
    pub fn new_with_handle(src: T, rt: Handle) -> Self {
        Self { src, runtime: rt }
    }

    /// Returns the stream.
    pub fn into_inner(self) -> T {
        self.src
    }
}

impl<T: AsyncWrite + Unpin> SyncIoBridge<T> {
    /// Flushes and closes the stream.
    ///
    /// # Errors
    ///
    /// The errors of the stream.
    pub fn shutdown(&mut self) -> io::Result<()> {
        self.runtime.block_on(self.src.close())
    }
}

impl<T: AsyncRead + Unpin> Read for SyncIoBridge<T> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        self.runtime.block_on(self.src.read(buf))
    }

    fn read_to_end(&mut self, buf: &mut Vec<u8>) -> io::Result<usize> {
        self.runtime.block_on(self.src.read_to_end(buf))
    }

    fn read_to_string(&mut self, buf: &mut String) -> io::Result<usize> {
        self.runtime.block_on(self.src.read_to_string(buf))
    }

    fn read_exact(&mut self, buf: &mut [u8]) -> io::Result<()> {
        self.runtime.block_on(self.src.read_exact(buf))
    }
}

impl<T: AsyncBufRead + Unpin> BufRead for SyncIoBridge<T> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.runtime.block_on(self.src.fill_buf())
    }

    fn consume(&mut self, amt: usize) {
        Pin::new(&mut self.src).consume(amt);
    }
}

impl<T: AsyncWrite + Unpin> Write for SyncIoBridge<T> {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        self.runtime.block_on(self.src.write(buf))
    }

    fn write_vectored(&mut self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.runtime.block_on(self.src.write_vectored(bufs))
    }

    fn write_all(&mut self, buf: &[u8]) -> io::Result<()> {
        self.runtime.block_on(self.src.write_all(buf))
    }

    fn flush(&mut self) -> io::Result<()> {
        self.runtime.block_on(self.src.flush())
    }
}

impl<T: AsyncSeek + Unpin> Seek for SyncIoBridge<T> {
    fn seek(&mut self, pos: SeekFrom) -> io::Result<u64> {
        self.runtime.block_on(self.src.seek(pos))
    }
}

impl<T> AsRef<T> for SyncIoBridge<T> {
    fn as_ref(&self) -> &T {
        &self.src
    }
}

impl<T> AsMut<T> for SyncIoBridge<T> {
    fn as_mut(&mut self) -> &mut T {
        &mut self.src
    }
}
