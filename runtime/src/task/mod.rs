//! One task's life: from spawn through wakes and polls to its output.
//!
//! `state` is the protocol, `cell` the memory, `raw` the operations on both;
//! `waker`, `join` and `registry` hold the references. Public here is what users
//! spawn and await with.

mod budget;
mod cell;
mod error;
mod id;
mod join;
#[cfg(all(test, loom))]
mod loom_tests;
mod raw;
mod registry;
mod state;
mod waker;
mod yield_now;

pub use budget::{Progress, Unconstrained, consume_budget, poll_proceed, unconstrained};
pub use error::JoinError;
pub use id::Id;
pub use join::{AbortHandle, JoinHandle};
pub use yield_now::yield_now;

pub use crate::runtime::{spawn, spawn_blocking};

pub(crate) use budget::{with_budget, with_unlimited_budget};
pub(crate) use cell::{Header, Schedule};
pub(crate) use raw::{Notified, TaskRef, new_task};
pub(crate) use registry::Registry;
pub(crate) use waker::wake_guarded;
