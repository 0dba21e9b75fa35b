//! `Ready`: the readiness of a descriptor.
//!
//! The driver's sources keep these same bits, and two more that are not public.

use std::fmt;
use std::ops::{BitAnd, BitOr, BitOrAssign, Sub};

/// The readiness of a descriptor: a set, combined with `|`.
///
/// # Examples
///
/// ```
/// use heist::io::Ready;
///
/// let ready = Ready::READABLE | Ready::READ_CLOSED;
/// assert!(ready.is_readable() && ready.is_read_closed());
/// assert!(!ready.is_writable());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ready(u8);

/// Defines the constants for the public bits.
macro_rules! public_bits {
    ($($(#[$doc:meta])* $NAME:ident = $bit:expr;)*) => {
        impl Ready {
            $($(#[$doc])* pub const $NAME: Self = Self($bit);)*

            /// All public bits.
            pub const ALL: Self = Self($($bit |)* 0);
        }

        const NAMES: &[(&str, Ready)] = &[$((stringify!($NAME), Ready::$NAME)),*];
    };
}

public_bits! {
    /// A read may make progress.
    READABLE = 1;
    /// A write may make progress.
    WRITABLE = 1 << 1;
    /// The peer will send no more: reads return what is left, then the end.
    READ_CLOSED = 1 << 2;
    /// Writes can only fail.
    WRITE_CLOSED = 1 << 3;
    /// There is an error to be retrieved.
    ERROR = 1 << 4;
    /// There is priority data, such as TCP's urgent byte. Only Linux reports it.
    PRIORITY = 1 << 5;
}

impl Ready {
    /// No readiness.
    pub const EMPTY: Self = Self(0);

    /// The runtime has shut down: no event will ever come again.
    pub(crate) const SHUTDOWN: Self = Self(1 << 6);
    /// There is urgent data, so a read stops short at its mark though more may follow. Unlike
    /// `PRIORITY`, this bit is cleared by a read that would block.
    pub(crate) const URGENT: Self = Self(1 << 7);

    /// Returns whether nothing is ready.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!(Ready::EMPTY.is_empty() && !Ready::ERROR.is_empty());
    /// ```
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Returns whether a read may make progress, if only to find the end.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!(Ready::READABLE.is_readable() && Ready::READ_CLOSED.is_readable());
    /// ```
    pub const fn is_readable(self) -> bool {
        self.intersects(Self(Self::READABLE.0 | Self::READ_CLOSED.0))
    }

    /// Returns whether a write may make progress, if only to fail.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!(Ready::WRITABLE.is_writable() && Ready::WRITE_CLOSED.is_writable());
    /// ```
    pub const fn is_writable(self) -> bool {
        self.intersects(Self(Self::WRITABLE.0 | Self::WRITE_CLOSED.0))
    }

    /// Returns whether the peer will send no more. `false` where the platform does not report it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!(Ready::READ_CLOSED.is_read_closed() && !Ready::READABLE.is_read_closed());
    /// ```
    pub const fn is_read_closed(self) -> bool {
        self.contains(Self::READ_CLOSED)
    }

    /// Returns whether writes can only fail. `false` where the platform does not report it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!(Ready::WRITE_CLOSED.is_write_closed() && !Ready::WRITABLE.is_write_closed());
    /// ```
    pub const fn is_write_closed(self) -> bool {
        self.contains(Self::WRITE_CLOSED)
    }

    /// Returns whether there is an error to be retrieved. `false` where the platform does not
    /// report it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!((Ready::ERROR | Ready::READABLE).is_error());
    /// ```
    pub const fn is_error(self) -> bool {
        self.contains(Self::ERROR)
    }

    /// Returns whether there is priority data. `false` where the platform does not report it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::Ready;
    ///
    /// assert!((Ready::PRIORITY | Ready::READABLE).is_priority());
    /// ```
    pub const fn is_priority(self) -> bool {
        self.contains(Self::PRIORITY)
    }

    pub(crate) const fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    pub(crate) const fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// Returns the set as the low bits of a word. [`BITS`](Self::BITS) is their number.
    pub(crate) const fn bits(self) -> usize {
        self.0 as usize
    }

    /// Returns the set in the low bits of a word.
    pub(crate) const fn from_word(word: usize) -> Self {
        Self(word as u8)
    }

    pub(crate) const BITS: u32 = u8::BITS;
}

impl BitOr for Ready {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitOrAssign for Ready {
    fn bitor_assign(&mut self, other: Self) {
        self.0 |= other.0;
    }
}

impl BitAnd for Ready {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl Sub for Ready {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
}

impl fmt::Debug for Ready {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let set = NAMES.iter().filter(|(_, bit)| self.contains(*bit));
        let names: Vec<_> = set.map(|(name, _)| *name).collect();
        if names.is_empty() {
            return f.write_str("EMPTY");
        }
        f.write_str(&names.join(" | "))
    }
}
