//! `AsyncBufReadExt`: the methods of buffered readers that are awaited.

mod fill;
mod lines;
mod until;

pub use lines::{Lines, Split};

use super::operation::Operation;
use crate::io::AsyncBufRead;
use fill::FillBuf;
use std::pin::Pin;
use until::{ReadLine, ReadUntil};

/// The methods of [`AsyncBufRead`] that are awaited.
pub trait AsyncBufReadExt: AsyncBufRead {
    /// Reads up to and including the next `byte`, or to the end; appends the bytes to `buf`, and
    /// returns their number.
    ///
    /// # Errors
    ///
    /// Returns the error of the source. The bytes read before are in `buf`.
    ///
    /// # Cancellation safety
    ///
    /// The bytes read are in `buf`, and another call continues after them.
    fn read_until<'a>(
        &'a mut self,
        byte: u8,
        buf: &'a mut Vec<u8>,
    ) -> Operation<'a, Self, ReadUntil<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadUntil::new(byte, buf))
    }

    /// Reads up to and including the next line feed, or to the end; appends the text to `buf`, and
    /// returns its length in bytes.
    ///
    /// # Errors
    ///
    /// Returns `InvalidData` if the text is not UTF-8, which is lost in that case. Or returns the
    /// error of the source; the text read before is then in `buf`, if it is UTF-8.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: `buf` becomes empty, and the text read is lost. [`lines`](Self::lines) is safe.
    fn read_line<'a>(&'a mut self, buf: &'a mut String) -> Operation<'a, Self, ReadLine<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadLine::new(buf))
    }

    /// Splits the source at bytes of this value.
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized + Unpin,
    {
        Split::new(self, byte)
    }

    /// Returns the contents of the buffer, after filling it from the source if it was empty. An
    /// empty slice means the end.
    ///
    /// # Errors
    ///
    /// Returns the error of the source.
    ///
    /// # Cancellation safety
    ///
    /// Safe: the bytes read stay in the buffer.
    fn fill_buf(&mut self) -> FillBuf<'_, Self>
    where
        Self: Unpin,
    {
        FillBuf::new(self)
    }

    /// Removes `amt` bytes from the buffer, of those that [`fill_buf`](Self::fill_buf) has
    /// returned.
    fn consume(&mut self, amt: usize)
    where
        Self: Unpin,
    {
        Pin::new(self).consume(amt);
    }

    /// Returns the lines of the source, without the line feed or carriage return and line feed at
    /// their ends.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}
