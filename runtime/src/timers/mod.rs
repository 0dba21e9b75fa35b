//! Armed timers: a shard for each worker, with a timing wheel in it, and the clock they go by.
//!
//! `entry` is one timer, linked in place; `wheel` keeps them by deadline (a hierarchical timing
//! wheel, Varghese and Lauck); `shard` is what threads share of a wheel, `clock` and `test_clock`
//! what time it is, `late` who serves timers that outlive their runtime. The protocol is in
//! `PROTOCOL.md`.

pub(crate) mod clock;
mod entry;
pub(crate) mod late;
#[cfg(all(test, loom))]
pub(crate) mod loom_tests;
mod shard;
#[cfg(feature = "test-util")]
mod test_clock;
#[cfg(all(test, not(loom)))]
mod tests;
mod wheel;

pub(crate) use clock::Clock;
pub(crate) use entry::Entry;
pub(crate) use shard::{Armed, TimerShard};
