//! `Instant`: a reading of the runtime's clock.

use crate::timers::clock;
use std::fmt;
use std::ops::{Add, AddAssign, Sub, SubAssign};
use std::time::Duration;

/// A moment in time, as shown by the runtime's clock.
///
/// This is [`std::time::Instant`] in a type of its own, which differs in one way:
/// while a test has paused the clock (feature `test-util`), [`now`](Self::now) is the
/// paused time. Convert to and from std's by `From`.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, sleep_until};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let start = Instant::now();
/// sleep_until(start + Duration::from_millis(2)).await;
/// assert!(start.elapsed() >= Duration::from_millis(2));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(std::time::Instant);

impl Instant {
    /// Returns the current time of the current runtime's clock, or of the system's clock on threads
    /// that are not in a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let earlier = Instant::now();
    /// assert!(Instant::now() >= earlier);
    /// ```
    #[must_use]
    #[inline]
    pub fn now() -> Self {
        #[cfg(feature = "test-util")]
        return Self(super::pause::now());
        #[cfg(not(feature = "test-util"))]
        Self(std::time::Instant::now())
    }

    /// Converts from std's type.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let now = std::time::Instant::now();
    /// assert_eq!(Instant::from_std(now).into_std(), now);
    /// ```
    #[must_use]
    #[inline]
    pub fn from_std(std: std::time::Instant) -> Self {
        Self(std)
    }

    /// Converts into std's type.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::Instant;
    ///
    /// let now = Instant::now();
    /// assert_eq!(Instant::from(now.into_std()), now);
    /// ```
    #[must_use]
    #[inline]
    pub fn into_std(self) -> std::time::Instant {
        self.0
    }

    /// Returns the time from `earlier` to this instant, or zero if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert_eq!((now + second).duration_since(now), second);
    /// assert_eq!(now.duration_since(now + second), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// Returns the time from `earlier` to this instant, or `None` if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let (now, second) = (Instant::now(), Duration::from_secs(1));
    /// assert_eq!((now + second).checked_duration_since(now), Some(second));
    /// assert_eq!(now.checked_duration_since(now + second), None);
    /// ```
    #[must_use]
    pub fn checked_duration_since(&self, earlier: Self) -> Option<Duration> {
        self.0.checked_duration_since(earlier.0)
    }

    /// Returns the time from `earlier` to this instant, or zero if `earlier` is later.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// let later = now + Duration::from_secs(1);
    /// assert_eq!(now.saturating_duration_since(later), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn saturating_duration_since(&self, earlier: Self) -> Duration {
        self.0.saturating_duration_since(earlier.0)
    }

    /// Returns the time from this instant until now, or zero if it is in the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let future = Instant::now() + Duration::from_secs(3600);
    /// assert_eq!(future.elapsed(), Duration::ZERO);
    /// ```
    #[must_use]
    pub fn elapsed(&self) -> Duration {
        Self::now().duration_since(*self)
    }

    /// Returns this instant plus `duration`, or `None` if the platform cannot represent the result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let now = Instant::now();
    /// assert_eq!(now.checked_add(Duration::from_secs(1)), Some(now + Duration::from_secs(1)));
    /// assert_eq!(now.checked_add(Duration::MAX), None);
    /// ```
    #[must_use]
    pub fn checked_add(&self, duration: Duration) -> Option<Self> {
        self.0.checked_add(duration).map(Self)
    }

    /// Returns this instant minus `duration`, or `None` if the platform cannot represent the
    /// result.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant};
    ///
    /// let later = Instant::now() + Duration::from_secs(1);
    /// assert_eq!(later.checked_sub(Duration::from_secs(1)), Some(later - Duration::from_secs(1)));
    /// assert_eq!(later.checked_sub(Duration::MAX), None);
    /// ```
    #[must_use]
    pub fn checked_sub(&self, duration: Duration) -> Option<Self> {
        self.0.checked_sub(duration).map(Self)
    }

    /// Like `+`, but returns an instant far in the future instead of panicking.
    #[inline]
    pub(super) fn after(self, duration: Duration) -> Self {
        Self(clock::after(self.0, duration))
    }

    /// Returns the instant on the scale of the armed timers.
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
/// Panics if the platform cannot represent the result.
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

/// Returns the time between the two, or zero if the right side is later.
impl Sub for Instant {
    type Output = Duration;

    fn sub(self, earlier: Self) -> Duration {
        self.duration_since(earlier)
    }
}

/// # Panics
///
/// Panics if the platform cannot represent the result.
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
