//! Streams in memory.

use super::split::{ReadHalf, WriteHalf, split};
use crate::io::streams::TokioIo;
use heist_io::generic;

/// One end of a stream in memory; see [`duplex()`].
pub type DuplexStream = generic::DuplexStream<TokioIo>;
/// A stream in memory: bytes written to it can be read from it; see [`simplex`].
pub type SimplexStream = generic::SimplexStream<TokioIo>;

/// Creates two streams in memory: bytes written to one can be read from the other.
///
/// # Panics
///
/// Panics if `max_buf_size`, the buffer size of each direction, is 0.
#[track_caller]
pub fn duplex(max_buf_size: usize) -> (DuplexStream, DuplexStream) {
    generic::duplex(max_buf_size)
}

/// Creates a reader and a writer in memory: bytes written to the writer can be read from the
/// reader.
///
/// # Panics
///
/// Panics if `max_buf_size` is 0.
#[track_caller]
pub fn simplex(max_buf_size: usize) -> (ReadHalf<SimplexStream>, WriteHalf<SimplexStream>) {
    split(SimplexStream::new_unsplit(max_buf_size))
}
