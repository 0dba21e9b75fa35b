//! Copying: from one stream to another, both ways between two, and from a file to a stream.
//!
//! A future here is polled by one task at a time and shares only the pool of pipes with others.
//! `transfer` drives a copy; `buffer` and `splice` are the two ways in which it moves the bytes.

mod buffer;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod pipe;
mod sendfile;
#[cfg(any(target_os = "linux", target_os = "android"))]
mod splice;
mod transfer;

use std::io;

use futures_io::{AsyncRead, AsyncWrite};

pub use sendfile::sendfile;

use crate::stream::sealed::{ReadSide, WriteSide};

/// How bytes get from socket to socket.
#[cfg(any(target_os = "linux", target_os = "android"))]
type Carrier = splice::Splice;
#[cfg(not(any(target_os = "linux", target_os = "android")))]
type Carrier = buffer::Buffer;

/// Copies all bytes from `reader` to `writer`, until `reader` ends, and returns how many there
/// were.
///
/// Both are sockets, pipes, or halves of them. The writer is left open. For other readers and
/// writers use `heist::io::copy`.
///
/// On Linux large amounts are moved by `splice`, without copying them to this process and back, and
/// small ones through a buffer. Where `splice` does not work, all bytes go through a buffer. See
/// [`copy_bidirectional`] for the resources that a copy holds.
///
/// # Errors
///
/// Whatever the system reports when `reader` is read or `writer` is written. Bytes that were read
/// but not written by then are lost.
///
/// # Cancellation safety
///
/// Not cancel safe: when the future is dropped, bytes that were read but not written are lost, and
/// the number of written bytes is unknown.
///
/// # Examples
///
/// An echo that reads on while it writes:
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let listener = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// let (mut stream, _) = listener.accept().await?;
/// let echo = heist::spawn(async move {
///     let (mut reader, mut writer) = stream.split();
///     heist::net::copy(&mut reader, &mut writer).await
/// });
///
/// client.write_all(b"hello").await?;
/// client.close().await?;
/// let mut reply = String::new();
/// client.read_to_string(&mut reply).await?;
/// assert_eq!(reply, "hello");
/// assert_eq!(echo.await.unwrap()?, 5);
/// # Ok(())
/// # }
/// ```
pub async fn copy<R, W>(reader: &mut R, writer: &mut W) -> io::Result<u64>
where
    R: ReadSide + AsyncRead + Unpin,
    W: WriteSide + AsyncWrite + Unpin,
{
    transfer::one_way::<Carrier, _, _>(reader, writer).await
}

/// Copies bytes from `a` to `b` and from `b` to `a` at the same time, and returns how many went
/// each way: the core of a proxy.
///
/// When one side ends, the writing direction of the other is closed, and the opposite direction
/// continues; the copy is done when both sides have ended. [`copy`] describes what can be copied,
/// and how.
///
/// An idle copy holds no buffer and no descriptor of its own, so that an idle connection costs no
/// more than its sockets. For bytes that the receiver does not take at once it holds a pipe (two
/// descriptors, 256 KiB) or a buffer of 64 KiB for that direction, and reads no more until they are
/// written. A process holds at most 128 pipes; when all are in use, or no descriptors are left,
/// bytes go through buffers. Each thread that copies keeps up to two empty pipes.
///
/// The copy spends the task's poll budget and ends a poll after about 1 MiB, so that other tasks
/// get their turns.
///
/// # Errors
///
/// Returns the first error of either direction, which ends both. Bytes that were read but not
/// written by then are lost. A reset of one side is noticed only after the other side has taken the
/// bytes that were read before it: wrap the copy in a timeout if that may take forever.
///
/// # Cancellation safety
///
/// Not cancel safe: when the future is dropped, bytes that were read but not written are lost, and
/// the number of written bytes is unknown.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt};
/// use heist::net::{TcpListener, TcpStream, copy_bidirectional};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let service = TcpListener::bind("127.0.0.1:0").await?;
/// let service_address = service.local_addr()?;
/// heist::spawn(async move {
///     let (mut stream, _) = service.accept().await?;
///     let mut name = String::new();
///     stream.read_to_string(&mut name).await?;
///     stream.write_all(format!("hello, {name}").as_bytes()).await
/// });
///
/// let proxy = TcpListener::bind("127.0.0.1:0").await?;
/// let mut client = TcpStream::connect(proxy.local_addr()?).await?;
/// let (mut near, _) = proxy.accept().await?;
/// let copying = heist::spawn(async move {
///     let mut far = TcpStream::connect(service_address).await?;
///     copy_bidirectional(&mut near, &mut far).await
/// });
///
/// client.write_all(b"proxy").await?;
/// client.close().await?;
/// let mut reply = String::new();
/// client.read_to_string(&mut reply).await?;
/// assert_eq!(reply, "hello, proxy");
/// assert_eq!(copying.await.unwrap()?, (5, 12));
/// # Ok(())
/// # }
/// ```
pub async fn copy_bidirectional<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: ReadSide + WriteSide + AsyncRead + AsyncWrite + Unpin,
    B: ReadSide + WriteSide + AsyncRead + AsyncWrite + Unpin,
{
    transfer::both_ways::<Carrier, _, _>(a, b).await
}

/// Copies bytes from `a` to `b` and from `b` to `a` at the same time, through a buffer, and returns
/// how many went each way.
///
/// It works for any `AsyncRead` and `AsyncWrite`, such as TLS connections. Between heist's own
/// sockets `heist::net::copy_bidirectional` costs less.
///
/// When one side ends, the other is flushed and closed for writing, and the opposite direction
/// continues; the copy is done when both sides have ended. A writer is also flushed when its reader
/// has nothing to read. Bytes that a writer does not take at once are kept, up to 64 KiB for each
/// direction, and no more is read until they are written.
///
/// # Errors
///
/// Returns the first error of either direction, which ends both. Bytes that were read but not
/// written by then are lost. [`WriteZero`](io::ErrorKind::WriteZero) if a writer takes no bytes but
/// reports no error.
///
/// # Cancellation safety
///
/// Not cancel safe: when the future is dropped, bytes that were read but not written are lost, and
/// the number of written bytes is unknown.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncReadExt, AsyncWriteExt, BufReader};
/// use heist::net::{TcpListener, TcpStream};
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = TcpListener::bind("127.0.0.1:0").await?;
/// # let mut client = TcpStream::connect(listener.local_addr()?).await?;
/// # let (near, _) = listener.accept().await?;
/// # let mut far = TcpStream::connect(listener.local_addr()?).await?;
/// # let (mut service, _) = listener.accept().await?;
/// // Something has read ahead, so the bytes must come through its buffer.
/// let mut near = BufReader::new(near);
/// let copying = heist::spawn(async move {
///     heist::io::copy_bidirectional(&mut near, &mut far).await
/// });
///
/// client.write_all(b"hello").await?;
/// client.close().await?;
/// let mut text = String::new();
/// service.read_to_string(&mut text).await?;
/// assert_eq!(text, "hello");
/// service.close().await?;
/// assert_eq!(copying.await.unwrap()?, (5, 0));
/// # Ok(())
/// # }
/// ```
pub async fn copy_bidirectional_buffered<A, B>(a: &mut A, b: &mut B) -> io::Result<(u64, u64)>
where
    A: AsyncRead + AsyncWrite + Unpin + ?Sized,
    B: AsyncRead + AsyncWrite + Unpin + ?Sized,
{
    transfer::both_ways::<buffer::Buffer, _, _>(a, b).await
}
