//! `AsyncReadExt`: the methods of readers to be awaited.

mod adapters;
mod bytes;
mod number;
mod to_end;

pub use adapters::{Chain, Take};
pub(super) use to_end::into_text;

use super::operation::Operation;
use crate::io::AsyncRead;
use ::bytes::BufMut;
use bytes::{Read, ReadExact, ReadInto};
use heist_io::number::{Big, Little};
use number::ReadNumber;
use to_end::{ReadToEnd, ReadToString};

macro_rules! read_numbers {
    ($($read:ident, $write:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Reads ", $text, ".")]
        ///
        /// # Errors
        ///
        /// `UnexpectedEof` if the source ends before; or those of the source.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: bytes that were read are lost.
        fn $read(&mut self) -> Operation<'_, Self, ReadNumber<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, ReadNumber::new())
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

    heist_io::number_methods!(read_numbers);

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
