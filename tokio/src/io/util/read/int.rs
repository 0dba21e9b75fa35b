//! Reading numbers.

use super::bytes::poll_fill;
use crate::io::util::operation::Step;
use crate::io::{AsyncRead, ReadBuf};
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The highest byte comes first.
#[derive(Debug)]
pub struct Big;

/// The lowest byte comes first.
#[derive(Debug)]
pub struct Little;

/// A number, as its bytes in the order `O`.
pub trait Number<O>: Sized {
    /// As many bytes as it has.
    type Bytes: AsRef<[u8]> + AsMut<[u8]> + Default;

    fn from_bytes(bytes: &Self::Bytes) -> Self;
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

/// See [`read_u32`](super::AsyncReadExt::read_u32) and its kin.
#[derive(Debug)]
pub struct ReadInt<N: Number<O>, O> {
    bytes: N::Bytes,
    read: usize,
    _order: PhantomData<O>,
}

impl<N: Number<O>, O> ReadInt<N, O> {
    pub(super) fn new() -> Self {
        Self {
            bytes: N::Bytes::default(),
            read: 0,
            _order: PhantomData,
        }
    }
}

impl<R: AsyncRead + ?Sized, N: Number<O>, O> Step<R> for ReadInt<N, O> {
    type Output = io::Result<N>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<N>> {
        let mut buf = ReadBuf::new(self.bytes.as_mut());
        buf.advance(self.read);
        let filled = poll_fill(reader, cx, &mut buf);
        self.read = buf.filled().len();
        filled.map_ok(|()| N::from_bytes(&self.bytes))
    }
}
