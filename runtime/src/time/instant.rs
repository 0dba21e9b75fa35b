//! `Instant`: a reading of the runtime's clock.

use super::clock;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

/// A moment, as the runtime's clock shows it.
///
/// This is [`std::time::Instant`] in a type of its own, which differs in one way:
/// while a test has paused the clock (feature `test-util`), [`now`](Self::now) is the
/// paused time. Convert to and from std's by `From`.
///
/// # Examples
///
/// ```
/// use heist_runtime::time::{Duration, Instant, sleep_until};
///
/// # heist_runtime::Runtime::new()?.block_on(async {
/// let start = Instant::now();
/// sleep_until(start + Duration::from_millis(2)).await;
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// What the clock shows: that of the current runtime, and the system's on threads
    /// that are in none.
    #[must_use]
    #[inline]
    pub fn now() -> Self {
        #[cfg(feature = "test-util")]
        return Self(super::test_clock::now());
        #[cfg(not(feature = "test-util"))]
        Self(std::time::Instant::now())
    }

    /// The same moment, from std's type.
    #[must_use]
    #[inline]
    pub fn from_std(std: std::time::Instant) -> Self {
        Self(std)
    }

    /// The same moment, as std's type.
    #[must_use]
    #[inline]
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// The time from `earlier` to this; zero if `earlier` is later.
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time from `earlier` to this; `None` if `earlier` is later.
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// The time from `earlier` to this; zero if `earlier` is later.
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// The time from this until now; zero if this is in the future.
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// This plus `duration`; `None` if the platform cannot tell a time so late.
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// This less `duration`; `None` if the platform cannot tell a time so early.
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }

    /// As `+`, but far in the future instead of a panic.
    pub(super) fn after(self, duration: Duration) -> Self {
        Self(clock::after(self.0, duration))
    }

    /// On the scale of the armed timers.
    #[inline]
    pub(super) fn nanos(self) -> u64 {
        clock::nanos(self.0)
    }
}

impl From<std::time::Instant> for Instant {
    #[inline]
    fn from(std: std::time::Instant) -> Self {
        Self(std)
    }
}

impl From<Instant> for std::time::Instant {
    #[inline]
    fn from(instant: Instant) -> Self {
        instant.0
    }
}

/// # Panics
///
/// If the platform cannot tell a time so late.
impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        Self(self.0 + duration)
    }
}

impl AddAssign<Duration> for Instant {
    fn add_assign(&mut self, duration: Duration) {
        self.0 += duration;
    }
}

/// The time between; zero if the right side is later.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

/// # Panics
///
/// If the platform cannot tell a time so early.
impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, duration: Duration) -> Self {
        Self(self.0 - duration)
    }
}

impl SubAssign<Duration> for Instant {
    fn sub_assign(&mut self, duration: Duration) {
        self.0 -= duration;
    }
}

impl fmt::Debug for Instant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
