//! `AsyncReadExt`: the methods of readers that are awaited.

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
        /// Returns `UnexpectedEof` if the source ends too early, or the error of the source.
        ///
        /// # Cancellation safety
        ///
        /// Not safe, unless the number has one byte: bytes that were already read are lost.
        fn $read(&mut self) -> Operation<'_, Self, ReadNumber<$number, $order>>
        where
            Self: Unpin,
        {
            Operation::new(self, ReadNumber::new())
        }
    )*};
}

/// The methods of [`AsyncRead`] that are awaited.
pub trait AsyncReadExt: AsyncRead {
    /// Creates a reader that reads this source to its end, and then `next`.
    fn chain<R>(self, next: R) -> Chain<Self, R>
    where
        Self: Sized,
        R: AsyncRead,
    {
        Chain::new(self, next)
    }

    /// Reads some bytes into `buf`, and returns their number. Zero means the end, or that `buf` is
    /// empty.
    ///
    /// # Errors
    ///
    /// Returns the error of the source. Nothing has been read in that case.
    ///
    /// # Cancellation safety
    ///
    /// Safe: if the future is dropped before it is ready, nothing has been read.
    fn read<'a>(&'a mut self, buf: &'a mut [u8]) -> Operation<'a, Self, Read<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, Read(buf))
    }

    /// Like [`read`](Self::read), into a [`BufMut`], which is advanced.
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

    /// Fills `buf`, and returns its length.
    ///
    /// # Errors
    ///
    /// Returns `UnexpectedEof` if the source ends too early, or the error of the source. The
    /// contents of `buf` are then unspecified.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: bytes that were read are in `buf`, but their number is unknown.
    fn read_exact<'a>(&'a mut self, buf: &'a mut [u8]) -> Operation<'a, Self, ReadExact<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadExact::new(buf))
    }

    heist_io::number_methods!(read_numbers);

    /// Reads to the end, appends the bytes to `buf`, and returns their number.
    ///
    /// # Errors
    ///
    /// Returns the error of the source. The bytes read before are in `buf`.
    ///
    /// # Cancellation safety
    ///
    /// The bytes read are in `buf`.
    fn read_to_end<'a>(&'a mut self, buf: &'a mut Vec<u8>) -> Operation<'a, Self, ReadToEnd<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadToEnd::new(buf))
    }

    /// Reads to the end, appends the text to `dst`, and returns its length in bytes.
    ///
    /// # Errors
    ///
    /// Returns `InvalidData` if the text is not UTF-8, or the error of the source. `dst` is then
    /// unchanged.
    ///
    /// # Cancellation safety
    ///
    /// Not safe: `dst` becomes empty, and the text read is lost.
    fn read_to_string<'a>(
        &'a mut self,
        dst: &'a mut String,
    ) -> Operation<'a, Self, ReadToString<'a>>
    where
        Self: Unpin,
    {
        Operation::new(self, ReadToString::new(dst))
    }

    /// Creates a reader of at most the first `limit` bytes of this source.
    fn take(self, limit: u64) -> Take<Self>
    where
        Self: Sized,
    {
        Take::new(self, limit)
    }
}

impl<R: AsyncRead + ?Sized> AsyncReadExt for R {}
