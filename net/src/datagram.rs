//! What all datagram sockets share, UDP's and Unix's: by macros, so that these are inherent methods
//! of each socket.
//!
//! The invariant: everything works through a shared reference. Async methods and poll functions
//! serve any number of tasks. A datagram is never taken for part of a stream: a short one does not
//! mean that the socket is empty.

/// Implements what `$Type` does as a connected socket, and its readiness.
///
/// `$Type` has a field `io`, an `AsyncFd` of std's socket.
macro_rules! datagram_methods {
    ($Type:ty) => {
        impl $Type {
            /// Sends `buf` as one datagram to the connected peer, and returns how many bytes were
            /// sent: all of them.
            ///
            /// Any number of tasks may send.
            ///
            /// # Errors
            ///
            /// Whatever the system's `send` reports: that the socket is not connected, that the
            /// datagram is too long, or that an earlier one could not be delivered.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: nothing was sent if the future is dropped before it is ready.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub async fn send(&self, buf: &[u8]) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::WRITABLE;
                self.io.async_io(interest, |socket| socket.send(buf)).await
            }

            /// The polling form of [`send`](Self::send), for hand-written futures.
            ///
            /// Only the task that polled last for this direction is woken.
            ///
            /// # Errors
            ///
            /// The same as those of [`send`](Self::send).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn poll_send(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &[u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let direction = heist_runtime::io::Direction::Write;
                self.io.poll_io(direction, cx, |socket| socket.send(buf))
            }

            /// Sends `buf` as one datagram to the connected peer, without waiting.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is no room; otherwise as
            /// [`send`](Self::send).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn try_send(&self, buf: &[u8]) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::WRITABLE;
                self.io.try_io(interest, |socket| socket.send(buf))
            }

            /// Waits for a datagram from the connected peer and returns its length.
            ///
            /// Bytes that do not fit in `buf` are lost. Any number of tasks may wait; each datagram
            /// goes to one of them.
            ///
            /// # Errors
            ///
            /// Whatever the system's `recv` reports: that the socket is not connected, or that a
            /// datagram sent earlier could not be delivered.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: no datagram is lost when the future is dropped.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub async fn recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                self.io.async_io(interest, |socket| socket.recv(buf)).await
            }

            /// The polling form of [`recv`](Self::recv), for hand-written futures.
            ///
            /// Only the task that polled last for this direction is woken.
            ///
            /// # Errors
            ///
            /// The same as those of [`recv`](Self::recv).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn poll_recv(
                &self,
                cx: &mut std::task::Context<'_>,
                buf: &mut [u8],
            ) -> std::task::Poll<std::io::Result<usize>> {
                let direction = heist_runtime::io::Direction::Read;
                self.io.poll_io(direction, cx, |socket| socket.recv(buf))
            }

            /// Takes a datagram from the connected peer without waiting, and returns its length.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none; otherwise as
            /// [`recv`](Self::recv).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn try_recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                self.io.try_io(interest, |socket| socket.recv(buf))
            }

            /// Like [`recv`](Self::recv), but appends to `buf` and advances it.
            ///
            /// The datagram is cut to the room that `buf` has without growing; a full `Vec` grows
            /// by 64 bytes. Reserve room before.
            ///
            /// # Errors
            ///
            /// The same as those of [`recv`](Self::recv).
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: no datagram is lost when the future is dropped.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub async fn recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                let recv = |socket: &_| $crate::datagram::recv_buf(socket, buf);
                self.io.async_io(interest, recv).await
            }

            /// Like [`recv_buf`](Self::recv_buf), without waiting.
            ///
            /// # Errors
            ///
            /// The same as those of [`try_recv`](Self::try_recv).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                let recv = |socket: &_| $crate::datagram::recv_buf(socket, buf);
                self.io.try_io(interest, recv)
            }

            /// Waits until a datagram or an error can probably be received.
            ///
            /// It may return early: then wait again.
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the socket has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until a receive finds nothing.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub async fn readable(&self) -> std::io::Result<()> {
                self.io.readable().await.map(drop)
            }

            /// Waits until a datagram can probably be sent.
            ///
            /// It may return early: then wait again.
            ///
            /// # Errors
            ///
            /// Fails when the runtime of the socket has shut down.
            ///
            /// # Cancellation safety
            ///
            /// Cancel safe: readiness lasts until a send finds no room.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub async fn writable(&self) -> std::io::Result<()> {
                self.io.writable().await.map(drop)
            }

            /// The polling form of [`readable`](Self::readable), for hand-written futures.
            ///
            /// Only the task that polled last for this direction is woken.
            ///
            /// # Errors
            ///
            /// The same as those of [`readable`](Self::readable).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn poll_recv_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_read_ready(cx).map_ok(drop)
            }

            /// The polling form of [`writable`](Self::writable), for hand-written futures.
            ///
            /// Only the task that polled last for this direction is woken.
            ///
            /// # Errors
            ///
            /// The same as those of [`writable`](Self::writable).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn poll_send_ready(
                &self,
                cx: &mut std::task::Context<'_>,
            ) -> std::task::Poll<std::io::Result<()>> {
                self.io.poll_write_ready(cx).map_ok(drop)
            }

            /// Takes the socket's pending error (`SO_ERROR`), if there is one.
            ///
            /// # Errors
            ///
            /// Whatever the system's `getsockopt` reports.
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn take_error(&self) -> std::io::Result<Option<std::io::Error>> {
                self.io.get_ref().take_error()
            }
        }

        impl std::fmt::Debug for $Type {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                self.io.get_ref().fmt(f)
            }
        }
    };
}

pub(crate) use datagram_methods;

use std::io;

use bytes::BufMut;
use heist_runtime::io::AsSource;
use socket2::SockRef;

/// Receives once, into the free part of `buf`.
pub(crate) fn recv_buf(socket: &impl AsSource, buf: &mut impl BufMut) -> io::Result<usize> {
    // SAFETY: `recv` writes only initialised bytes to it.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let count = SockRef::from(socket).recv(room)?;
    // SAFETY: `recv` has initialised `count` bytes.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}

/// Like [`recv_buf`], and also returns the sender.
pub(crate) fn recv_buf_from(
    socket: &impl AsSource,
    buf: &mut impl BufMut,
) -> io::Result<(usize, socket2::SockAddr)> {
    // SAFETY: `recv_from` writes only initialised bytes to it.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let (count, peer) = SockRef::from(socket).recv_from(room)?;
    // SAFETY: `recv_from` has initialised `count` bytes.
    unsafe { buf.advance_mut(count) };
    Ok((count, peer))
}
