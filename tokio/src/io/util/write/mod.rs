//! `AsyncWriteExt`: the methods of writers to be awaited.

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
        /// `WriteZero` if no more can be written; or those of the destination.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: it is not known how many were written.
        fn $write(&mut self, n: $number) -> Operation<'_, Self, WriteNumber<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, WriteNumber::new(n))
        }
    )*};
}

/// [`AsyncWrite`]'s methods to be awaited.
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes as many bytes of `src` as it can at once, and gives their number.
    ///
    /// # Errors
    ///
    /// Those of the destination. Nothing has been written then.
    ///
    /// # Cancellation safety
    ///
    /// Safe: when dropped before it is ready, nothing has been written.
    fn write<'a>(&'a mut self, src: &'a [u8]) -> Operation<'a, Self, Write<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, Write(src))
    }

    /// As [`write`](Self::write), from several buffers in order.
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

    /// As [`write`](Self::write), from a [`Buf`], which is advanced.
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
    /// `WriteZero` if no more can be written; or those of the destination. `src` is past what was
    /// written.
    ///
    /// # Cancellation safety
    ///
    /// `src` is past what was written, so that the rest can be written later.
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
    /// `WriteZero` if no more can be written; or those of the destination. It is not known how
    /// much was written.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: it is not known how much was written.
    fn write_all<'a>(&'a mut self, src: &'a [u8]) -> Operation<'a, Self, WriteAll<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, WriteAll(src))
    }

    heist_io::number_methods!(write_numbers);

    /// Has what was written, and is buffered here, reach its destination.
    ///
    /// # Errors
    ///
    /// Those of the destination.
    ///
    /// # Cancellation safety
    ///
    /// Safe: another `flush` goes on with it.
    fn flush(&mut self) -> Operation<'_, Self, Flush>
    where
        Self: Unpin,
    {
        Operation::new(self, Flush)
    }

    /// Ends writing in order: what is buffered is flushed, and the other side told. Nothing may be
    /// written afterwards.
    ///
    /// # Errors
    ///
    /// Those of the destination.
    ///
    /// # Cancellation safety
    ///
    /// Safe: another `shutdown` goes on with it.
    fn shutdown(&mut self) -> Operation<'_, Self, Shutdown>
    where
        Self: Unpin,
    {
        Operation::new(self, Shutdown)
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}
