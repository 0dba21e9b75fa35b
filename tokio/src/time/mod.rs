//! Timers: sleeping, time limits and intervals.

#[cfg(feature = "test-util")]
mod clock;
pub mod error;
mod interval;
mod sleep;
mod timeout;

#[cfg(feature = "test-util")]
pub use clock::{advance, pause, resume};
pub use heist_runtime::time::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Timeout, timeout, timeout_at};

/// Thirty years: practically forever, and safe from overflow.
const FOR_EVER: Duration = Duration::from_secs(86400 * 365 * 30);

/// Returns the time after `duration`, or practically forever.
fn after(duration: Duration) -> Instant {
    let now = Instant::now();
    now.checked_add(duration).unwrap_or_else(|| now + FOR_EVER)
}
