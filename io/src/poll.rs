//! The operations on which every crate's I/O traits are implemented.
//!
//! The functions spend the poll budget, and remember the task that called last.

use std::io::{self, IoSlice, SeekFrom};
use std::task::{Context, Poll};

/// The destination of bytes that were read.
pub trait Destination {
    /// Returns the number of bytes there is room for.
    fn room(&self) -> usize;

    /// Appends bytes, for which there must be room.
    fn put(&mut self, bytes: &[u8]);
}

/// A stream that can be read.
pub trait PollRead {
    /// Reads some bytes. If it is ready and has read none, the stream has ended or there is no
    /// room.
    ///
    /// # Errors
    ///
    /// The errors of the source.
    fn poll_read_to(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut impl Destination,
    ) -> Poll<io::Result<()>>;
}

/// A stream that can be written to.
pub trait PollWrite {
    /// Writes some bytes from the buffers, in order, and returns their number.
    ///
    /// # Errors
    ///
    /// The errors of the destination, possibly of an earlier write.
    fn poll_write_from(
        &mut self,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>>;

    /// Waits until all written bytes have reached their destination.
    ///
    /// # Errors
    ///
    /// The errors of the destination, possibly of an earlier write.
    fn poll_flush_all(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>>;

    /// Ends writing; by default, by a flush.
    ///
    /// # Errors
    ///
    /// The errors of the destination, possibly of an earlier write.
    fn poll_end(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.poll_flush_all(cx)
    }

    /// Whether one write takes bytes from more than one buffer.
    const VECTORED: bool;
}

/// A stream with a position.
pub trait PollSeek {
    /// Begins to move the position.
    ///
    /// # Errors
    ///
    /// Fails if another operation is in progress: [`poll_position`](Self::poll_position) waits for
    /// it.
    fn begin_seek(&mut self, position: SeekFrom) -> io::Result<()>;

    /// Waits for the last seek to end, and returns the position, counted from the start.
    ///
    /// # Errors
    ///
    /// The errors of the seek.
    fn poll_position(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<u64>>;
}
