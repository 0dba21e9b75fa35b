//! The trait `AsyncWrite`, and what it does for pointers and for bytes in memory.

use std::io::{self, IoSlice, Write};
use std::ops::DerefMut;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Writes bytes, without blocking the thread. [`AsyncWriteExt`](super::AsyncWriteExt) has the
/// methods to be awaited.
pub trait AsyncWrite {
    /// Writes as many bytes of `buf` as it can, and gives their number.
    ///
    /// None, of a `buf` that is not empty, usually means that no more can be written. When
    /// pending, nothing has been written, and the task is woken when something may be.
    ///
    /// # Errors
    ///
    /// Those of the destination. Nothing has been written then.
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>>;

    /// Has what was written, and is buffered here, reach its destination.
    ///
    /// # Errors
    ///
    /// Those of the destination.
    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends writing in order: what is buffered is flushed, and the other side told. Nothing may be
    /// written afterwards.
    ///
    /// # Errors
    ///
    /// Those of the destination.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// As [`poll_write`](Self::poll_write), from several buffers in order. Unless implemented, the
    /// first that is not empty is written.
    ///
    /// # Errors
    ///
    /// See [`poll_write`](Self::poll_write).
    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = bufs.iter().find(|buf| !buf.is_empty());
        self.poll_write(cx, first.map_or(&[], |buf| buf))
    }

    /// Whether [`poll_write_vectored`](Self::poll_write_vectored) writes of more than one buffer,
    /// so that it pays not to copy them into one.
    fn is_write_vectored(&self) -> bool {
        false
    }
}

macro_rules! write_through {
    ($inner:ident => $pinned:expr) => {
        fn poll_write(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            buf: &[u8],
        ) -> Poll<io::Result<usize>> {
            let $inner = &mut self;
            $pinned.poll_write(cx, buf)
        }

        fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let $inner = &mut self;
            $pinned.poll_flush(cx)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
            let $inner = &mut self;
            $pinned.poll_shutdown(cx)
        }

        fn poll_write_vectored(
            mut self: Pin<&mut Self>,
            cx: &mut Context<'_>,
            bufs: &[IoSlice<'_>],
        ) -> Poll<io::Result<usize>> {
            let $inner = &mut self;
            $pinned.poll_write_vectored(cx, bufs)
        }

        fn is_write_vectored(&self) -> bool {
            (**self).is_write_vectored()
        }
    };
}

impl<T: ?Sized + AsyncWrite + Unpin> AsyncWrite for Box<T> {
    write_through!(this => Pin::new(&mut ***this));
}

impl<T: ?Sized + AsyncWrite + Unpin> AsyncWrite for &mut T {
    write_through!(this => Pin::new(&mut ***this));
}

impl<P> AsyncWrite for Pin<P>
where
    P: DerefMut,
    P::Target: AsyncWrite,
{
    write_through!(this => this.as_mut().as_deref_mut());
}

/// For destinations in memory, which are always ready and for which `Write` says what is done.
macro_rules! write_in_memory {
    ($($destination:ty),*) => {$(
        impl AsyncWrite for $destination {
            fn poll_write(
                self: Pin<&mut Self>,
                _cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Poll::Ready(self.get_mut().write(buf))
            }

            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_shutdown(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                _cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Poll::Ready(self.get_mut().write_vectored(bufs))
            }

            fn is_write_vectored(&self) -> bool {
                true
            }
        }
    )*};
}

write_in_memory!(
    Vec<u8>,
    io::Cursor<&mut [u8]>,
    io::Cursor<&mut Vec<u8>>,
    io::Cursor<Vec<u8>>,
    io::Cursor<Box<[u8]>>
);
