//! The methods of writers.

use super::Cooperative;
use futures_io::AsyncWrite;
use futures_lite::io as lite;
use std::io::IoSlice;
use std::pin::Pin;

/// See [`AsyncWriteExt::write`].
pub type WriteFuture<'a, S> = lite::WriteFuture<'a, Cooperative<S>>;
/// See [`AsyncWriteExt::write_vectored`].
pub type WriteVectoredFuture<'a, S> = lite::WriteVectoredFuture<'a, Cooperative<S>>;
/// See [`AsyncWriteExt::write_all`].
pub type WriteAllFuture<'a, S> = lite::WriteAllFuture<'a, Cooperative<S>>;
/// See [`AsyncWriteExt::flush`].
pub type FlushFuture<'a, S> = lite::FlushFuture<'a, Cooperative<S>>;
/// See [`AsyncWriteExt::close`].
pub type CloseFuture<'a, S> = lite::CloseFuture<'a, Cooperative<S>>;

/// The methods of writers.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteExt;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut bytes = Vec::new();
/// bytes.write_all(b"some").await?;
/// assert_eq!(bytes, b"some");
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait AsyncWriteExt: AsyncWrite {
    /// Writes some of the bytes, and returns their number. Cancel safe.
    fn write<'a>(&'a mut self, buf: &'a [u8]) -> WriteFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncWriteExt::write(Cooperative::of(self), buf)
    }

    /// Like [`write`](Self::write), from several buffers.
    fn write_vectored<'a>(&'a mut self, bufs: &'a [IoSlice<'a>]) -> WriteVectoredFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncWriteExt::write_vectored(Cooperative::of(self), bufs)
    }

    /// Writes all of the bytes. Not cancel safe.
    fn write_all<'a>(&'a mut self, buf: &'a [u8]) -> WriteAllFuture<'a, Self>
    where
        Self: Unpin,
    {
        lite::AsyncWriteExt::write_all(Cooperative::of(self), buf)
    }

    /// Waits until all written bytes have reached their destination.
    fn flush(&mut self) -> FlushFuture<'_, Self>
    where
        Self: Unpin,
    {
        lite::AsyncWriteExt::flush(Cooperative::of(self))
    }

    /// Closes the writer.
    fn close(&mut self) -> CloseFuture<'_, Self>
    where
        Self: Unpin,
    {
        lite::AsyncWriteExt::close(Cooperative::of(self))
    }

    /// Like [`close`](Self::close), under tokio's name.
    fn shutdown(&mut self) -> CloseFuture<'_, Self>
    where
        Self: Unpin,
    {
        self.close()
    }

    /// Boxes the writer and erases its type.
    fn boxed_writer<'a>(self) -> Pin<Box<dyn AsyncWrite + Send + 'a>>
    where
        Self: Sized + Send + 'a,
    {
        Box::pin(self)
    }
}

impl<W: AsyncWrite + ?Sized> AsyncWriteExt for W {}
