//! The trait `AsyncRead`, and its implementations for pointers and for bytes in memory.

use super::ReadBuf;
use std::io;
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Reads bytes without blocking the thread. The methods to be awaited are in
/// [`AsyncReadExt`](super::AsyncReadExt).
pub trait AsyncRead {
    /// Reads into the unfilled part of `buf`.
    ///
    /// If it is ready and nothing was filled, the end has been reached, unless there was no room.
    /// If it is pending, nothing has been read, and the task is woken when a read may succeed.
    ///
    /// # Errors
    ///
    /// Returns the error of the source. Nothing has been read in that case.
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>>;
}

macro_rules! read_through {
    () => {
        fn poll_read(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut **self).poll_read(cx, buf)
        }
    };
}

impl<T: ?Sized + AsyncRead + Unpin> AsyncRead for Box<T> {
    read_through!();
}

impl<T: ?Sized + AsyncRead + Unpin> AsyncRead for &mut T {
    read_through!();
}

impl<P> AsyncRead for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncRead,
{
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.as_deref_mut().poll_read(cx, buf)
    }
}

impl AsyncRead for &[u8] {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = self.len().min(buf.remaining());
        let (now, later) = self.split_at(len);
        buf.put_slice(now);
        *self = later;
        Poll::Ready(Ok(()))
    }
}

impl<T: AsRef<[u8]> + Unpin> AsyncRead for io::Cursor<T> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let position = self.position();
        let bytes = self.get_ref().as_ref();
        // Beyond the end, nothing is read, and the position does not change.
        let rest = usize::try_from(position)
            .ok()
            .and_then(|start| bytes.get(start..))
            .unwrap_or_default();
        let len = rest.len().min(buf.remaining());
        buf.put_slice(&rest[..len]);
        self.set_position(position + len as u64);
        Poll::Ready(Ok(()))
    }
}
