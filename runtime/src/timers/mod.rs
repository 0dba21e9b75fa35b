//! Armed timers: a shard with a timing wheel for each worker, and the clock that the timers use.
//!
//! `entry` is one timer, linked in place. `wheel` keeps entries by deadline, in a hierarchical
//! timing wheel (Varghese and Lauck). `shard` shares a wheel among threads, `clock` and
//! `test_clock` tell the time, and `late` serves timers that outlive their runtime. The protocol is
//! in `PROTOCOL.md`.

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
