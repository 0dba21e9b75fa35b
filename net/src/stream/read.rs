//! The methods that read, for each type that can be read.

/// Implements the methods that read for a [`ReadSide`](super::sealed::ReadSide).
macro_rules! read_methods {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Type {
            /// Reads available bytes into `buf`, waiting for the first, and returns how many bytes
            /// were read: 0 at the end of the stream, or if `buf` is empty.
            ///
            /// Any number of tasks may wait; each byte goes to one of them.
            ///
            /// # Errors
            ///
            /// Whatever the system reports, such as a connection reset.
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

            /// Waits until a read can probably make progress: data, the end of the stream or an
            /// error is available.
            ///
            /// It may return early, and [`try_read`](Self::try_read) may still find nothing: then
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
            /// Only the task that polled last is woken. The reads of `AsyncRead` share that slot.
            ///
            /// # Errors
            ///
            /// The same as those of [`readable`](Self::readable).
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

            /// Reads available bytes into `buf` without waiting.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if nothing is available; otherwise as
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

            /// Reads available bytes into `bufs`, in order, without waiting.
            ///
            /// # Errors
            ///
            /// The same as those of [`try_read`](Self::try_read).
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

            /// Appends available bytes to `buf` without waiting, and advances it.
            ///
            /// A full `Vec` grows by at least 64 bytes; a slice is filled.
            ///
            /// # Errors
            ///
            /// The same as those of [`try_read`](Self::try_read).
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

/// Implements the methods that peek for a [`ReadSide`](super::sealed::ReadSide) whose descriptor is
/// a socket.
macro_rules! peek_methods {
    ([$($generics:tt)*] $Type:ty) => {
        impl<$($generics)*> $Type {
            /// Reads as [`read`](Self::read) does, but leaves the bytes for the next read.
            ///
            /// # Errors
            ///
            /// The same as those of [`read`](Self::read).
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: it takes no bytes.
            ///
            /// # Examples
            ///
            /// See [`stream`](crate::stream).
            pub async fn peek(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let io = $crate::stream::sealed::ReadSide::read_io(self);
                // Not `async_io_moved`: after a short peek the socket is still readable.
                io.async_io(heist_runtime::io::Interest::READABLE, |fd| {
                    $crate::stream::sealed::PeekFd::peek(fd, buf)
                })
                .await
            }

            /// The polling form of [`peek`](Self::peek), for hand-written futures.
            ///
            /// Only the task that polled last is woken. The reads of `AsyncRead` share that slot.
            ///
            /// # Errors
            ///
            /// The same as those of [`read`](Self::read).
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
    // SAFETY: `read_uninit` writes only initialised bytes to it.
    let moved = fd.read_uninit(unsafe { buf.chunk_mut().as_uninit_slice_mut() })?;
    let count = moved.count();
    // SAFETY: the call has initialised `count` bytes.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}
