//! Instants as 64-bit numbers, so that a deadline fits in an atomic.

use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Later than any instant.
pub(super) const NEVER: u64 = u64::MAX;

/// Further ahead than anybody waits, and near enough that no platform's `Instant`
/// overflows: about 30 years.
const FAR_FUTURE: Duration = Duration::from_secs(86_400 * 365 * 30);

/// The instant all others are counted from.
fn origin() -> Instant {
    static ORIGIN: OnceLock<Instant> = OnceLock::new();
    *ORIGIN.get_or_init(Instant::now)
}

/// Nanoseconds since the origin (zero for anything before it). 584 years fit.
pub(super) fn nanos(instant: Instant) -> u64 {
    let since = instant.saturating_duration_since(origin());
    u64::try_from(since.as_nanos()).unwrap_or(NEVER - 1)
}

pub(super) fn instant(nanos: u64) -> Option<Instant> {
    (nanos != NEVER).then(|| origin() + Duration::from_nanos(nanos))
}

/// The instant `duration` from now; for durations beyond all reason, one so far
/// ahead that it makes no difference.
pub(super) fn after(start: Instant, duration: Duration) -> Instant {
    start
        .checked_add(duration)
        .unwrap_or_else(|| start + FAR_FUTURE)
}
