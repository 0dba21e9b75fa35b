//! Being told that a child may have ended. Whether it has is for std's `try_wait` to say.
//!
//! `Exit` is told by the system, in each platform's way. Where the system cannot, as when no
//! descriptor is left to be told by, one looks now and then (`Looks`).

#[cfg(unix)]
pub(crate) mod pidfd;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

#[cfg(unix)]
pub(crate) use unix::Exit;
#[cfg(windows)]
pub(crate) use windows::Exit;

use std::time::Duration;

/// When to look at children that nobody tells of: often at first, since many were killed a moment
/// ago, and then half as often each time.
pub(crate) struct Looks(Duration);

impl Looks {
    /// What a process needs to die of a signal.
    const FIRST: Duration = Duration::from_millis(1);
    /// Often enough that a zombie does no harm, seldom enough that it costs nothing.
    const LAST: Duration = Duration::from_secs(1);

    pub(crate) fn new() -> Self {
        Self(Self::FIRST)
    }

    /// The time until the next look.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = Self::LAST.min(pause * 2);
        pause
    }
}
