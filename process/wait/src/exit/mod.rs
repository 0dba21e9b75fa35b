//! Notification that a child may have ended. Whether it has is determined by std's `try_wait`.
//!
//! `Exit` is notified by the system, in each platform's way. Where that is impossible, for example
//! because no descriptor is left, the child is checked now and then (`Looks`).

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

/// When to check children without notification: often at first, since many were killed a moment
/// ago, and then half as often each time.
pub(crate) struct Looks(Duration);

impl Looks {
    /// The time that a process needs to die of a signal.
    const FIRST: Duration = Duration::from_millis(1);
    /// Short enough that a zombie does no harm, long enough that checking costs nothing.
    const LAST: Duration = Duration::from_secs(1);

    pub(crate) fn new() -> Self {
        Self(Self::FIRST)
    }

    /// Returns the time until the next check.
    pub(crate) fn next(&mut self) -> Duration {
        let pause = self.0;
        self.0 = Self::LAST.min(pause * 2);
        pause
    }
}
