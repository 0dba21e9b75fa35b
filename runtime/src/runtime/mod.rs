//! Starting and ending runtimes, and reaching one from any thread.
//!
//! `builder` holds the settings, `lifecycle` the threads, `handle` what other
//! threads have of a runtime, `context` which one a thread is in, `block_on` how
//! a plain thread waits for a future. `metrics`, `stall` and `dump` are what a
//! runtime tells of itself.

mod block_on;
mod builder;
pub(crate) mod context;
pub mod dump;
mod graceful;
mod handle;
mod lifecycle;
mod metrics;
mod stall;

pub use builder::{BuildError, Builder};
pub use context::TryCurrentError;
pub use dump::Dump;
pub use graceful::{LiveTask, ShutdownReport};
pub use handle::{EnterGuard, Handle, Id};
pub use lifecycle::Runtime;
pub use metrics::RuntimeMetrics;
pub use stall::Stall;

pub(crate) use graceful::Draining;

pub use handle::{block_in_place, spawn, spawn_blocking, spawn_try};
