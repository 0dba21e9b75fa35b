//! The methods of readers.

use super::Cooperative;
use futures_io::{AsyncBufRead, AsyncRead, AsyncSeek};
use futures_lite::io as lite;
use futures_lite::io::{Chain, Take};
use std::io::{IoSliceMut, SeekFrom};
use std::pin::Pin;

/// See [`AsyncReadExt::read`].
pub type ReadFuture<'a, S> = lite::ReadFuture<'a, Cooperative<S>>;
/// See [`AsyncReadExt::read_vectored`].
pub type ReadVectoredFuture<'a, S> = lite::ReadVectoredFuture<'a, Cooperative<S>>;
/// See [`AsyncReadExt::read_to_end`].
pub type ReadToEndFuture<'a, S> = lite::ReadToEndFuture<'a, Cooperative<S>>;
/// See [`AsyncReadExt::read_to_string`].
pub type ReadToStringFuture<'a, S> = lite::ReadToStringFuture<'a, Cooperative<S>>;
/// See [`AsyncReadExt::read_exact`].
pub type ReadExactFuture<'a, S> = lite::ReadExactFuture<'a, Cooperative<S>>;
/// See [`AsyncBufReadExt::fill_buf`].
pub type FillBuf<'a, S> = lite::FillBuf<'a, Cooperative<S>>;
/// See [`AsyncBufReadExt::read_until`].
pub type ReadUntilFuture<'a, S> = lite::ReadUntilFuture<'a, Cooperative<S>>;
/// See [`AsyncBufReadExt::read_line`].
pub type ReadLineFuture<'a, S> = lite::ReadLineFuture<'a, Cooperative<S>>;
/// See [`AsyncSeekExt::seek`].
pub type SeekFuture<'a, S> = lite::SeekFuture<'a, Cooperative<S>>;
/// A stream of bytes; see [`AsyncReadExt::bytes`].
pub type Bytes<R> = lite::Bytes<Cooperative<R>>;
/// A stream of lines; see [`AsyncBufReadExt::lines`].
pub type Lines<R> = lite::Lines<Cooperative<R>>;
/// A stream of the parts between delimiters; see [`AsyncBufReadExt::split`].
pub type Split<R> = lite::Split<Cooperative<R>>;

/// The methods of readers.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut reader = &b"one two"[..];
/// let mut three = [0; 3];
/// reader.read_exact(&mut three).await?;
/// assert_eq!(&three, b"one");
/// let mut rest = String::new();
/// reader.read_to_string(&mut rest).await?;
/// assert_eq!(rest, " two");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncReadExt: AsyncRead {
    /// Reads some bytes, and returns their number: 0 at the end. Cancel safe.
    fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> ReadFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncReadExt::read(Cooperative::of(self), buf)
    }

    /// Like [`read`](Self::read), into several buffers.
    fn read_vectored<'a>(
        &'a mut self,
        bufs: &'a mut [IoSliceMut<'a>],
    ) -> ReadVectoredFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncReadExt::read_vectored(Cooperative::of(self), bufs)
    }

    /// Appends all bytes up to the end, and returns their number.
    fn read_to_end<'a>(&'a mut self, buf: &'a mut Vec<u8>) -> ReadToEndFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncReadExt::read_to_end(Cooperative::of(self), buf)
    }

    /// Like [`read_to_end`](Self::read_to_end), for text; `InvalidData` if it is not UTF-8.
    fn read_to_string<'a>(&'a mut self, buf: &'a mut String) -> ReadToStringFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncReadExt::read_to_string(Cooperative::of(self), buf)
    }

    /// Fills the buffer; `UnexpectedEof` if the reader ends before. Not cancel safe.
    fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> ReadExactFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncReadExt::read_exact(Cooperative::of(self), buf)
    }

    /// Creates a reader that ends after `limit` bytes.
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        lite::AsyncReadExt::take(self, limit)
    }

    /// Converts the reader into a stream of its bytes.
    fn bytes(self) -> Bytes<Self>
    where
        Self: Sized,
    {
        lite::AsyncReadExt::bytes(Cooperative::new(self))
    }

    /// Creates a reader that continues with `next` at the end of this one.
    fn chain<R: AsyncRead>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
    {
        lite::AsyncReadExt::chain(self, next)
    }

    /// Boxes the reader and erases its type.
    fn boxed_reader<'a>(self) -> Pin<Box<dyn AsyncRead + Send + 'a>>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}

/// The methods of readers with a buffer.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncBufReadExt;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut reader = &b"one\ntwo\n"[..];
/// let mut line = String::new();
/// assert_eq!(reader.read_line(&mut line).await?, 4);
/// assert_eq!(line, "one\n");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncBufReadExt: AsyncBufRead {
    /// Returns the buffer's content, once there is any; empty at the end. Cancel safe.
    fn fill_buf(&mut self) -> FillBuf<'_, Self>
    where
        Self: Unpin,
    {
        lite::AsyncBufReadExt::fill_buf(Cooperative::of(self))
    }

    /// Removes `amt` bytes from the buffer.
    fn consume(&mut self, amt: usize)
    where
        Self: Unpin,
    {
        AsyncBufRead::consume(Pin::new(self), amt);
    }

    /// Appends all bytes up to and including `byte`, or up to the end.
    fn read_until<'a>(&'a mut self, byte: u8, buf: &'a mut Vec<u8>) -> ReadUntilFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncBufReadExt::read_until(Cooperative::of(self), byte, buf)
    }

    /// Appends a line with its line ending; `InvalidData` if it is not UTF-8.
    fn read_line<'a>(&'a mut self, buf: &'a mut String) -> ReadLineFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncBufReadExt::read_line(Cooperative::of(self), buf)
    }

    /// Converts the reader into a stream of its lines, without line endings.
    fn lines(self) -> Lines<Self>
    where
        Self: Unpin + Sized,
    {
        lite::AsyncBufReadExt::lines(Cooperative::new(self))
    }

    /// Converts the reader into a stream of the parts between bytes of this value.
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized,
    {
        lite::AsyncBufReadExt::split(Cooperative::new(self), byte)
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}

/// The method of streams that have a position.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncSeekExt};
/// use std::io::SeekFrom;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut reader = heist::io::Cursor::new("one two");
/// assert_eq!(reader.seek(SeekFrom::Start(4)).await?, 4);
/// let mut rest = String::new();
/// reader.read_to_string(&mut rest).await?;
/// assert_eq!(rest, "two");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves to the position, and returns its distance from the start.
    fn seek(&mut self, pos: SeekFrom) -> SeekFuture<'_, Self>
    where
        Self: Unpin,
    {
        lite::AsyncSeekExt::seek(Cooperative::of(self), pos)
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeekExt for S {}
