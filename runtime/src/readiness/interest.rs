//! `Interest`: the readiness that an operation waits for.

use super::{Direction, Ready};
use std::fmt;
use std::ops::{BitOr, BitOrAssign};

/// The readiness to wait for: a set that is never empty, combined with `|`.
///
/// # Examples
///
/// ```
/// use heist::io::Interest;
///
/// let both = Interest::READABLE | Interest::WRITABLE;
/// assert!(both.is_readable() && both.is_writable());
/// assert_eq!(both.remove(Interest::READABLE), Some(Interest::WRITABLE));
/// assert_eq!(both.remove(both), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Interest(Ready);

impl Interest {
    /// Waits until a read, or an accept, may make progress.
    pub const READABLE: Self = Self(Ready::READABLE);

    /// Waits until a write may make progress, or a connection attempt has ended.
    pub const WRITABLE: Self = Self(Ready::WRITABLE);

    /// Waits until there is an error to be retrieved, on platforms that report it. Errors make a
    /// descriptor readable and writable too, so this is for callers that want nothing else.
    pub const ERROR: Self = Self(Ready::ERROR);

    /// Waits until there is priority data, such as TCP's urgent byte.
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const PRIORITY: Self = Self(Ready::PRIORITY);

    /// Returns whether [`READABLE`](Self::READABLE) is in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// assert!(Interest::READABLE.is_readable() && !Interest::WRITABLE.is_readable());
    /// ```
    pub const fn is_readable(self) -> bool {
        self.0.contains(Ready::READABLE)
    }

    /// Returns whether [`WRITABLE`](Self::WRITABLE) is in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// assert!(Interest::WRITABLE.is_writable() && !Interest::READABLE.is_writable());
    /// ```
    pub const fn is_writable(self) -> bool {
        self.0.contains(Ready::WRITABLE)
    }

    /// Returns whether [`ERROR`](Self::ERROR) is in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// assert!(Interest::ERROR.is_error() && !Interest::READABLE.is_error());
    /// ```
    pub const fn is_error(self) -> bool {
        self.0.contains(Ready::ERROR)
    }

    /// Returns whether [`PRIORITY`](Self::PRIORITY) is in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// assert!(Interest::PRIORITY.is_priority() && !Interest::READABLE.is_priority());
    /// ```
    #[cfg(any(target_os = "linux", target_os = "android"))]
    pub const fn is_priority(self) -> bool {
        self.0.contains(Ready::PRIORITY)
    }

    /// Returns the union of both sets, like `|`.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// const BOTH: Interest = Interest::READABLE.add(Interest::WRITABLE);
    /// assert_eq!(BOTH, Interest::READABLE | Interest::WRITABLE);
    /// ```
    #[must_use]
    pub const fn add(self, other: Self) -> Self {
        Self(Ready::from_word(self.0.bits() | other.0.bits()))
    }

    /// Returns this set without `other`, or `None` if nothing is left.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Interest;
    ///
    /// let both = Interest::READABLE | Interest::WRITABLE;
    /// assert_eq!(both.remove(Interest::WRITABLE), Some(Interest::READABLE));
    /// assert_eq!(Interest::READABLE.remove(both), None);
    /// ```
    pub fn remove(self, other: Self) -> Option<Self> {
        let left = self.0 - other.0;
        (!left.is_empty()).then_some(Self(left))
    }

    /// Both directions.
    pub(crate) const BOTH: Self = Self::READABLE.add(Self::WRITABLE);

    /// Returns whether the set has events of incoming data, ordinary or urgent.
    pub(crate) const fn is_incoming(self) -> bool {
        self.0.intersects(Self::INCOMING)
    }

    const INCOMING: Ready = Ready::from_word(Ready::READABLE.bits() | Ready::PRIORITY.bits());

    /// Returns whether a descriptor that is watched for `watched` can get any of these events. All
    /// of them get errors.
    #[inline]
    pub(crate) fn is_covered_by(self, watched: Self) -> bool {
        self.0.intersects(watched.0 | Ready::ERROR)
    }

    /// Returns the readiness that ends the wait.
    #[inline]
    pub(crate) fn ready_mask(self) -> Ready {
        let mut ready = self.0 | Ready::SHUTDOWN;
        if self.is_incoming() {
            ready |= Ready::READ_CLOSED;
        }
        if self.is_writable() {
            ready |= Ready::WRITE_CLOSED;
        }
        ready
    }

    /// Returns the readiness that an operation has used up when it returns "would block".
    #[inline]
    pub(crate) fn used_up(self) -> Ready {
        // The operation would have returned a pending error.
        let ready = (self.ready_mask() - Ready::SHUTDOWN) | Ready::ERROR;
        if self.is_readable() {
            ready | Ready::URGENT
        } else {
            ready
        }
    }
}

impl From<Direction> for Interest {
    fn from(direction: Direction) -> Self {
        match direction {
            Direction::Read => Self::READABLE,
            Direction::Write => Self::WRITABLE,
        }
    }
}

impl BitOr for Interest {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.add(other)
    }
}

impl BitOrAssign for Interest {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

impl fmt::Debug for Interest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
