//! Reading and writing numbers.

use crate::cooperative::Cooperative;
use futures_io::{AsyncRead, AsyncWrite};
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Big-endian: the most significant byte first.
#[derive(Debug)]
pub enum Big {}

/// Little-endian: the least significant byte first.
#[derive(Debug)]
pub enum Little {}

/// A number, with its bytes in the order `O`.
pub trait Number<O>: Sized {
    /// An array of the number's size.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;

    /// Creates the number from its bytes.
    fn from_bytes(bytes: &Self::Bytes) -> Self;
    /// Returns the bytes of the number.
    fn into_bytes(self) -> Self::Bytes;
}

macro_rules! numbers {
    ($($number:ty),*) => {$(
        impl Number<Big> for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn from_bytes(bytes: &Self::Bytes) -> Self {
                Self::from_be_bytes(*bytes)
            }

            fn into_bytes(self) -> Self::Bytes {
                self.to_be_bytes()
            }
        }

        impl Number<Little> for $number {
            type Bytes = [u8; size_of::<$number>()];

            fn from_bytes(bytes: &Self::Bytes) -> Self {
                Self::from_le_bytes(*bytes)
            }

            fn into_bytes(self) -> Self::Bytes {
                self.to_le_bytes()
            }
        }
    )*};
}

numbers!(u8, i8, u16, i16, u32, i32, u64, i64, u128, i128, f32, f64);

/// Calls a macro with all methods: the names for reading and for writing, the type, the order, and
/// a description.
#[doc(hidden)]
#[macro_export]
macro_rules! number_methods {
    ($macro:ident) => {
        $macro! {
            read_u8, write_u8: u8, Big, "an unsigned 8-bit integer";
            read_i8, write_i8: i8, Big, "a signed 8-bit integer";
            read_u16, write_u16: u16, Big, "an unsigned 16-bit integer, the highest byte first";
            read_i16, write_i16: i16, Big, "a signed 16-bit integer, the highest byte first";
            read_u32, write_u32: u32, Big, "an unsigned 32-bit integer, the highest byte first";
            read_i32, write_i32: i32, Big, "a signed 32-bit integer, the highest byte first";
            read_u64, write_u64: u64, Big, "an unsigned 64-bit integer, the highest byte first";
            read_i64, write_i64: i64, Big, "a signed 64-bit integer, the highest byte first";
            read_u128, write_u128: u128, Big, "an unsigned 128-bit integer, the highest byte first";
            read_i128, write_i128: i128, Big, "a signed 128-bit integer, the highest byte first";
            read_f32, write_f32: f32, Big, "a 32-bit floating point number, the highest byte first";
            read_f64, write_f64: f64, Big, "a 64-bit floating point number, the highest byte first";
            read_u16_le, write_u16_le: u16, Little, "an unsigned 16-bit integer, the lowest byte first";
            read_i16_le, write_i16_le: i16, Little, "a signed 16-bit integer, the lowest byte first";
            read_u32_le, write_u32_le: u32, Little, "an unsigned 32-bit integer, the lowest byte first";
            read_i32_le, write_i32_le: i32, Little, "a signed 32-bit integer, the lowest byte first";
            read_u64_le, write_u64_le: u64, Little, "an unsigned 64-bit integer, the lowest byte first";
            read_i64_le, write_i64_le: i64, Little, "a signed 64-bit integer, the lowest byte first";
            read_u128_le, write_u128_le: u128, Little, "an unsigned 128-bit integer, the lowest byte first";
            read_i128_le, write_i128_le: i128, Little, "a signed 128-bit integer, the lowest byte first";
            read_f32_le, write_f32_le: f32, Little, "a 32-bit floating point number, the lowest byte first";
            read_f64_le, write_f64_le: f64, Little, "a 64-bit floating point number, the lowest byte first";
        }
    };
}

macro_rules! readers {
    ($($read:ident, $write:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Reads ", $text, ".")]
        ///
        /// # Errors
        ///
        /// `UnexpectedEof` if the source ends before; otherwise the errors of the source.
        ///
        /// # Cancellation safety
        ///
        /// Not cancel safe, unless the number has one byte: bytes that were read are lost.
        fn $read(&mut self) -> ReadNumber<'_, Self, $number, $order>
        where
            Self: Unpin,
        {
            ReadNumber::new(self)
        }
    )*};
}

