//! How streams are read: the methods of each type that can be.

/// Gives a [`ReadSide`](super::sealed::ReadSide) the methods that read.
macro_rules! read_methods {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Type {
            /// Reads what is there into `buf`, waiting for the first byte, and returns how many
            /// bytes were read: 0 at the end of the stream, or if `buf` is empty.
            ///
            /// Any number of tasks may wait; each byte goes to one of them.
            ///
            /// # Errors
            ///
            /// What the system reports, such as a connection reset.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: no byte is lost when the future is dropped.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                let read = |fd: &_| $crate::stream::sealed::ReadFd::read(fd, buf);
                io.async_io_moved(heist_runtime::io::Direction::Read, read).await
            }

            /// Waits until a read may make progress: data, the end of the stream or an error is
            /// there.
            ///
            /// It may return early, so [`try_read`](Self::try_read) can still find nothing. Then
            /// wait again.
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the stream has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until a read finds nothing.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn readable(&self) -> std::io::Result<()> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.readable().await.map(drop)
            }

            /// The polling form of [`readable`](Self::readable), for hand-written futures.
            ///
            /// Only the task that polled last is woken, and it shares its place with the reads of
            /// `AsyncRead`.
            ///
            /// # Errors
            ///
            /// As [`readable`](Self::readable).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn poll_read_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.poll_read_ready(cx).map_ok(drop)
            }

            /// Reads what is there into `buf` without waiting.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if nothing is there; else as
            /// [`read`](Self::read).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_read(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.try_io(heist_runtime::io::Interest::READABLE, |fd| {
                    let moved = $crate::stream::sealed::ReadFd::read(fd, buf)?;
                    Ok(moved.count())
                })
            }

            /// Reads what is there into `bufs`, in their order, without waiting.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_read_vectored(
                &self,
                bufs: &mut [std::io::IoSliceMut<'_>],
            ) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.try_io(heist_runtime::io::Interest::READABLE, |fd| {
                    let moved = $crate::stream::sealed::ReadFd::read_vectored(fd, bufs)?;
                    Ok(moved.count())
                })
            }

            /// Reads what is there to the end of `buf`, without waiting, and advances it.
            ///
            /// A `Vec` grows by at least 64 bytes for it if it is full; a slice is filled.
            ///
            /// # Errors
            ///
            /// As [`try_read`](Self::try_read).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn try_read_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.try_io(heist_runtime::io::Interest::READABLE, |fd| {
                    $crate::stream::read::read_buf(fd, buf)
                })
            }
        }
    };
}

/// Gives a [`ReadSide`](super::sealed::ReadSide) whose descriptor is a socket the methods that
/// peek.
macro_rules! peek_methods {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Type {
            /// Reads as [`read`](Self::read) does, but leaves the bytes for the next read.
            ///
            /// # Errors
            ///
            /// As [`read`](Self::read).
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: it takes nothing.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn peek(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                // Not `async_io_moved`: a peek that comes short leaves the socket readable.
                io.async_io(heist_runtime::io::Interest::READABLE, |fd| {
                    $crate::stream::sealed::PeekFd::peek(fd, buf)
                })
                .await
            }

            /// The polling form of [`peek`](Self::peek), for hand-written futures.
            ///
            /// Only the task that polled last is woken, and it shares its place with the reads of
            /// `AsyncRead`.
            ///
            /// # Errors
            ///
            /// As [`read`](Self::read).
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub fn poll_peek(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                io.poll_io(heist_runtime::io::Direction::Read, cx, |fd| {
                    $crate::stream::sealed::PeekFd::peek(fd, buf)
                })
            }
        }
    };
}

pub(crate) use {peek_methods, read_methods};

use std::io;

use bytes::BufMut;

use crate::stream::sealed::ReadFd;

/// Reads once, into the free part of `buf`.
pub(crate) fn read_buf(fd: &impl ReadFd, buf: &mut impl BufMut) -> io::Result<usize> {
    // SAFETY: `read_uninit` only ever writes initialised bytes into it.
    let moved = fd.read_uninit(unsafe { buf.chunk_mut().as_uninit_slice_mut() })?;
    let count = moved.count();
    // SAFETY: it has initialised that many.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}
