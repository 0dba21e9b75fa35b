//! Timers: sleeping, time limits and intervals.
//!
//! `entry` is one armed timer, linked in place; `wheel` orders a shard's; `shard`
//! is what a worker looks after, `late` who does when the runtime has ended; `clock` the scale all are on. The rest are the
//! futures users await; `pause` and `test_clock` are for tests. How owner and shard share
//! an entry is in `PROTOCOL.md`.

mod instant;
mod interval;
#[cfg(feature = "test-util")]
mod pause;
mod sleep;
mod timeout;

pub use instant::Instant;
pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
#[cfg(feature = "test-util")]
pub use pause::{advance, pause, resume};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::Duration;
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};
