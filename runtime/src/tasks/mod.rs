//! One task's life: from spawn through wakes and polls to its output.
//!
//! `state` is the protocol. `header` and `cell` are the memory: the header is the same for all
//! tasks, the cell depends on the future's type. `reference`, `waker`, `notified` (for queues),
//! `join` and `registry` hold references. The module `task` exports the public items; `structured`
//! is built on tasks.

mod cell;
mod current;
mod effort;
mod error;
mod failure;
mod header;
mod id;
mod join;
mod large;
mod local_queue;
#[cfg(all(test, loom))]
mod loom_tests;
mod meta;
mod notified;
mod origin;
mod prefetch;
mod priority;
mod reference;
mod registry;
mod state;
#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
mod waker;
mod yield_now;

pub use current::{id, try_id};
pub use error::JoinError;
pub use failure::{FailureCause, TaskFailure, UnhandledPanic};
pub use id::Id;
pub use join::{AbortHandle, JoinHandle};
pub use priority::Priority;
pub use yield_now::yield_now;

pub(crate) use cell::{Schedule, new_task};
pub(crate) use current::current_meta;
pub(crate) use error::Cause;
pub(crate) use failure::{ErrorsToo, FailureHook, Failures, PanicsOnly, Unobserved};
pub(crate) use header::Header;
pub(crate) use large::{LARGE, large_closure, large_future};
pub(crate) use local_queue::{Driver as LocalDriver, LocalQueue, current_local, enter_local};
pub(crate) use meta::{TaskMeta, describe};
pub(crate) use notified::Notified;
pub(crate) use origin::Origin;
pub(crate) use reference::TaskRef;
pub(crate) use registry::Registry;
pub(crate) use state::Phase;
pub(crate) use waker::VTABLE as TASK_WAKER;
