//! `AsyncSeekExt`: the methods of files and similar that are awaited.

use super::operation::{Operation, Step};
use crate::io::AsyncSeek;
use std::io::{self, SeekFrom};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The methods of [`AsyncSeek`] that are awaited.
pub trait AsyncSeekExt: AsyncSeek {
    /// Moves the position, and returns it, counted from the start.
    ///
    /// # Errors
    ///
    /// Returns the error of the file, for example if the position would be before the start.
    fn seek(&mut self, pos: SeekFrom) -> Operation<'_, Self, Seek>
    where
        Self: Unpin,
    {
        Operation::new(self, Seek(Some(pos)))
    }

    /// Moves the position to the start.
    ///
    /// # Errors
    ///
    /// Returns the error of the file.
    fn rewind(&mut self) -> Operation<'_, Self, Seek>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Start(0))
    }

    /// Returns the position, counted from the start.
    ///
    /// # Errors
    ///
    /// Returns the error of the file.
    fn stream_position(&mut self) -> Operation<'_, Self, Seek>
    where
        Self: Unpin,
    {
        self.seek(SeekFrom::Current(0))
    }
}

impl<S: AsyncSeek + ?Sized> AsyncSeekExt for S {}

/// `None` once the move has started.
#[derive(Debug)]
pub struct Seek(Option<SeekFrom>);

impl<S: AsyncSeek + ?Sized> Step<S> for Seek {
    type Output = io::Result<u64>;

    fn poll(&mut self, mut file: Pin<&mut S>, cx: &mut Context<'_>) -> Poll<io::Result<u64>> {
        if let Some(position) = self.0 {
            // Completes a move that was started by a future that has been dropped.
            ready!(file.as_mut().poll_complete(cx))?;
            file.as_mut().start_seek(position)?;
            self.0 = None;
        }
        file.poll_complete(cx)
    }
}
