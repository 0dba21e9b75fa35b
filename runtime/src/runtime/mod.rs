//! Starting and ending runtimes, accessing them from any thread, and observing them.
//!
//! Most programs need none of this: `#[heist::main]` starts a runtime with settings that suit a
//! server, and shuts it down.
//!
//! | to | use |
//! | --- | --- |
//! | start one with other settings, or handle the error | [`Builder`] |
//! | run a future from code that is not async | [`Runtime::block_on`], [`Handle::block_on`] |
//! | spawn from a thread that is not the runtime's | [`Handle`], from [`Handle::current`] or [`Runtime::handle`] |
//! | shut it down and let tasks finish | [`Runtime::shutdown_graceful`]; its [`ShutdownReport`] names those that did not |
//! | use only one thread | [`Builder::build_current_thread`]; for tasks that are not `Send` [`LocalRuntime`] |
//! | observe its load | [`Handle::metrics`] |
//! | find tasks that block | [`Handle::stalls`], [`Builder::stall_threshold`] |
//! | list all tasks and their states | [`Handle::dump`] |
//! | handle failures of tasks that are not awaited | [`Builder::on_task_failure`] |
//!
//! Several runtimes may exist at once; a task, a socket or a timer belongs to the runtime it was
//! created on.
//!
//! ```
//! use heist::runtime::Builder;
//!
//! fn main() -> std::io::Result<()> {
//!     let runtime = Builder::new().worker_threads(2).thread_name("api").build()?;
//!     let answer = runtime.block_on(async { heist::spawn(async { 42 }).await });
//!     assert_eq!(answer.expect("it does not panic"), 42);
//!     println!("{}", runtime.handle().dump());
//!     Ok(())
//! }
//! ```

// `builder` has the settings, and `build_error` names an invalid one. `start` starts the threads,
// and `lifecycle` is for their owner, who ends them. `handle` is for other threads, `spawn` starts
// tasks, `context` is the current runtime of a thread, `block_on` blocks a thread on a future,
// `current_thread` also runs tasks there, and `local` is a runtime whose tasks stay on one thread.
// `metrics` and `dump` report on a runtime.

mod accompanied;
mod block_on;
mod build_error;
mod builder;
pub(crate) mod context;
mod current_thread;
pub mod dump;
mod from_tokio;
mod graceful;
mod handle;
mod lifecycle;
mod local;
mod metrics;
mod spawn;
mod start;
mod thread_maker;

#[doc(hidden)]
pub use crate::scheduler::Companion;
pub use crate::shutdown_error::{is_rt_shutdown_err, shut_down};
pub use crate::watchdog::Stall;
#[doc(hidden)]
pub use accompanied::Starting;
pub use block_on::block_in_place;
pub use build_error::BuildError;
pub use builder::Builder;
pub use context::{EnterGuard, TryCurrentError, worker_index};
pub use dump::Dump;
pub use graceful::{LiveTask, ShutdownReport};
pub use handle::{Handle, Id};
pub use lifecycle::Runtime;
pub use local::LocalRuntime;
pub use metrics::RuntimeMetrics;
pub use spawn::{spawn, spawn_blocking, spawn_try};
