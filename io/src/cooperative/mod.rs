//! The methods and functions of `futures-lite`'s `io`, which here spend the poll budget.
//!
//! A reader in memory is always ready, and so is a buffered one until its buffer is empty. A loop
//! over one within a single poll never yields, and a `timeout` around it never expires. Here each
//! step spends a unit of the budget, unless the stream has spent one itself.
//!
//! Invariant: all futures here poll the stream through [`Cooperative`] alone.

mod functions;
mod read;
mod write;

pub use functions::{Empty, Repeat, Sink, copy, empty, repeat, sink};
pub use read::{
    AsyncBufReadExt, AsyncReadExt, AsyncSeekExt, Bytes, FillBuf, Lines, ReadExactFuture,
    ReadFuture, ReadLineFuture, ReadToEndFuture, ReadToStringFuture, ReadUntilFuture,
    ReadVectoredFuture, SeekFuture, Split,
};
pub use write::{
    AsyncWriteExt, CloseFuture, FlushFuture, WriteAllFuture, WriteFuture, WriteVectoredFuture,
};

use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek, AsyncWrite};
use heist_runtime::task::poll_cooperative;
use std::io::{self, IoSlice, IoSliceMut, SeekFrom};
use std::pin::Pin;
use std::ptr;
use std::task::{Context, Poll};

/// Wraps a stream so that each operation spends at least one unit of the poll budget.
///
/// # Examples
///
/// ```
/// use heist::io::{AssertAsync, AsyncReadExt, Cooperative};
/// use heist::time::{Duration, timeout};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// // Any library that reads it lets other tasks run.
/// let mut zeros = Cooperative::new(AssertAsync::new(std::io::repeat(0)));
/// let mut bytes = [0; 64];
/// let endless = async {
///     loop {
///         zeros.read(&mut bytes).await?;
///     }
/// };
/// let ended: Result<std::io::Result<()>, _> = timeout(Duration::from_millis(5), endless).await;
/// assert!(ended.is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[repr(transparent)]
pub struct Cooperative<T: ?Sized>(T);

impl<T> Cooperative<T> {
    /// Wraps a stream.
    pub const fn new(stream: T) -> Self {
        Self(stream)
    }

    /// Returns the wrapped stream.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T: ?Sized> Cooperative<T> {
    /// Wraps a borrowed stream.
    pub fn of(stream: &mut T) -> &mut Self {
        let stream = ptr::from_mut(stream) as *mut Self;
        // SAFETY: a transparent newtype has the same layout, and the lifetime is the same.
        unsafe { &mut *stream }
    }

    fn inner(self: Pin<&mut Self>) -> Pin<&mut T> {
        // SAFETY: the field is pinned whenever the whole is: nothing moves out of a pinned one,
        // there is no `Drop`, and it is `Unpin` only if the field is.
        unsafe { self.map_unchecked_mut(|this| &mut this.0) }
    }
}

impl<R: AsyncRead + ?Sized> AsyncRead for Cooperative<R> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        poll_cooperative(cx, |cx| self.inner().poll_read(cx, buf))
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        poll_cooperative(cx, |cx| self.inner().poll_read_vectored(cx, bufs))
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufRead for Cooperative<R> {
    fn poll_fill_buf(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<&[u8]>> {
        poll_cooperative(cx, |cx| self.inner().poll_fill_buf(cx))
    }

    fn consume(self: Pin<&mut Self>, amt: usize) {
        self.inner().consume(amt);
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWrite for Cooperative<W> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        poll_cooperative(cx, |cx| self.inner().poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        poll_cooperative(cx, |cx| self.inner().poll_write_vectored(cx, bufs))
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_cooperative(cx, |cx| self.inner().poll_flush(cx))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        poll_cooperative(cx, |cx| self.inner().poll_close(cx))
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeek for Cooperative<S> {
    fn poll_seek(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        pos: SeekFrom,
    ) -> Poll<io::Result<u64>> {
        poll_cooperative(cx, |cx| self.inner().poll_seek(cx, pos))
    }
}
