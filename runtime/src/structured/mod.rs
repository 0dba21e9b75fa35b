//! What is built on single tasks: sets, groups and queues of them, settings for one, task-locals.
//!
//! On the user's threads and the workers, as any other code of the user's; nothing below knows of
//! it.

mod builder;
mod group;
mod join;
pub mod join_set;
mod local_set;
mod task_local;

pub use builder::Builder;
pub use group::{GroupError, GroupFailure, TaskGroup};
pub use join::join;
pub use join_set::JoinSet;
pub use local_set::{LocalEnterGuard, LocalSet, spawn_local, spawn_pinned};
pub use task_local::{AccessError, LocalKey, TaskLocalFuture};
