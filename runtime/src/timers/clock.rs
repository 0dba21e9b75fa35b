//! Instants as 64-bit numbers, and the clock they are read from.
//!
//! Invariant: deadlines and all that users see are on the runtime's clock, which a
//! test may pause; threads wait by the system's. [`Clock`] is the way from one to
//! the other, and nothing at all without the feature `test-util`.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

#[cfg(feature = "test-util")]
pub(crate) use super::test_clock::Clock;

/// Later than any instant.
pub(super) const NEVER: u64 = u64::MAX;

/// Further ahead than anybody waits, and near enough that no platform's `Instant`
/// overflows: about 30 years.
const FAR_FUTURE: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The instant all others are counted from; the first who asks fixes it.
///
/// What comes before it is zero like the origin itself, so that a clock must never show
/// less: the timers of a whole stretch of time would be one. The system's clock cannot;
/// one that can stand asks for this before it reads the time that it stands at.
pub(super) fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Nanoseconds since the origin (zero for anything before it). 584 years fit.
pub(crate) fn nanos(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(origin()).as_nanos();
    u64::try_from(since).map_or(NEVER - 1, |since| since.min(NEVER - 1))
}

pub(super) fn instant(nanos: u64) -> Option<Instant> {
    (nanos != NEVER).then(|| origin() + Duration::from_nanos(nanos))
}

/// The instant `duration` from `start`; for durations beyond all reason, one so far
/// ahead that it makes no difference.
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
    /// What this clock shows when the system's shows `now`.
    #[inline(always)]
    pub(super) fn at(&self, now: Instant) -> Instant {
        now
    }

    /// When the system's clock will show what this one shows at `deadline`; `None`:
    /// not by itself.
    #[inline(always)]
    pub(super) fn when(&self, deadline: Instant) -> Option<Instant> {
        Some(deadline)
    }

    /// Who is awake matters to a paused clock only; so for all below.
    #[inline(always)]
    pub(crate) fn enter(&self) {}

    #[inline(always)]
    pub(crate) fn leave(&self) {}

    #[inline(always)]
    pub(crate) fn enter_job(&self) {}

    #[inline(always)]
    pub(crate) fn leave_job(&self) {}
}
