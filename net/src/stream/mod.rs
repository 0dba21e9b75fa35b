//! What all byte streams share: TCP and Unix connections, their halves, and pipes.
//!
//! A [`ByteStream`] can be split, into halves that borrow it or own it. Everything works through a
//! shared reference: async methods, and the poll functions of the traits, serve any number of
//! tasks.
//!
//! # Examples
//!
//! Reading bytes as they arrive, and peeking at them first:
//!
//! ```
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let writer = heist::net::TcpStream::connect(listener.local_addr()?).await?;
//! # let (reader, _) = listener.accept().await?;
//! writer.write(b"GET /").await?;
//!
//! let mut first = [0; 1];
//! reader.peek(&mut first).await?;
//! assert_eq!(first, *b"G");
//!
//! let mut buf = [0; 64];
//! let count = reader.read(&mut buf).await?;
//! assert!(b"GET /".starts_with(&buf[..count]));
//! # Ok(())
//! # }
//! ```
//!
//! A task that waits for readiness first needs no buffer meanwhile, and may have several:
//!
//! ```
//! use std::io::{ErrorKind, IoSlice, IoSliceMut};
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let writer = heist::net::TcpStream::connect(listener.local_addr()?).await?;
//! # let (reader, _) = listener.accept().await?;
//! writer.writable().await?;
//! assert_eq!(writer.try_write_vectored(&[IoSlice::new(b"head"), IoSlice::new(b"body")])?, 8);
//! assert_eq!(writer.try_write(b"tail")?, 4);
//!
//! let mut message = Vec::new();
//! while message.len() < 8 {
//!     reader.readable().await?;
//!     match reader.try_read_buf(&mut message) {
//!         Ok(_) => {}
//!         Err(error) if error.kind() == ErrorKind::WouldBlock => {}
//!         Err(error) => return Err(error),
//!     }
//! }
//! assert!(b"headbodytail".starts_with(&message));
//! # if message.len() == 8 {
//! # reader.readable().await?;
//! let (mut one, mut rest) = ([0; 1], [0; 64]);
//! let bufs = &mut [IoSliceMut::new(&mut one), IoSliceMut::new(&mut rest)];
//! assert_eq!(reader.try_read_vectored(bufs)?, 4);
//! # }
//! # Ok(())
//! # }
//! ```
//!
//! Hand-written futures poll, and fill the room there is:
//!
//! ```
//! use std::future::poll_fn;
//! use std::io::ErrorKind;
//!
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let writer = heist::net::TcpStream::connect(listener.local_addr()?).await?;
//! # let (reader, _) = listener.accept().await?;
//! poll_fn(|cx| writer.poll_write_ready(cx)).await?;
//! let error = loop {
//!     if let Err(error) = writer.try_write(&[0; 65536]) {
//!         break error;
//!     }
//! };
//! assert_eq!(error.kind(), ErrorKind::WouldBlock);
//!
//! poll_fn(|cx| reader.poll_read_ready(cx)).await?;
//! let mut buf = [0; 64];
//! assert_eq!(poll_fn(|cx| reader.poll_peek(cx, &mut buf)).await?, 64);
//! assert_eq!(reader.try_read(&mut buf)?, 64);
//! # Ok(())
//! # }
//! ```
//!
//! Any other system call on the descriptor, here by the package `rustix`, at the moment when it is
//! ready for it:
//!
//! ```
//! use heist::io::Interest;
//!
//! # #[cfg(unix)]
//! # #[heist::main]
//! # async fn main() -> std::io::Result<()> {
//! # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
//! # let writer = heist::net::TcpStream::connect(listener.local_addr()?).await?;
//! # let (reader, _) = listener.accept().await?;
//! let more = rustix::net::SendFlags::MORE;
//! let send = || Ok(rustix::net::send(&writer, b"hello", more)?);
//! assert_eq!(writer.try_io(Interest::WRITABLE, send)?, 5);
//!
//! let mut buf = [0; 5];
//! # writer.write(b"hello").await?;
//! let all = rustix::net::RecvFlags::WAITALL;
//! reader
//!     .async_io(Interest::READABLE, || Ok(rustix::net::recv(&reader, &mut buf, all)?))
//!     .await?;
//! let ready = reader.ready(Interest::READABLE | Interest::WRITABLE).await?;
//! assert!(ready.is_readable() || ready.is_writable());
//! # Ok(())
//! # }
//! # #[cfg(not(unix))]
//! # fn main() {}
//! ```

