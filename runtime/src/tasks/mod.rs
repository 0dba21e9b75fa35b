//! One task's life: from spawn through wakes and polls to its output.
//!
//! `state` is the protocol, `cell` the memory, `raw` the operations on both;
//! `waker`, `join` and `registry` hold the references. What users spawn and await with is shown
//! in `task`, what is built on tasks is in `structured`.

mod cell;
mod current;
mod effort;
mod error;
mod failure;
mod id;
mod join;
mod large;
mod local_queue;
#[cfg(all(test, loom))]
mod loom_tests;
mod origin;
mod priority;
mod raw;
mod registry;
mod state;
#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
mod waker;
mod yield_now;

pub use current::{id, try_id};
pub(crate) use error::Cause;
pub use error::JoinError;
pub use failure::{FailureCause, TaskFailure, UnhandledPanic};
pub use id::Id;
pub use join::{AbortHandle, JoinHandle};
pub use priority::Priority;
pub use yield_now::yield_now;

pub(crate) use cell::{Header, Schedule};
pub(crate) use failure::{ErrorsToo, FailureHook, Failures, PanicsOnly, Unheard};
pub(crate) use large::{LARGE, large_closure, large_future};
pub(crate) use local_queue::{Driver as LocalDriver, LocalQueue, current_local, enter_local};
pub(crate) use origin::Origin;
pub(crate) use raw::{Notified, TaskRef, new_task};
pub(crate) use registry::Registry;
pub(crate) use state::Phase;
pub(crate) use waker::VTABLE as TASK_WAKER;
