//! `copy`, and the streams that are always ready.

use super::Cooperative;
use futures_io::{AsyncRead, AsyncWrite};
use futures_lite::io as lite;
use std::io;

/// A reader at its end; see [`empty`].
pub type Empty = Cooperative<lite::Empty>;
/// A reader that repeats a byte; see [`repeat`].
pub type Repeat = Cooperative<lite::Repeat>;
/// A writer that drops what it gets; see [`sink`].
pub type Sink = Cooperative<lite::Sink>;

/// Creates a reader without content.
pub fn empty() -> Empty {
    Cooperative::new(lite::empty())
}

/// Creates a reader that repeats this byte for ever.
pub fn repeat(byte: u8) -> Repeat {
    Cooperative::new(lite::repeat(byte))
}

/// Creates a writer that accepts everything and keeps nothing.
pub fn sink() -> Sink {
    Cooperative::new(lite::sink())
}

/// Copies from the reader to the writer until the reader ends, and returns the number of bytes. A
/// reference to a reader or a writer also is one.
///
/// # Errors
///
/// The errors of the reader and of the writer.
///
/// # Cancellation safety
///
/// Not cancel safe: bytes that were read and not yet written are lost.
///
/// # Examples
///
/// ```
/// use heist::io::{copy, repeat, sink};
/// use heist::time::{Duration, timeout};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut bytes = Vec::new();
/// assert_eq!(copy(&b"some bytes"[..], &mut bytes).await?, 10);
///
/// // It never ends by itself, and still the time limit is noticed.
/// let endless = copy(repeat(1), sink());
/// assert!(timeout(Duration::from_millis(5), endless).await.is_err());
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub async fn copy<R, W>(reader: R, writer: W) -> io::Result<u64>
where
    R: AsyncRead,
    W: AsyncWrite,
{
    lite::copy(Cooperative::new(reader), Cooperative::new(writer)).await
}
