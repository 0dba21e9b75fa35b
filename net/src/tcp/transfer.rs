//! How a `TcpStream` is read and written.
//!
//! The invariant: everything works through a shared reference. Async methods serve any number of
//! tasks; the poll functions of the traits keep one waker for each direction.

use std::io::{self, IoSlice, IoSliceMut, Read, Write};
use std::net::Shutdown;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_io::{AsyncRead, AsyncWrite};
use heist_runtime::io::Direction;

use crate::tcp::TcpStream;

impl TcpStream {
    /// Reads what is there into `buf`, waiting for the first byte, and returns how many bytes were
    /// read: 0 at the end of the stream, or if `buf` is empty.
    ///
    /// Any number of tasks may wait; each byte goes to one of them.
    ///
    /// # Errors
    ///
    /// What the system's `recv` reports, such as a connection reset.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no byte is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// client.write(b"hello").await?;
    ///
    /// let mut buf = [0; 64];
    /// let count = stream.read(&mut buf).await?;
    /// assert!(b"hello".starts_with(&buf[..count]));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn read(&self, buf: &mut [u8]) -> io::Result<usize> {
        let len = buf.len();
        let read = |mut stream: &std::net::TcpStream| stream.read(buf);
        self.io.async_io_bytes(Direction::Read, len, read).await
    }

    /// Writes as much of `buf` as there is room for, waiting for some, and returns how many bytes
    /// were taken.
    ///
    /// Any number of tasks may wait, but what they write may be interleaved.
    ///
    /// # Errors
    ///
    /// What the system's `send` reports, such as a broken pipe once the peer is gone.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing was written if the future is dropped before it is ready. (The `write_all`
    /// of `AsyncWriteExt` is not: it may have written a part.)
    pub async fn write(&self, buf: &[u8]) -> io::Result<usize> {
        let write = |mut stream: &std::net::TcpStream| stream.write(buf);
        self.io
            .async_io_bytes(Direction::Write, buf.len(), write)
            .await
    }

    /// Reads as [`read`](Self::read) does, but leaves the bytes for the next read.
    ///
    /// # Errors
    ///
    /// As [`read`](Self::read).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// client.write(b"GET /").await?;
    ///
    /// let mut first = [0; 1];
    /// stream.peek(&mut first).await?;
    /// assert_eq!(first, *b"G");
    /// stream.read(&mut first).await?;
    /// assert_eq!(first, *b"G");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn peek(&self, buf: &mut [u8]) -> io::Result<usize> {
        // Not `async_io_bytes`: a peek that comes short leaves the socket readable.
        self.io
            .async_io(Direction::Read, |stream| stream.peek(buf))
            .await
    }

    /// Waits until a read may make progress: data, the end of the stream or an error is there.
    ///
    /// It may return early, so [`try_read`](Self::try_read) can still find nothing. Then wait
    /// again.
    ///
    /// # Errors
    ///
    /// Fails when the runtime of this stream has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: readiness lasts until a read finds nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::io::ErrorKind;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// # client.write(b"hello").await?;
    /// let message = loop {
    ///     stream.readable().await?;
    ///     // Taken after the wait, the buffer costs nothing while the connection is idle.
    ///     let mut buf = vec![0; 4096];
    ///     match stream.try_read(&mut buf) {
    ///         Ok(count) => break buf[..count].to_vec(),
    ///         Err(error) if error.kind() == ErrorKind::WouldBlock => {}
    ///         Err(error) => return Err(error),
    ///     }
    /// };
    /// assert!(b"hello".starts_with(&message));
    /// # Ok(())
    /// # }
    /// ```
    pub async fn readable(&self) -> io::Result<()> {
        self.io.readable().await.map(drop)
    }

    /// Waits until a write may make progress: there is room, or an error.
    ///
    /// It may return early, so [`try_write`](Self::try_write) can still find no room. Then wait
    /// again.
    ///
    /// # Errors
    ///
    /// Fails when the runtime of this stream has shut down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: readiness lasts until a write finds no room.
    pub async fn writable(&self) -> io::Result<()> {
        self.io.writable().await.map(drop)
    }

    /// Reads what is there into `buf` without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if nothing is there; else as
    /// [`read`](Self::read).
    pub fn try_read(&self, buf: &mut [u8]) -> io::Result<usize> {
        self.io
            .try_io(Direction::Read, |mut stream| stream.read(buf))
    }

    /// Reads what is there into `bufs`, in their order, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_read`](Self::try_read).
    pub fn try_read_vectored(&self, bufs: &mut [IoSliceMut<'_>]) -> io::Result<usize> {
        self.io
            .try_io(Direction::Read, |mut stream| stream.read_vectored(bufs))
    }

    /// Writes as much of `buf` as there is room for, without waiting.
    ///
    /// # Errors
    ///
    /// [`WouldBlock`](io::ErrorKind::WouldBlock) if there is no room; else as
    /// [`write`](Self::write).
    ///
    /// # Examples
    ///
    /// Write whatever fits:
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// let mut taken = 0;
    /// let error = loop {
    ///     match stream.try_write(&[0; 65536]) {
    ///         Ok(count) => taken += count,
    ///         Err(error) => break error,
    ///     }
    /// };
    /// assert!(taken > 0);
    /// assert_eq!(error.kind(), std::io::ErrorKind::WouldBlock);
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_write(&self, buf: &[u8]) -> io::Result<usize> {
        self.io
            .try_io(Direction::Write, |mut stream| stream.write(buf))
    }

    /// Writes as much of `bufs`, in their order, as there is room for, without waiting.
    ///
    /// # Errors
    ///
    /// As [`try_write`](Self::try_write).
    pub fn try_write_vectored(&self, bufs: &[IoSlice<'_>]) -> io::Result<usize> {
        self.io
            .try_io(Direction::Write, |mut stream| stream.write_vectored(bufs))
    }
}

impl AsyncRead for &TcpStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let len = buf.len();
        let read = |mut stream: &std::net::TcpStream| stream.read(buf);
        self.io.poll_io_bytes(Direction::Read, cx, len, read)
    }

    fn poll_read_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &mut [IoSliceMut<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        let read = |mut stream: &std::net::TcpStream| stream.read_vectored(bufs);
        self.io.poll_io_bytes(Direction::Read, cx, len, read)
    }
}

impl AsyncWrite for &TcpStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let write = |mut stream: &std::net::TcpStream| stream.write(buf);
        self.io
            .poll_io_bytes(Direction::Write, cx, buf.len(), write)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let len = bufs.iter().map(|buf| buf.len()).sum();
        let write = |mut stream: &std::net::TcpStream| stream.write_vectored(bufs);
        self.io.poll_io_bytes(Direction::Write, cx, len, write)
    }

    /// Nothing is buffered here; what the system holds it sends without being asked.
    fn poll_flush(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    /// Shuts the writing direction down.
    fn poll_close(self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.shutdown(Shutdown::Write) {
            // It is closed already: the peer has reset the connection.
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Poll::Ready(Ok(())),
            result => Poll::Ready(result),
        }
    }
}
