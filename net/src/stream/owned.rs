//! The halves that own their stream together.
//!
//! The invariant: exactly two values hold the stream, one half of each kind; both together can
//! therefore be turned back into the stream.

use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use heist_runtime::io::AsyncFd;

use crate::stream::ByteStream;
use crate::stream::read::{peek_methods, read_methods};
use crate::stream::ready::half_methods;
use crate::stream::sealed::{ReadSide, WriteSide};
use crate::stream::write::write_methods;

/// The reading half of a stream, from its `into_split`.
///
/// It implements `AsyncRead`. Dropping it closes nothing while the writing half lives.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncReadExt;
/// use heist::net::TcpStream;
/// use heist::net::stream::OwnedReadHalf;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// async fn read_all(mut half: OwnedReadHalf<TcpStream>) -> std::io::Result<Vec<u8>> {
///     let mut all = Vec::new();
///     half.read_to_end(&mut all).await?;
///     Ok(all)
/// }
///
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let client = TcpStream::connect(listener.local_addr()?).await?;
/// # let (stream, _) = listener.accept().await?;
/// client.write(b"hello").await?;
/// drop(client);
/// let (reader, _writer) = stream.into_split();
/// assert_eq!(heist::spawn(read_all(reader)).await.unwrap()?, b"hello");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OwnedReadHalf<S> {
    stream: Arc<S>,
}

/// The writing half of a stream, from its `into_split`.
///
/// It implements `AsyncWrite`. Closing or dropping it shuts down the writing direction, so that the
/// peer reads the end of the stream; [`forget`](Self::forget) drops it without that.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// # let (stream, _) = listener.accept().await?;
/// let (_reader, writer) = stream.into_split();
/// drop(writer);
/// assert_eq!(client.read(&mut [0; 64]).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct OwnedWriteHalf<S: ByteStream> {
    stream: Arc<S>,
    shutdown_on_drop: bool,
}

pub(crate) fn into_split<S: ByteStream>(stream: S) -> (OwnedReadHalf<S>, OwnedWriteHalf<S>) {
    let stream = Arc::new(stream);
    let reader = OwnedReadHalf {
        stream: Arc::clone(&stream),
    };
    let writer = OwnedWriteHalf {
        stream,
        shutdown_on_drop: true,
    };
    (reader, writer)
}

impl<S: ByteStream> OwnedReadHalf<S> {
    /// Puts the two halves of a stream together again.
    ///
    /// # Errors
    ///
    /// Returns both halves if they do not belong to the same stream.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// let (reader, writer) = stream.into_split();
    /// let stream: heist::net::TcpStream = reader.reunite(writer)?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn reunite(self, other: OwnedWriteHalf<S>) -> Result<S, ReuniteError<S>> {
        if !Arc::ptr_eq(&self.stream, &other.stream) {
            return Err(ReuniteError(self, other));
        }
        other.forget();
        Ok(Arc::into_inner(self.stream).expect("only the two halves hold the stream"))
    }
}

impl<S: ByteStream> OwnedWriteHalf<S> {
    /// Puts the two halves of a stream together again.
    ///
    /// # Errors
    ///
    /// Returns both halves if they do not belong to the same stream.
    ///
    /// # Examples
    ///
    /// See [`OwnedReadHalf::reunite`].
    pub fn reunite(self, other: OwnedReadHalf<S>) -> Result<S, ReuniteError<S>> {
        other.reunite(self)
    }

    /// Drops this half, but leaves the writing direction open until the other half is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
    /// # let stream = heist::net::TcpStream::connect(listener.local_addr()?).await?;
    /// # let (peer, _) = listener.accept().await?;
    /// let (_reader, writer) = stream.into_split();
    /// writer.forget();
    /// // Unlike after a drop, the peer does not read the end of the stream.
    /// # let mut byte = [0];
    /// # assert!(heist::time::timeout(heist::time::Duration::ZERO, peer.read(&mut byte)).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn forget(mut self) {
        self.shutdown_on_drop = false;
    }
}

impl<S: ByteStream> Drop for OwnedWriteHalf<S> {
    fn drop(&mut self) {
        if self.shutdown_on_drop {
            // This can only fail if the connection is down already, which is the goal.
            let _ = self.stream.close_write();
        }
    }
}

impl<S: ByteStream> ReadSide for OwnedReadHalf<S> {
    type Io = <S as ReadSide>::Io;

    fn read_io(&self) -> &AsyncFd<Self::Io> {
        self.stream.read_io()
    }
}

impl<S: ByteStream> WriteSide for OwnedWriteHalf<S> {
    type Io = <S as WriteSide>::Io;

    fn write_io(&self) -> &AsyncFd<Self::Io> {
        self.stream.write_io()
    }

    fn close_write(&self) -> io::Result<()> {
        self.stream.close_write()
    }
}

/// Gives access to the options, which both halves share.
impl<S> AsRef<S> for OwnedReadHalf<S> {
    fn as_ref(&self) -> &S {
        &self.stream
    }
}

/// Gives access to the options, which both halves share.
impl<S: ByteStream> AsRef<S> for OwnedWriteHalf<S> {
    fn as_ref(&self) -> &S {
        &self.stream
    }
}

read_methods!([S: ByteStream] OwnedReadHalf<S>);
peek_methods!([S: ByteStream] OwnedReadHalf<S>);
half_methods!(OwnedReadHalf<S>, ReadSide::read_io);

write_methods!([S: ByteStream] OwnedWriteHalf<S>);
half_methods!(OwnedWriteHalf<S>, WriteSide::write_io);

/// The error of `reunite` when the halves do not belong to the same stream. It returns them
/// unchanged, the reading half first.
///
/// # Examples
///
/// ```
/// use heist::net::stream::ReuniteError;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let one = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// # let (other, _) = listener.accept().await?;
/// let ((reader, _), (_, writer)) = (one.into_split(), other.into_split());
/// let ReuniteError(_reader, _writer) = reader.reunite(writer).unwrap_err();
/// # Ok(())
/// # }
/// ```
pub struct ReuniteError<S: ByteStream>(pub OwnedReadHalf<S>, pub OwnedWriteHalf<S>);

impl<S: ByteStream> fmt::Debug for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ReuniteError")
            .field(&self.0)
            .field(&self.1)
            .finish()
    }
}

impl<S: ByteStream> fmt::Display for ReuniteError<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves are not of the same stream")
    }
}

impl<S: ByteStream> Error for ReuniteError<S> {}
