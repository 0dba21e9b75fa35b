//! `AsyncReadExt`: the methods of readers to be awaited.

mod adapters;
mod bytes;
mod int;
mod to_end;

pub use adapters::{Chain, Take};
pub(super) use int::{Big, Little, Number};
pub(super) use to_end::into_text;

use super::operation::Operation;
use crate::io::AsyncRead;
use ::bytes::BufMut;
use bytes::{Read, ReadExact, ReadInto};
use int::ReadInt;
use to_end::{ReadToEnd, ReadToString};

macro_rules! read_numbers {
    ($($name:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Reads ", $text, ".")]
        ///
        /// # Errors
        ///
        /// `UnexpectedEof` if the source ends before; or those of the source.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: bytes that were read are lost.
        fn $name(&mut self) -> Operation<'_, Self, ReadInt<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, ReadInt::new())
        }
    )*};
}

/// [`AsyncRead`]'s methods to be awaited.
pub trait AsyncReadExt: AsyncRead {
    /// Reads this source to its end, and then `next`.
    fn chain<R>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
        R: AsyncRead,
    {
        Chain::new(self, next)
    }

    /// Reads some bytes into `buf`, and gives their number. None means the end, or that `buf` is
    /// empty.
    ///
    /// # Errors
    ///
    /// Those of the source. Nothing has been read then.
    ///
    /// # Cancellation safety
    ///
    /// Safe: when dropped before it is ready, nothing has been read.
    fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> Operation<'a, Self, Read<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, Read(buf))
    }

    /// As [`read`](Self::read), into a [`BufMut`], which is advanced.
    ///
    /// # Errors
    ///
    /// See [`read`](Self::read).
    ///
    /// # Cancellation safety
    ///
    /// See [`read`](Self::read).
    fn read_buf<'a, B>(&'a mut self, buf: &'a mut B) -> Operation<'a, Self, ReadInto<'a, B>>
    where
        Self: Unpin,
        B: BufMut + ?Sized,
    {
        Operation::new(self, ReadInto(buf))
    }

    /// Fills `buf`, and gives its length.
    ///
    /// # Errors
    ///
    /// `UnexpectedEof` if the source ends before; or those of the source. What `buf` holds then is
    /// not specified.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: bytes that were read are in `buf`, but it is not known how many.
    fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> Operation<'a, Self, ReadExact<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadExact::new(buf))
    }

    read_numbers! {
        read_u8: u8, Big, "an unsigned 8-bit integer";
        read_i8: i8, Big, "a signed 8-bit integer";
        read_u16: u16, Big, "an unsigned 16-bit integer, the highest byte first";
        read_i16: i16, Big, "a signed 16-bit integer, the highest byte first";
        read_u32: u32, Big, "an unsigned 32-bit integer, the highest byte first";
        read_i32: i32, Big, "a signed 32-bit integer, the highest byte first";
        read_u64: u64, Big, "an unsigned 64-bit integer, the highest byte first";
        read_i64: i64, Big, "a signed 64-bit integer, the highest byte first";
        read_u128: u128, Big, "an unsigned 128-bit integer, the highest byte first";
        read_i128: i128, Big, "a signed 128-bit integer, the highest byte first";
        read_f32: f32, Big, "a 32-bit floating point number, the highest byte first";
        read_f64: f64, Big, "a 64-bit floating point number, the highest byte first";
        read_u16_le: u16, Little, "an unsigned 16-bit integer, the lowest byte first";
        read_i16_le: i16, Little, "a signed 16-bit integer, the lowest byte first";
        read_u32_le: u32, Little, "an unsigned 32-bit integer, the lowest byte first";
        read_i32_le: i32, Little, "a signed 32-bit integer, the lowest byte first";
        read_u64_le: u64, Little, "an unsigned 64-bit integer, the lowest byte first";
        read_i64_le: i64, Little, "a signed 64-bit integer, the lowest byte first";
        read_u128_le: u128, Little, "an unsigned 128-bit integer, the lowest byte first";
        read_i128_le: i128, Little, "a signed 128-bit integer, the lowest byte first";
        read_f32_le: f32, Little, "a 32-bit floating point number, the lowest byte first";
        read_f64_le: f64, Little, "a 64-bit floating point number, the lowest byte first";
    }

    /// Reads to the end, appends the bytes to `buf`, and gives their number.
    ///
    /// # Errors
    ///
    /// Those of the source. What was read before is in `buf`.
    ///
    /// # Cancellation safety
    ///
    /// What was read is in `buf`.
    fn read_to_end<'a>(&'a mut self, buf: &'a mut Vec<u8>) -> Operation<'a, Self, ReadToEnd<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadToEnd::new(buf))
    }

    /// Reads to the end, appends the text to `dst`, and gives its length in bytes.
    ///
    /// # Errors
    ///
    /// `InvalidData` if it is not UTF-8; or those of the source. `dst` is then as it was.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: `dst` is empty, and what was read is lost.
    fn read_to_string<'a>(
        &'a mut self,
        dst: &'a mut String,
    ) -> Operation<'a, Self, ReadToString<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadToString::new(dst))
    }

    /// Reads this source, but at most `limit` bytes of it.
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, limit)
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}
