//! Writing numbers.

use super::bytes::poll_write_all;
use crate::io::AsyncWrite;
use crate::io::util::operation::Step;
use heist_io::number::Number;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// See [`write_u32`](super::AsyncWriteExt::write_u32) and similar methods.
#[derive(Debug)]
pub struct WriteNumber<N: Number<O>, O> {
    bytes: N::Bytes,
    written: usize,
}

impl<N: Number<O>, O> WriteNumber<N, O> {
    pub(super) fn new(n: N) -> Self {
        Self {
            bytes: n.into_bytes(),
            written: 0,
        }
    }
}

impl<W: AsyncWrite + ?Sized, N: Number<O>, O> Step<W> for WriteNumber<N, O> {
    type Output = io::Result<()>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let bytes = self.bytes.as_ref();
        let mut left = &bytes[self.written..];
        let written = poll_write_all(writer, cx, &mut left);
        self.written = bytes.len() - left.len();
        written
    }
}
