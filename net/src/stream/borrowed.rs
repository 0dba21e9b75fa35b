//! The halves that borrow their stream.

use std::io;

use heist_runtime::io::AsyncFd;

use crate::stream::ByteStream;
use crate::stream::read::{peek_methods, read_methods};
use crate::stream::ready::half_methods;
use crate::stream::sealed::{ReadSide, WriteSide};
use crate::stream::write::write_methods;

/// The reading half of a borrowed stream, from its `split`.
///
/// It implements `AsyncRead`.
///
/// # Examples
///
/// ```
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// # let (mut stream, _) = listener.accept().await?;
/// let (reader, _writer) = stream.split();
/// client.write(b"hello").await?;
/// assert_eq!(reader.read(&mut [0; 64]).await?, 5);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct ReadHalf<'a, S>(&'a S);

/// The writing half of a borrowed stream, from its `split`.
///
/// It implements `AsyncWrite`, whose `close` shuts down the writing direction. Dropping the half
/// does not: the stream still exists.
///
/// # Examples
///
/// ```
/// use heist::io::AsyncWriteExt;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// # let listener = heist::net::TcpListener::bind("127.0.0.1:0").await?;
/// # let client = heist::net::TcpStream::connect(listener.local_addr()?).await?;
/// # let (mut stream, _) = listener.accept().await?;
/// let (_reader, mut writer) = stream.split();
/// writer.close().await?;
/// assert_eq!(client.read(&mut [0; 64]).await?, 0);
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct WriteHalf<'a, S>(&'a S);

/// Splits the stream. Takes `&mut`, so that there is at most one half for each direction.
pub(crate) fn split<S: ByteStream>(stream: &mut S) -> (ReadHalf<'_, S>, WriteHalf<'_, S>) {
    (ReadHalf(stream), WriteHalf(stream))
}

impl<S: ByteStream> ReadSide for ReadHalf<'_, S> {
    type Io = <S as ReadSide>::Io;

    fn read_io(&self) -> &AsyncFd<Self::Io> {
        self.0.read_io()
    }
}

impl<S: ByteStream> WriteSide for WriteHalf<'_, S> {
    type Io = <S as WriteSide>::Io;

    fn write_io(&self) -> &AsyncFd<Self::Io> {
        self.0.write_io()
    }

    fn close_write(&self) -> io::Result<()> {
        self.0.close_write()
    }
}

/// Gives access to the options, which both halves share.
impl<S> AsRef<S> for ReadHalf<'_, S> {
    fn as_ref(&self) -> &S {
        self.0
    }
}

/// Gives access to the options, which both halves share.
impl<S> AsRef<S> for WriteHalf<'_, S> {
    fn as_ref(&self) -> &S {
        self.0
    }
}

read_methods!([S: ByteStream] ReadHalf<'_, S>);
peek_methods!([S: ByteStream] ReadHalf<'_, S>);
half_methods!(ReadHalf<'_, S>, ReadSide::read_io);

write_methods!([S: ByteStream] WriteHalf<'_, S>);
half_methods!(WriteHalf<'_, S>, WriteSide::write_io);