// A stream defines how its descriptor is reached (`sealed`). `read` and `write` turn that into each
// stream's methods, by macros, so that they are inherent methods; `futures_io`, and `compat` for
// other ecosystems, implement the traits, for all types in `each`.

mod borrowed;
pub(crate) mod each;
mod futures_io;
mod owned;
pub(crate) mod read;
pub(crate) mod ready;
pub(crate) mod sealed;
pub(crate) mod write;

use std::fmt::Debug;
use std::io;
use std::net::Shutdown;

pub use borrowed::{ReadHalf, WriteHalf};
pub use owned::{OwnedReadHalf, OwnedWriteHalf, ReuniteError};
pub(crate) use {borrowed::split, owned::into_split};

/// A connection that carries bytes both ways: a [`TcpStream`](crate::TcpStream) or a
#[cfg_attr(unix, doc = "[`UnixStream`](crate::UnixStream).")]
#[cfg_attr(not(unix), doc = "Unix stream.")]
///
/// Functions that work on the halves of either are generic over it. It is sealed: other crates
/// cannot implement it.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteExt;
/// use heist::net::stream::{ByteStream, OwnedWriteHalf};
///
/// async fn greet<S: ByteStream>(mut writer: OwnedWriteHalf<S>) -> std::io::Result<()> {
///     writer.write_all(b"hello").await
/// }
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # use heist::io::AsyncReadExt;
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let mut client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// # let (stream, _) = listener.accept().await?;
/// let (_reader, writer) = stream.into_split();
/// greet(writer).await?;
/// # let mut greeting = [0; 5];
/// # client.read_exact(&mut greeting).await?;
/// # assert_eq!(&greeting, b"hello");
/// # Ok(())
/// # }
/// ```
pub trait ByteStream: sealed::ReadSide<Io: sealed::PeekFd> + sealed::WriteSide + Debug {
    /// The type of its addresses.
    type Addr;

    /// Returns the address of this end.
    ///
    /// # Errors
    ///
    /// Whatever the system's `getsockname` reports.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::stream::ByteStream;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (_client, peer) = listener.accept().await?;
    /// assert_eq!(ByteStream::local_addr(&stream)?, peer);
    /// # Ok(())
    /// # }
    /// ```
    fn local_addr(&self) -> io::Result<Self::Addr>;

    /// Returns the address of the other end.
    ///
    /// # Errors
    ///
    /// [`NotConnected`](io::ErrorKind::NotConnected) once the connection was reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::stream::ByteStream;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// assert_eq!(ByteStream::peer_addr(&stream)?, listener.local_addr()?);
    /// # Ok(())
    /// # }
    /// ```
    fn peer_addr(&self) -> io::Result<Self::Addr>;

    /// Closes one direction of the connection, or both, at once and without waiting.
    ///
    /// # Errors
    ///
    /// Whatever the system reports, such as [`NotConnected`](io::ErrorKind::NotConnected) if the
    /// connection was reset.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::net::stream::ByteStream;
    /// use std::net::Shutdown;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// fn end_of_answer(stream: &impl ByteStream) -> std::io::Result<()> {
    ///     stream.shutdown_std(Shutdown::Write)
    /// }
    ///
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (stream, _) = listener.accept().await?;
    /// end_of_answer(&stream)?;
    /// assert_eq!(client.read(&mut [0; 64]).await?, 0);
    /// # Ok(())
    /// # }
    /// ```
    fn shutdown_std(&self, how: Shutdown) -> io::Result<()>;
}

/// Closes the writing direction of a stream.
pub(crate) fn shutdown_write(stream: &impl ByteStream) -> io::Result<()> {
    match stream.shutdown_std(Shutdown::Write) {
        // It is closed already: the peer has reset the connection.
        Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(()),
        result => result,
    }
}
