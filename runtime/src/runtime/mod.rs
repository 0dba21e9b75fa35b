//! Starting and ending runtimes, and reaching one from any thread.
//!
//! `builder` holds the settings, and `build_error` tells which is wrong; `lifecycle`
//! has the threads, `handle` what other threads have of a runtime, `context` which one
//! a thread is in, `block_on` how a plain thread waits for a future, `current_thread` how it runs
//! tasks meanwhile, `local` a runtime whose tasks stay on it. `metrics`
//! and `dump` are what a runtime tells of itself.

mod block_on;
mod build_error;
mod builder;
pub(crate) mod context;
mod cores;
mod current_thread;
pub mod dump;
mod ended;
mod graceful;
mod handle;
mod lifecycle;
mod local;
mod metrics;
mod thread_maker;

pub use crate::watchdog::Stall;
pub use build_error::BuildError;
pub use builder::Builder;
pub use context::TryCurrentError;
pub use dump::Dump;
pub use ended::{is_rt_shutdown_err, shut_down};
pub use graceful::{LiveTask, ShutdownReport};
pub use handle::{EnterGuard, Handle, Id};
pub use lifecycle::Runtime;
pub use local::LocalRuntime;
pub use metrics::RuntimeMetrics;

pub use handle::{block_in_place, spawn, spawn_blocking, spawn_try, worker_index};