macro_rules! writers {
    ($($read:ident, $write:ident: $number:ty, $order:ty, $text:literal;)*) => {$(
        #[doc = concat!("Writes ", $text, ".")]
        ///
        /// # Errors
        ///
        /// `WriteZero` if no more can be written; otherwise the errors of the destination.
        ///
        /// # Cancellation safety
        ///
        /// Not cancel safe, unless the number has one byte: how many were written is unknown.
        fn $write(&mut self, n: $number) -> WriteNumber<'_, Self, $number, $order>
        where
            Self: Unpin,
        {
            WriteNumber::new(self, n)
        }
    )*};
}

/// Reading numbers, with the traits of `futures-io`.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadNumbersExt;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut source: &[u8] = &[0, 0, 1, 2];
/// assert_eq!(source.read_u32().await?, 0x0102);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncReadNumbersExt: AsyncRead {
    number_methods!(readers);
}

impl<R: AsyncRead + ?Sized> AsyncReadNumbersExt for R {}

/// Writing numbers, with the traits of `futures-io`.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteNumbersExt;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut message = Vec::new();
/// message.write_u16_le(0x0102).await?;
/// assert_eq!(message, [2, 1]);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncWriteNumbersExt: AsyncWrite {
    number_methods!(writers);
}

impl<W: AsyncWrite + ?Sized> AsyncWriteNumbersExt for W {}

/// The future of [`read_u32`](AsyncReadNumbersExt::read_u32) and the like.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct ReadNumber<'a, R: ?Sized, N: Number<O>, O> {
    reader: &'a mut R,
    bytes: N::Bytes,
    read: usize,
    _order: PhantomData<fn() -> O>,
}

impl<'a, R: ?Sized, N: Number<O>, O> ReadNumber<'a, R, N, O> {
    fn new(reader: &'a mut R) -> Self {
        Self {
            reader,
            bytes: N::Bytes::default(),
            read: 0,
            _order: PhantomData,
        }
    }
}

impl<R: ?Sized, N: Number<O>, O> Unpin for ReadNumber<'_, R, N, O> {}

impl<R: AsyncRead + Unpin + ?Sized, N: Number<O>, O> Future for ReadNumber<'_, R, N, O> {
    type Output = io::Result<N>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<N>> {
        let this = self.get_mut();
        let bytes = this.bytes.as_mut();
        while this.read < bytes.len() {
            let reader = Pin::new(Cooperative::of(this.reader));
            match ready!(reader.poll_read(cx, &mut bytes[this.read..])) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::UnexpectedEof.into())),
                read => this.read += read?,
            }
        }
        Poll::Ready(Ok(N::from_bytes(&this.bytes)))
    }
}

/// The future of [`write_u32`](AsyncWriteNumbersExt::write_u32) and the like.
#[derive(Debug)]
#[must_use = "futures do nothing unless you `.await` or poll them"]
pub struct WriteNumber<'a, W: ?Sized, N: Number<O>, O> {
    writer: &'a mut W,
    bytes: N::Bytes,
    written: usize,
    _order: PhantomData<fn() -> O>,
}

impl<'a, W: ?Sized, N: Number<O>, O> WriteNumber<'a, W, N, O> {
    fn new(writer: &'a mut W, n: N) -> Self {
        Self {
            writer,
            bytes: n.into_bytes(),
            written: 0,
            _order: PhantomData,
        }
    }
}

impl<W: ?Sized, N: Number<O>, O> Unpin for WriteNumber<'_, W, N, O> {}

impl<W: AsyncWrite + Unpin + ?Sized, N: Number<O>, O> Future for WriteNumber<'_, W, N, O> {
    type Output = io::Result<()>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        let bytes = this.bytes.as_ref();
        while this.written < bytes.len() {
            let writer = Pin::new(Cooperative::of(this.writer));
            match ready!(writer.poll_write(cx, &bytes[this.written..])) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Ok(0) => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                written => this.written += written?,
            }
        }
        Poll::Ready(Ok(()))
    }
}
