//! `AsyncBufReadExt`: the methods of buffered readers to be awaited.

mod fill;
mod lines;
mod until;

pub use lines::{Lines, Split};

use super::operation::Operation;
use crate::io::AsyncBufRead;
use fill::FillBuf;
use std::pin::Pin;
use until::{ReadLine, ReadUntil};

/// [`AsyncBufRead`]'s methods to be awaited.
pub trait AsyncBufReadExt: AsyncBufRead {
    /// Reads up to and with the next `byte`, or to the end, appends the bytes to `buf`, and gives
    /// their number.
    ///
    /// # Errors
    ///
    /// Those of the source. What was read before is in `buf`.
    ///
    /// # Cancellation safety
    ///
    /// What was read is in `buf`, so that another call goes on with it.
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

    /// Reads up to and with the next line feed, or to the end, appends the text to `buf`, and gives
    /// its length in bytes.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is not UTF-8: it is lost then. Or those of the source: what was read
    /// before is in `buf`, if it is UTF-8.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: `buf` is empty, and what was read is lost. [`lines`](Self::lines) is.
    fn read_line<'a>(&'a mut self, buf: &'a mut String) -> Operation<'a, Self, ReadLine<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadLine::new(buf))
    }

    /// The parts that the source has between bytes of this value.
    fn split(self, byte: u8) -> Split<Self>
    where
        Self: Sized + Unpin,
    {
        Split::new(self, byte)
    }

    /// What is in the buffer, read from the source if that was nothing. Empty means the end.
    ///
    /// # Errors
    ///
    /// Those of the source.
    ///
    /// # Cancellation safety
    ///
    /// Safe: what was read stays in the buffer.
    fn fill_buf(&mut self) -> FillBuf<'_, Self>
    where
        Self: Unpin,
    {
        FillBuf::new(self)
    }

    /// Takes `amt` bytes, of those that [`fill_buf`](Self::fill_buf) has shown, out of the buffer.
    fn consume(&mut self, amt: usize)
    where
        Self: Unpin,
    {
        Pin::new(self).consume(amt);
    }

    /// The lines of the source, without their ends: a line feed, or a carriage return and one.
    fn lines(self) -> Lines<Self>
    where
        Self: Sized,
    {
        Lines::new(self)
    }
}

impl<R: AsyncBufRead + ?Sized> AsyncBufReadExt for R {}
