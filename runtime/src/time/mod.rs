//! Time: sleeping, time limits and intervals.
//!
//! | to | use |
//! | --- | --- |
//! | wait for a while, or until a moment | [`sleep`], [`sleep_until`] |
//! | give up on something after a time | [`timeout`], [`timeout_at`] |
//! | do something periodically | [`interval()`], [`interval_at`]; [`MissedTickBehavior`] for missed ticks |
//! | handle many values, each at its own time | [`DelayQueue`] |
//! | measure time | [`Instant`], which stands still while the clock is paused; std's never does |
//! | test hours of waiting in no time | `pause`, `advance`, `resume` (feature `test-util`) |
//!
//! Deadlines are as exact as the system's clock, not rounded to milliseconds. A timer belongs to
//! the task that polls it, and fires even while that task's worker is stalled by another task.
//!
//! ```
//! use heist::time::{Duration, interval, sleep, timeout};
//!
//! # #[heist::main]
//! # async fn main() {
//! let slow = sleep(Duration::from_secs(3600));
//! assert!(timeout(Duration::from_millis(5), slow).await.is_err());
//!
//! let mut every = interval(Duration::from_millis(2));
//! for _ in 0..3 {
//!     every.tick().await; // the first tick comes at once
//! }
//! # }
//! ```

#[doc(hidden)]
pub mod error {
    //! For users of tokio. The compiler warns of deprecated items, not of modules.
    #[deprecated(note = "write `heist::time::Elapsed`")]
    pub type Elapsed = super::Elapsed;
}
mod delay_queue;
mod instant;
mod interval;
mod interval_stream;
#[cfg(feature = "test-util")]
mod pause;
mod sleep;
mod timeout;

pub use delay_queue::{DelayQueue, Expired, Key};
pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use interval_stream::IntervalStream;
#[cfg(feature = "test-util")]
pub use pause::{advance, pause, resume};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
