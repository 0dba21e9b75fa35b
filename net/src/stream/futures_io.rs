//! The traits of `futures-io`, which all streams implement in every build.

use std::io::{self, IoSlice, IoSliceMut};
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use heist_runtime::io::Direction;

use crate::stream::each::{for_each_reader, for_each_writer};
use crate::stream::sealed::{ReadFd, ReadSide, WriteFd, WriteSide};

macro_rules! implement_read {
    (() [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> AsyncRead for $Type {
            #[inline]
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                self.read_io().poll_io_moved(Direction::Read, cx, |fd| ReadFd::read(fd, buf))
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                let read = |fd: &_| ReadFd::read_vectored(fd, bufs);
                self.read_io().poll_io_moved(Direction::Read, cx, read)
            }
        }
    };
}

macro_rules! implement_write {
    (() [$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> AsyncWrite for $Type {
            #[inline]
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                let write = |fd: &_| WriteFd::write(fd, buf);
                self.write_io().poll_io_moved(Direction::Write, cx, write)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                let write = |fd: &_| WriteFd::write_vectored(fd, bufs);
                self.write_io().poll_io_moved(Direction::Write, cx, write)
            }

            /// Does nothing: nothing is buffered here, and the system sends what it holds by
            /// itself.
            fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(Ok(()))
            }

            /// Ends the writing direction.
            fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Poll::Ready(self.close_write())
            }
        }
    };
}

for_each_reader!(implement_read());
for_each_writer!(implement_write());
