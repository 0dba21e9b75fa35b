//! What every crate's I/O traits are implemented by.
//!
//! The functions spend the poll budget, and remember the task that called last.

use std::io::{self, IoSlice, SeekFrom};
use std::task::{Context, Poll};

/// Where bytes that were read go.
pub trait Destination {
    /// How many bytes there is room for.
    fn room(&self) -> usize;

    /// Takes bytes, for which there is room.
    fn put(&mut self, bytes: &[u8]);
}

/// A stream that can be read.
pub trait PollRead {
    /// Reads some bytes. Ready with nothing put means the end, or that there is no room.
    ///
    /// # Errors
    ///
    /// Those of the source.
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>>;
}

/// A stream that can be written to.
pub trait PollWrite {
    /// Writes some bytes, of the buffers in order, and gives their number.
    ///
    /// # Errors
    ///
    /// Those of the destination, possibly of an earlier write.
    fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Waits until what was written is at its destination.
    ///
    /// # Errors
    ///
    /// Those of the destination, possibly of an earlier write.
    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends writing.
    ///
    /// # Errors
    ///
    /// Those of the destination, possibly of an earlier write.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Whether it takes of more than one buffer at once.
    const VECTORED: bool;
}

/// A stream with a position.
pub trait PollSeek {
    /// Begins to move the position.
    ///
    /// # Errors
    ///
    /// When something else is under way: [`poll_position`](Self::poll_position) waits for that.
    fn begin_seek(&mut self, position: SeekFrom) -> io::Result<()>;

    /// The position, counted from the start, after the last move, when that has ended.
    ///
    /// # Errors
    ///
    /// Those of the move.
    fn poll_position(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>>;
}
