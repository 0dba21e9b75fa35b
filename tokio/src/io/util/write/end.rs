//! Flushing, and shutting down.

use crate::io::AsyncWrite;
use crate::io::util::operation::Step;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

/// See [`flush`](super::AsyncWriteExt::flush).
#[derive(Debug)]
pub struct Flush;

impl<W: AsyncWrite + ?Sized> Step<W> for Flush {
    type Output = io::Result<()>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        writer.poll_flush(cx)
    }
}

/// See [`shutdown`](super::AsyncWriteExt::shutdown).
#[derive(Debug)]
pub struct Shutdown;

impl<W: AsyncWrite + ?Sized> Step<W> for Shutdown {
    type Output = io::Result<()>;

    fn poll(&mut self, writer: Pin<&mut W>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        writer.poll_shutdown(cx)
    }
}
