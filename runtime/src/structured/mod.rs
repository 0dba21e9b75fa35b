//! Features built on single tasks: sets, groups and queues of tasks, settings for a task,
//! task-locals.
//!
//! Runs on the user's threads and the workers, like the user's own code; the modules below do not
//! depend on it.

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
