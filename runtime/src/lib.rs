//! The core of the heist runtime: tasks and the workers that run them, the I/O
//! driver, timers, and the pool of blocking threads.
//!
//! Most users depend on the `heist` package, which re-exports this together with sockets and
//! signals. This one is for libraries that only need a runtime to spawn on, or that bring their own
//! kinds of I/O (see [`io`]).

#![deny(clippy::disallowed_methods)]
#![cfg_attr(heist_docs, feature(doc_cfg))]

mod alarm;
mod blocking;
mod budget;
mod cancellation;
mod draining;
mod entered;
mod errand;
#[doc(hidden)]
pub mod inheritance;
pub mod io;
#[doc(hidden)]
pub mod macros;
mod named_error;
#[doc(hidden)]
pub mod panics;
mod platform;
mod poll_context;
mod poller;
mod readiness;
pub mod runtime;
mod scheduler;
mod shutdown_error;
mod structured;
#[doc(hidden)]
pub mod sync;
pub mod task;
mod tasks;
mod thread_count;
pub mod time;
mod timers;
mod unwind;
#[doc(hidden)]
pub mod waking;
mod watchdog;

pub use runtime::{BuildError, Builder, EnterGuard, Handle, Runtime, TryCurrentError};
pub use task::{spawn, spawn_blocking, spawn_try};
