//! Peeking at the next datagram without taking it.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use heist_runtime::io::{Direction, Interest};

use super::UdpSocket;
use super::socket::internet;

impl UdpSocket {
    /// Waits for a datagram from the connected peer and copies it, but leaves it in the queue.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv`](Self::recv).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: it takes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let peer = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # socket.connect(peer.local_addr()?).await?;
    /// # peer.send_to(b"hello", socket.local_addr()?).await?;
    /// let mut buf = [0; 1500];
    /// assert_eq!(socket.peek(&mut buf).await?, 5);
    /// assert_eq!(poll_fn(|cx| socket.poll_peek(cx, &mut buf)).await?, 5);
    /// assert_eq!(socket.try_peek(&mut buf)?, 5);
    /// assert_eq!(socket.recv(&mut buf).await?, 5);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        let peek = |socket: &std::net::UdpSocket| socket.peek(buf);
        self.io.async_io(Interest::READABLE, peek).await
    }

    /// The polling form of [`peek`](Self::peek), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`peek`](Self::peek).
    ///
    /// # Examples
    ///
    /// See [`peek`](Self::peek).
    pub fn poll_peek(&self, cx: &mut Context<'_>, buf: &mut [u8]) -> Poll<io::Result<usize>> {
        let peek = |socket: &std::net::UdpSocket| socket.peek(buf);
        self.io.poll_io(Direction::Read, cx, peek)
    }

    /// Copies a datagram from the connected peer without waiting, and leaves it in the queue.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_recv`](Self::try_recv).
    ///
    /// # Examples
    ///
    /// See [`peek`](Self::peek).
    pub fn try_peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        let peek = |socket: &std::net::UdpSocket| socket.peek(buf);
        self.io.try_io(Interest::READABLE, peek)
    }

    /// Waits for a datagram and copies it, but leaves it in the queue. Returns its length and its
    /// sender.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv_from`](Self::recv_from).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: it takes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # let peer = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # peer.send_to(b"hello", socket.local_addr()?).await?;
    /// let mut buf = [0; 1500];
    /// let peeked = socket.peek_from(&mut buf).await?;
    /// assert_eq!(poll_fn(|cx| socket.poll_peek_from(cx, &mut buf)).await?, peeked);
    /// assert_eq!(socket.try_peek_from(&mut buf)?, peeked);
    /// assert_eq!(socket.recv_from(&mut buf).await?, peeked);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let peek = |socket: &std::net::UdpSocket| socket.peek_from(buf);
        self.io.async_io(Interest::READABLE, peek).await
    }

    /// The polling form of [`peek_from`](Self::peek_from), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`peek_from`](Self::peek_from).
    ///
    /// # Examples
    ///
    /// See [`peek_from`](Self::peek_from).
    pub fn poll_peek_from(
        &self,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<(usize, SocketAddr)>> {
        let peek = |socket: &std::net::UdpSocket| socket.peek_from(buf);
        self.io.poll_io(Direction::Read, cx, peek)
    }

    /// Copies a datagram without waiting, and leaves it in the queue.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_recv_from`](Self::try_recv_from).
    ///
    /// # Examples
    ///
    /// See [`peek_from`](Self::peek_from).
    pub fn try_peek_from(&self, buf: &mut [u8]) -> io::Result<(usize, SocketAddr)> {
        let peek = |socket: &std::net::UdpSocket| socket.peek_from(buf);
        self.io.try_io(Interest::READABLE, peek)
    }

    /// Waits for a datagram and returns its sender, but leaves it in the queue.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv_from`](Self::recv_from).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: it takes nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let socket = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # let peer = heist::net::UdpSocket::bind("127.0.0.1:0").await?;
    /// # peer.send_to(b"hello", socket.local_addr()?).await?;
    /// let sender = socket.peek_sender().await?;
    /// assert_eq!(poll_fn(|cx| socket.poll_peek_sender(cx)).await?, sender);
    /// assert_eq!(socket.try_peek_sender()?, sender);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.async_io(Interest::READABLE, peek_sender).await
    }

    /// The polling form of [`peek_sender`](Self::peek_sender), for hand-written futures.
    ///
    /// Only the task that polled last for this direction is woken.
    ///
    /// # Errors
    ///
    /// The same as those of [`peek_sender`](Self::peek_sender).
    ///
    /// # Examples
    ///
    /// See [`peek_sender`](Self::peek_sender).
    pub fn poll_peek_sender(&self, cx: &mut Context<'_>) -> Poll<io::Result<SocketAddr>> {
        self.io.poll_io(Direction::Read, cx, peek_sender)
    }

    /// Like [`peek_sender`](Self::peek_sender), without waiting.
    ///
    /// # Errors
    ///
    /// The same as those of [`try_recv_from`](Self::try_recv_from).
    ///
    /// # Examples
    ///
    /// See [`peek_sender`](Self::peek_sender).
    pub fn try_peek_sender(&self) -> io::Result<SocketAddr> {
        self.io.try_io(Interest::READABLE, peek_sender)
    }
}

fn peek_sender(socket: &std::net::UdpSocket) -> io::Result<SocketAddr> {
    let sender = socket2::SockRef::from(socket).peek_sender()?;
    internet(((), sender)).map(|((), sender)| sender)
}
