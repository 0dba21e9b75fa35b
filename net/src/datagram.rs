//! What all datagram sockets share, UDP's and Unix's: by macros, as these are to be methods of the
//! sockets' own.
//!
//! The invariant: everything works through a shared reference. Async methods and poll functions
//! serve any number of tasks. A datagram is never taken for part
//! of a stream: that one was short does not mean that there are no more.

/// Gives `$Type` what it does as a connected socket, and its readiness.
///
/// It has a field `io` with a socket of std in an `AsyncFd`.
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
            /// What the system's `send` reports: that the socket is not connected, that the
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
            /// As [`send`](Self::send).
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
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is no room; else as
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
            /// What does not fit in `buf` is lost. Any number of tasks may wait; each datagram
            /// goes to one of them.
            ///
            /// # Errors
            ///
            /// What the system's `recv` reports: that the socket is not connected, or that a
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
            /// As [`recv`](Self::recv).
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

            /// Takes a datagram from the connected peer, without waiting, and returns its length.
            ///
            /// # Errors
            ///
            /// [`WouldBlock`](std::io::ErrorKind::WouldBlock) if there is none; else as
            /// [`recv`](Self::recv).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn try_recv(&self, buf: &mut [u8]) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                self.io.try_io(interest, |socket| socket.recv(buf))
            }

            /// As [`recv`](Self::recv), to the end of `buf`, which advances.
            ///
            /// The datagram is cut to the room that `buf` has without growing; a full `Vec` gets
            /// 64 bytes. So reserve before.
            ///
            /// # Errors
            ///
            /// As [`recv`](Self::recv).
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

            /// As [`recv_buf`](Self::recv_buf), without waiting.
            ///
            /// # Errors
            ///
            /// As [`try_recv`](Self::try_recv).
            ///
            /// # Examples
            ///
            /// See [`UdpSocket`](crate::UdpSocket).
            pub fn try_recv_buf<B: bytes::BufMut>(&self, buf: &mut B) -> std::io::Result<usize> {
                let interest = heist_runtime::io::Interest::READABLE;
                let recv = |socket: &_| $crate::datagram::recv_buf(socket, buf);
                self.io.try_io(interest, recv)
            }

            /// Waits until a datagram, or an error, may be received.
            ///
            /// It may return early. Then wait again.
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

            /// Waits until a datagram may be sent.
            ///
            /// It may return early. Then wait again.
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
            /// As [`readable`](Self::readable).
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
            /// As [`writable`](Self::writable).
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

            /// Takes the error that is pending on the socket (`SO_ERROR`), if there is one.
            ///
            /// # Errors
            ///
            /// What the system's `getsockopt` reports.
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
use polling::AsSource;
use socket2::SockRef;

/// Receives once, into the free part of `buf`.
pub(crate) fn recv_buf(socket: &impl AsSource, buf: &mut impl BufMut) -> io::Result<usize> {
    // SAFETY: `recv` only ever writes initialised bytes into it.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let count = SockRef::from(socket).recv(room)?;
    // SAFETY: it has initialised that many.
    unsafe { buf.advance_mut(count) };
    Ok(count)
}

/// As [`recv_buf`], and says who sent it.
pub(crate) fn recv_buf_from(
    socket: &impl AsSource,
    buf: &mut impl BufMut,
) -> io::Result<(usize, socket2::SockAddr)> {
    // SAFETY: `recv_from` only ever writes initialised bytes into it.
    let room = unsafe { buf.chunk_mut().as_uninit_slice_mut() };
    let (count, peer) = SockRef::from(socket).recv_from(room)?;
    // SAFETY: it has initialised that many.
    unsafe { buf.advance_mut(count) };
    Ok((count, peer))
}
