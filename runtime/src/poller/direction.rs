//! `Direction`: which way data goes.

/// Which way data goes: what the functions for one direction
/// ask for. The others take an [`Interest`](super::Interest).
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
