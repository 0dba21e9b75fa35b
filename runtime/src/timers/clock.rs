//! Instants as 64-bit numbers, and the clock they are read from.
//!
//! Invariant: deadlines and all times that users see are on the runtime's clock, which a test may
//! pause; threads wait by the system's clock. [`Clock`] converts from one to the other, and is
//! empty without the feature `test-util`.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[cfg(feature = "test-util")]
pub(crate) use super::test_clock::Clock;

/// Later than any instant.
pub(super) const NEVER: u64 = u64::MAX;

/// Longer than any reasonable wait, and short enough that no platform's `Instant` overflows: about
/// 30 years.
const FAR_FUTURE: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The instant that all others are counted from, fixed by the first call.
///
/// Instants before the origin are counted as zero, like the origin itself. A clock must therefore
/// never show less, or all timers before the origin would have the same deadline. The system's
/// clock cannot; a clock that can be paused calls this function before it reads the time that it is
/// paused at.
pub(super) fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Returns the nanoseconds since the origin, or zero for any instant before it. 584 years fit.
pub(crate) fn nanos(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(origin()).as_nanos();
    u64::try_from(since).map_or(NEVER - 1, |since| since.min(NEVER - 1))
}

pub(super) fn instant(nanos: u64) -> Option<Instant> {
    (nanos != NEVER).then(|| origin() + Duration::from_nanos(nanos))
}

/// Returns the instant `duration` after `start`, or one about 30 years ahead if that would
/// overflow.
#[inline]
pub(crate) fn after(start: Instant, duration: Duration) -> Instant {
    start
        .checked_add(duration)
        .unwrap_or_else(|| start + FAR_FUTURE)
}

/// A runtime's clock: the system's own.
#[cfg(not(feature = "test-util"))]
#[derive(Clone)]
pub(crate) struct Clock;

#[cfg(not(feature = "test-util"))]
impl Clock {
    /// Returns what this clock shows when the system's clock shows `now`.
    #[inline(always)]
    pub(super) fn at(&self, now: Instant) -> Instant {
        now
    }

    /// Returns what the system's clock will show when this one reaches `deadline`, or `None` if
    /// this clock is paused.
    #[inline(always)]
    pub(super) fn when(&self, deadline: Instant) -> Option<Instant> {
        Some(deadline)
    }

    /// Only a paused clock needs to know which threads are awake, so this and the functions below
    /// are empty.
    #[inline(always)]
    pub(crate) fn enter(&self) {}

    #[inline(always)]
    pub(crate) fn leave(&self) {}

    #[inline(always)]
    pub(crate) fn enter_job(&self) {}

    #[inline(always)]
    pub(crate) fn leave_job(&self) {}
}
