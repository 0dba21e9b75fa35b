//! `next_line`, without a crate for streams.

use futures_io::AsyncBufRead;
use futures_lite::StreamExt;
use futures_lite::io::Lines;
use std::future::Future;
use std::io;

/// Lines, awaited one by one.
///
/// # Examples
///
/// ```
/// use heist::io::{AsyncBufReadExt, LinesExt};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut lines = b"one\ntwo\n".lines();
/// assert_eq!(lines.next_line().await?.as_deref(), Some("one"));
/// assert_eq!(lines.next_line().await?.as_deref(), Some("two"));
/// assert_eq!(lines.next_line().await?, None);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
pub trait LinesExt {
    /// Returns the next line, without its line ending; `None` when there is none left.
    ///
    /// # Errors
    ///
    /// `InvalidData` if the line is not UTF-8; otherwise the errors of the source.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: the part of a line that was read is kept.
    fn next_line(&mut self) -> impl Future<Output = io::Result<Option<String>>>;
}

impl<R: AsyncBufRead + Unpin> LinesExt for Lines<R> {
    async fn next_line(&mut self) -> io::Result<Option<String>> {
        self.next().await.transpose()
    }
}
