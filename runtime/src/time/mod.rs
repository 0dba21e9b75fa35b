//! Timers: sleeping, time limits and intervals.
//!
//! `shard` holds the armed timers, `clock` the scale they are on; the rest are
//! the futures users await.

mod clock;
mod interval;
mod shard;
mod sleep;
mod timeout;

pub use interval::{Interval, MissedTickBehavior, interval, interval_at};
pub use sleep::{Sleep, sleep, sleep_until};
pub use std::time::{Duration, Instant};
pub use timeout::{Elapsed, Timeout, timeout, timeout_at};

pub(crate) use shard::TimerShard;
