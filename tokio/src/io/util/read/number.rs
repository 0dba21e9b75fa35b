//! Reading numbers.

use super::bytes::poll_fill;
use crate::io::util::operation::Step;
use crate::io::{AsyncRead, ReadBuf};
use heist_io::number::Number;
use std::io;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

/// See [`read_u32`](super::AsyncReadExt::read_u32) and similar methods.
#[derive(Debug)]
pub struct ReadNumber<N: Number<O>, O> {
    bytes: N::Bytes,
    read: usize,
    _order: PhantomData<fn() -> O>,
}

impl<N: Number<O>, O> ReadNumber<N, O> {
    pub(super) fn new() -> Self {
        Self {
            bytes: N::Bytes::default(),
            read: 0,
            _order: PhantomData,
        }
    }
}

impl<R: AsyncRead + ?Sized, N: Number<O>, O> Step<R> for ReadNumber<N, O> {
    type Output = io::Result<N>;

    fn poll(&mut self, reader: Pin<&mut R>, cx: &mut Context<'_>) -> Poll<io::Result<N>> {
        let mut buf = ReadBuf::new(self.bytes.as_mut());
        buf.advance(self.read);
        let filled = poll_fill(reader, cx, &mut buf);
        self.read = buf.filled().len();
        filled.map_ok(|()| N::from_bytes(&self.bytes))
    }
}
