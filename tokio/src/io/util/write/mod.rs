//! `AsyncWriteExt`: the methods of writers that are awaited.

mod bytes;
mod end;
mod number;

use super::operation::Operation;
use crate::io::AsyncWrite;
use ::bytes::Buf;
use bytes::{Write, WriteAll, WriteAllFrom, WriteFrom, WriteVectored};
use end::{Flush, Shutdown};
use heist_io::number::{Big, Little};
use number::WriteNumber;
use std::io::IoSlice;

macro_rules! write_numbers {
    ($($read:ident, $write:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Writes ", $text, ".")]
        ///
        /// # Errors
        ///
        /// Returns `WriteZero` if no more can be written, or the error of the destination.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: how many bytes were written is unknown.
        fn $write(&mut self, n: $number) -> Operation<'_, Self, WriteNumber<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, WriteNumber::new(n))
        }
    )*};
}

/// The methods of [`AsyncWrite`] that are awaited.
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes as many bytes of `src` as it can at once, and returns their number.
    ///
    /// # Errors
    ///
    /// Returns the error of the destination. Nothing has been written in that case.
    ///
    /// # Cancellation safety
    ///
    /// Safe: if the future is dropped before it is ready, nothing has been written.
    fn write<'a>(&'a mut self, src: &'a [u8]) -> Operation<'a, Self, Write<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, Write(src))
    }

    /// Like [`write`](Self::write), from several buffers in order.
    ///
    /// # Errors
    ///
    /// See [`write`](Self::write).
    ///
    /// # Cancellation safety
    ///
    /// See [`write`](Self::write).
    fn write_vectored<'a, 'b>(
        &'a mut self,
        bufs: &'a [IoSlice<'b>],
    ) -> Operation<'a, Self, WriteVectored<'a, 'b>>
    where
        Self: Unpin,
    {
        Operation::new(self, WriteVectored(bufs))
    }

    /// Like [`write`](Self::write), from a [`Buf`], which is advanced.
    ///
    /// # Errors
    ///
    /// See [`write`](Self::write).
    ///
    /// # Cancellation safety
    ///
    /// See [`write`](Self::write).
    fn write_buf<'a, B>(&'a mut self, src: &'a mut B) -> Operation<'a, Self, WriteFrom<'a, B>>
    where
        Self: Sized + Unpin,
        B: Buf,
    {
        Operation::new(self, WriteFrom(src))
    }

    /// Writes all of a [`Buf`], which is advanced.
    ///
    /// # Errors
    ///
    /// Returns `WriteZero` if no more can be written, or the error of the destination. `src` is
    /// advanced past the bytes that were written.
    ///
    /// # Cancellation safety
    ///
    /// `src` is advanced past the bytes that were written, so that the rest can be written later.
    fn write_all_buf<'a, B>(
        &'a mut self,
        src: &'a mut B,
    ) -> Operation<'a, Self, WriteAllFrom<'a, B>>
    where
        Self: Sized + Unpin,
        B: Buf,
    {
        Operation::new(self, WriteAllFrom(src))
    }

    /// Writes all of `src`.
    ///
    /// # Errors
    ///
    /// Returns `WriteZero` if no more can be written, or the error of the destination. How much was
    /// written is then unknown.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: how much was written is unknown.
    fn write_all<'a>(&'a mut self, src: &'a [u8]) -> Operation<'a, Self, WriteAll<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, WriteAll(src))
    }

    heist_io::number_methods!(write_numbers);

    /// Flushes all buffered bytes to the destination.
    ///
    /// # Errors
    ///
    /// Returns the error of the destination.
    ///
    /// # Cancellation safety
    ///
    /// Safe: another `flush` continues.
    fn flush(&mut self) -> Operation<'_, Self, Flush>
    where
        Self: Unpin,
    {
        Operation::new(self, Flush)
    }

    /// Shuts the writer down: flushes the buffered bytes, and signals the end to the other side.
    /// Nothing may be written afterwards.
    ///
    /// # Errors
    ///
    /// Returns the error of the destination.
    ///
    /// # Cancellation safety
    ///
    /// Safe: another `shutdown` continues.
    fn shutdown(&mut self) -> Operation<'_, Self, Shutdown>
    where
        Self: Unpin,
    {
        Operation::new(self, Shutdown)
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}
