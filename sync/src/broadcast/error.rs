//! The errors of a broadcast channel.

use std::error::Error;
use std::fmt;

/// There is no receiver. Contains the value.
#[derive(Debug)]
pub struct SendError<T>(pub T);

impl<T> fmt::Display for SendError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("channel closed")
    }
}

impl<T: fmt::Debug> Error for SendError<T> {}

/// Why [`Receiver::recv`](super::Receiver::recv) returned no value.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum RecvError {
    /// All senders are gone, and all values have been received.
    Closed,
    /// The receiver was too slow, and has lost this number of values. It continues with the oldest
    /// one left.
    Lagged(u64),
}

impl fmt::Display for RecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("channel closed"),
            Self::Lagged(lost) => write!(f, "channel lagged by {lost}"),
        }
    }
}

impl Error for RecvError {}

/// Why [`Receiver::try_recv`](super::Receiver::try_recv) returned no value.
#[derive(Debug, PartialEq, Eq, Clone)]
pub enum TryRecvError {
    /// The channel is empty.
    Empty,
    /// All senders are gone, and all values have been received.
    Closed,
    /// The receiver was too slow, and has lost this number of values. It continues with the oldest
    /// one left.
    Lagged(u64),
}

impl fmt::Display for TryRecvError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("channel empty"),
            Self::Closed => f.write_str("channel closed"),
            Self::Lagged(lost) => write!(f, "channel lagged by {lost}"),
        }
    }
}

impl Error for TryRecvError {}
