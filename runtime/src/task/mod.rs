//! One task's life: from spawn through wakes and polls to its output.
//!
//! `state` is the protocol, `cell` the memory, `raw` the operations on both;
//! `waker`, `join` and `registry` hold the references. Public here is what users
//! spawn and await with.

mod budget;
mod builder;
mod cancellation;
mod cell;
mod current;
mod effort;
mod error;
mod failure;
mod group;
mod id;
mod join;
pub mod join_set;
mod large;
mod local;
#[cfg(all(test, loom))]
mod loom_tests;
mod origin;
mod raw;
mod registry;
mod state;
mod task_local;
#[cfg(all(test, not(loom)))]
pub(crate) mod tests;
mod waker;
mod yield_now;

pub use budget::{
    Progress, Unconstrained, consume_budget, poll_cooperative, poll_proceed, unconstrained,
};
pub use builder::Builder;
pub use cancellation::{
    CancellationToken, DropGuard, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
pub use current::{id, try_id};
pub use error::JoinError;
pub use failure::{FailureCause, TaskFailure, UnhandledPanic};
pub use group::{GroupError, GroupFailure, TaskGroup};
pub use id::Id;
pub use join::{AbortHandle, JoinHandle};
pub use join_set::JoinSet;
pub use local::{LocalEnterGuard, LocalSet, spawn_local, spawn_pinned};
pub use task_local::{AccessError, LocalKey, TaskLocalFuture};
pub use yield_now::yield_now;

pub use crate::runtime::{block_in_place, spawn, spawn_blocking, spawn_try};

pub(crate) use budget::{with_budget, with_unlimited_budget};
pub(crate) use cell::{Header, Schedule};
pub(crate) use failure::{ErrorsToo, FailureHook, Failures, PanicsOnly, Unheard};
pub(crate) use large::{LARGE, large_closure, large_future};
pub(crate) use local::{LocalQueue, enter_local};
pub(crate) use origin::Origin;
pub(crate) use raw::{Notified, TaskRef, new_task};
pub(crate) use registry::Registry;
pub(crate) use state::Phase;
pub(crate) use waker::VTABLE as TASK_WAKER;
