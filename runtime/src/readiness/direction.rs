//! `Direction`: reading or writing.

/// The direction that data goes in. Functions that concern one direction take it; the others take
/// an [`Interest`](super::Interest).
///
/// # Examples
///
/// ```
/// use heist::io::{Direction, Interest};
///
/// assert_eq!(Interest::from(Direction::Read), Interest::READABLE);
/// assert_eq!(Interest::from(Direction::Write), Interest::WRITABLE);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum Direction {
    /// Receiving; also accepting connections.
    Read,
    /// Sending; also the completion of a connection attempt.
    Write,
}
