//! The halves that own their stream together. What they do is in `half`.
//!
//! The invariant: exactly two hold the stream, one half of each kind; so both together are the
//! stream again.

use std::error::Error;
use std::fmt;
use std::net::Shutdown;
use std::sync::Arc;

use crate::tcp::TcpStream;

/// The reading half of a stream, from [`TcpStream::into_split`].
///
/// It implements `AsyncRead`. Dropping it closes nothing as long as the writing half lives.
#[derive(Debug)]
pub struct OwnedReadHalf {
    stream: Arc<TcpStream>,
}

/// The writing half of a stream, from [`TcpStream::into_split`].
///
/// It implements `AsyncWrite`. Closing or dropping it shuts the writing direction down, so that the
/// peer reads the end of the stream; [`forget`](Self::forget) drops it without that.
#[derive(Debug)]
pub struct OwnedWriteHalf {
    stream: Arc<TcpStream>,
    shutdown_on_drop: bool,
}

pub(super) fn split(stream: TcpStream) -> (OwnedReadHalf, OwnedWriteHalf) {
    let stream = Arc::new(stream);
    let reader = OwnedReadHalf {
        stream: Arc::clone(&stream),
    };
    (
        reader,
        OwnedWriteHalf {
            stream,
            shutdown_on_drop: true,
        },
    )
}

fn reunite(reader: OwnedReadHalf, writer: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
    if !Arc::ptr_eq(&reader.stream, &writer.stream) {
        return Err(ReuniteError(reader, writer));
    }
    writer.forget();
    Ok(Arc::into_inner(reader.stream).expect("only the two halves hold the stream"))
}

impl OwnedReadHalf {
    /// Puts the two halves of a stream together again.
    ///
    /// # Errors
    ///
    /// Gives both halves back if they are not of the same stream.
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
    pub fn reunite(self, other: OwnedWriteHalf) -> Result<TcpStream, ReuniteError> {
        reunite(self, other)
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl OwnedWriteHalf {
    /// Puts the two halves of a stream together again; see [`OwnedReadHalf::reunite`].
    ///
    /// # Errors
    ///
    /// Gives both halves back if they are not of the same stream.
    pub fn reunite(self, other: OwnedReadHalf) -> Result<TcpStream, ReuniteError> {
        reunite(other, self)
    }

    /// Drops this half, but leaves the writing direction open until the other half is dropped.
    pub fn forget(mut self) {
        self.shutdown_on_drop = false;
    }

    pub(super) fn stream(&self) -> &TcpStream {
        &self.stream
    }
}

impl Drop for OwnedWriteHalf {
    fn drop(&mut self) {
        if self.shutdown_on_drop {
            // It can only fail if the connection is down already, which is what is wanted.
            let _ = self.stream.shutdown(Shutdown::Write);
        }
    }
}

/// The halves given to `reunite` are not of the same stream. They are unharmed, in the order
/// reading half, writing half.
#[derive(Debug)]
pub struct ReuniteError(pub OwnedReadHalf, pub OwnedWriteHalf);

impl fmt::Display for ReuniteError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the two halves are not of the same TCP stream")
    }
}

impl Error for ReuniteError {}
