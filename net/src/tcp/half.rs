//! What the borrowed and the owned halves of a stream have in common.
//!
//! The halves are types of their own, as in tokio, and not one generic type; so macros write what
//! they share. Each type has a method `stream()`, and gets from here the stream's functions for its
//! direction. The invariant: a stream has at most one half for each direction, so the single waker
//! that its poll functions keep for a direction suffices.

use std::io::{self, IoSlice, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};

use crate::tcp::{OwnedReadHalf, OwnedWriteHalf, ReadHalf, TcpStream, WriteHalf};

/// `AsyncRead` by way of `&TcpStream`.
macro_rules! async_read {
    ($Type:ty) => {
        impl AsyncRead for $Type {
            fn poll_read(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &mut [u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_read(cx, buf)
            }

            fn poll_read_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &mut [IoSliceMut<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_read_vectored(cx, bufs)
            }
        }
    };
}

/// `AsyncWrite` by way of `&TcpStream`.
macro_rules! async_write {
    ($Type:ty) => {
        impl AsyncWrite for $Type {
            fn poll_write(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                buf: &[u8],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_write(cx, buf)
            }

            fn poll_write_vectored(
                self: Pin<&mut Self>,
                cx: &mut Context<'_>,
                bufs: &[IoSlice<'_>],
            ) -> Poll<io::Result<usize>> {
                Pin::new(&mut self.stream()).poll_write_vectored(cx, bufs)
            }

            fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream()).poll_flush(cx)
            }

            fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
                Pin::new(&mut self.stream()).poll_close(cx)
            }
        }
    };
}

/// Gives `$Half` what has no direction.
macro_rules! either_half {
    ($Half:ty) => {
        impl $Half {
            /// The address of this end.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::local_addr`].
            pub fn local_addr(&self) -> io::Result<SocketAddr> {
                self.stream().local_addr()
            }

            /// The address of the other end.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::peer_addr`].
            pub fn peer_addr(&self) -> io::Result<SocketAddr> {
                self.stream().peer_addr()
            }
        }

        /// For the options, which both halves share.
        impl AsRef<TcpStream> for $Half {
            fn as_ref(&self) -> &TcpStream {
                self.stream()
            }
        }
    };
}

/// Gives `$Half` what reads.
macro_rules! read_half {
    ($Half:ty) => {
        impl $Half {
            /// Reads as `AsyncRead` does, but leaves the bytes for the next read; see
            /// [`TcpStream::peek`].
            ///
            /// # Errors
            ///
            /// As [`TcpStream::read`].
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe.
            pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
                self.stream().peek(buf).await
            }

            /// Waits until a read may make progress; see [`TcpStream::readable`].
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the stream has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe.
            pub async fn readable(&self) -> io::Result<()> {
                self.stream().readable().await
            }

            /// Reads what is there into `buf` without waiting.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::try_read`].
            pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
                self.stream().try_read(buf)
            }

            /// Reads what is there into `bufs`, in their order, without waiting.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::try_read`].
            pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
                self.stream().try_read_vectored(bufs)
            }
        }

        either_half!($Half);
        async_read!($Half);
    };
}

/// Gives `$Half` what writes.
macro_rules! write_half {
    ($Half:ty) => {
        impl $Half {
            /// Waits until a write may make progress; see [`TcpStream::writable`].
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the stream has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe.
            pub async fn writable(&self) -> io::Result<()> {
                self.stream().writable().await
            }

            /// Writes as much of `buf` as there is room for, without waiting.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::try_write`].
            pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
                self.stream().try_write(buf)
            }

            /// Writes as much of `bufs`, in their order, as there is room for, without waiting.
            ///
            /// # Errors
            ///
            /// As [`TcpStream::try_write`].
            pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
                self.stream().try_write_vectored(bufs)
            }
        }

        either_half!($Half);
        async_write!($Half);
    };
}

async_read!(TcpStream);
async_write!(TcpStream);

read_half!(ReadHalf<'_>);
read_half!(OwnedReadHalf);

write_half!(WriteHalf<'_>);
write_half!(OwnedWriteHalf);
