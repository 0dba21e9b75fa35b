//! Starting and ending runtimes, reaching one from any thread, and asking it what it does.
//!
//! Most programs need none of this: `#[heist::main]` starts a runtime with the settings that suit a
//! server, and ends it.
//!
//! | to | use |
//! | --- | --- |
//! | start one with other settings, or handle an error of that | [`Builder`] |
//! | run a future from code that is not async | [`Runtime::block_on`], [`Handle::block_on`] |
//! | spawn from a thread that is not the runtime's | [`Handle`], from [`Handle::current`] or [`Runtime::handle`] |
//! | end it and let tasks finish | [`Runtime::shutdown_graceful`]; its [`ShutdownReport`] names those that did not |
//! | have one thread only | [`Builder::build_current_thread`]; for tasks that are not `Send` [`LocalRuntime`] |
//! | know how busy it is | [`Handle::metrics`] |
//! | find tasks that block | [`Handle::stalls`], [`Builder::stall_threshold`] |
//! | see what all tasks do | [`Handle::dump`] |
//! | hear of failures that nobody awaits | [`Builder::on_task_failure`] |
//!
//! Several runtimes may exist side by side; a task, a socket or a timer belongs to the one it was
//! made on.
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

// `builder` holds the settings, and `build_error` tells which is wrong; `lifecycle` has the
// threads, `handle` what other threads have of a runtime, `spawn` how tasks are started, `context`
// which one a thread is in, `block_on` how a plain thread waits for a future, `current_thread` how
// it runs tasks meanwhile, `local` a runtime whose tasks stay on it. `metrics` and `dump` are what
// a runtime tells of itself.

mod accompanied;
mod block_on;
mod build_error;
mod builder;
pub(crate) mod context;
mod current_thread;
pub mod dump;
mod ended;
mod from_tokio;
mod graceful;
mod handle;
mod lifecycle;
mod local;
mod metrics;
mod spawn;
mod thread_maker;

#[doc(hidden)]
pub use crate::scheduler::Companion;
pub use crate::watchdog::Stall;
#[doc(hidden)]
pub use accompanied::Starting;
pub use block_on::block_in_place;
pub use build_error::BuildError;
pub use builder::Builder;
pub use context::{EnterGuard, TryCurrentError, worker_index};
pub use dump::Dump;
pub use ended::{is_rt_shutdown_err, shut_down};
pub use graceful::{LiveTask, ShutdownReport};
pub use handle::{Handle, Id};
pub use lifecycle::Runtime;
pub use local::LocalRuntime;
pub use metrics::RuntimeMetrics;
pub use spawn::{spawn, spawn_blocking, spawn_try};
