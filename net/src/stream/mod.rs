//! What all byte streams share: TCP and Unix connections, their halves, and pipes.
//!
//! [`ByteStream`]s can be split, into halves that borrow them or own them. Everything works through
//! a shared reference: async methods, and the poll functions of the traits, serve any number of
//! tasks.

// A stream says how its descriptor is reached (`sealed`); `read` and `write` make of that the
// functions that each stream has, by macros, as they are to be methods of the streams' own;
// `futures_io`, and `compat` of others, the traits, for `each`.

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
/// Functions that work on the halves of either are generic over it. It is sealed: it cannot be
/// implemented elsewhere.
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

    /// The address of this end.
    ///
    /// # Errors
    ///
    /// What the system's `getsockname` reports.
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

    /// The address of the other end.
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
    /// What the system reports, such as [`NotConnected`](io::ErrorKind::NotConnected) if the
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
