//! `AsyncWriteExt`: the methods of writers to be awaited.

mod bytes;
mod end;
mod int;

use super::operation::Operation;
use super::read::{Big, Little};
use crate::io::AsyncWrite;
use ::bytes::Buf;
use bytes::{Write, WriteAll, WriteAllFrom, WriteFrom, WriteVectored};
use end::{Flush, Shutdown};
use int::WriteInt;
use std::io::IoSlice;

macro_rules! write_numbers {
    ($($name:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Writes ", $text, ".")]
        ///
        /// # Errors
        ///
        /// `WriteZero` if no more can be written; or those of the destination.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: it is not known how many were written.
        fn $name(&mut self, n: $number) -> Operation<'_, Self, WriteInt<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, WriteInt::new(n))
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

    write_numbers! {
        write_u8: u8, Big, "an unsigned 8-bit integer";
        write_i8: i8, Big, "a signed 8-bit integer";
        write_u16: u16, Big, "an unsigned 16-bit integer, the highest byte first";
        write_i16: i16, Big, "a signed 16-bit integer, the highest byte first";
        write_u32: u32, Big, "an unsigned 32-bit integer, the highest byte first";
        write_i32: i32, Big, "a signed 32-bit integer, the highest byte first";
        write_u64: u64, Big, "an unsigned 64-bit integer, the highest byte first";
        write_i64: i64, Big, "a signed 64-bit integer, the highest byte first";
        write_u128: u128, Big, "an unsigned 128-bit integer, the highest byte first";
        write_i128: i128, Big, "a signed 128-bit integer, the highest byte first";
        write_f32: f32, Big, "a 32-bit floating point number, the highest byte first";
        write_f64: f64, Big, "a 64-bit floating point number, the highest byte first";
        write_u16_le: u16, Little, "an unsigned 16-bit integer, the lowest byte first";
        write_i16_le: i16, Little, "a signed 16-bit integer, the lowest byte first";
        write_u32_le: u32, Little, "an unsigned 32-bit integer, the lowest byte first";
        write_i32_le: i32, Little, "a signed 32-bit integer, the lowest byte first";
        write_u64_le: u64, Little, "an unsigned 64-bit integer, the lowest byte first";
        write_i64_le: i64, Little, "a signed 64-bit integer, the lowest byte first";
        write_u128_le: u128, Little, "an unsigned 128-bit integer, the lowest byte first";
        write_i128_le: i128, Little, "a signed 128-bit integer, the lowest byte first";
        write_f32_le: f32, Little, "a 32-bit floating point number, the lowest byte first";
        write_f64_le: f64, Little, "a 64-bit floating point number, the lowest byte first";
    }

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
