//! Tasks: starting, awaiting and ending them, singly or in groups.
//!
//! | to | use |
//! | --- | --- |
//! | start a task and await its output | [`spawn`], [`JoinHandle`] |
//! | have its error reported if nothing awaits it | [`spawn_try`] |
//! | compute on several workers at once | [`join`](join()) |
//! | run code that blocks | [`spawn_blocking`], or [`block_in_place`] within a task |
//! | give a task a name, or a [priority](Priority) | [`Builder`] |
//! | await several, in the order in which they end | [`JoinSet`] |
//! | make several succeed or fail together, none outliving the others | [`TaskGroup`] |
//! | request a task to end, and let it clean up | [`CancellationToken`] |
//! | end it at its next `await` | [`AbortHandle`] |
//! | run a future that is not `Send` | [`LocalSet`], [`spawn_pinned`] |
//! | let other tasks run during a long computation | [`yield_now`], [`consume_budget`] |

pub mod coop;

pub use crate::budget::{
    Progress, Unconstrained, consume_budget, poll_cooperative, poll_proceed, unconstrained,
};
pub use crate::cancellation::{
    CancellationToken, DropGuard, WaitForCancellationFuture, WaitForCancellationFutureOwned,
};
pub use crate::runtime::{block_in_place, spawn, spawn_blocking, spawn_try};
pub use crate::structured::{
    AccessError, Builder, GroupError, GroupFailure, JoinSet, LocalEnterGuard, LocalKey, LocalSet,
    TaskGroup, TaskLocalFuture, join, join_set, spawn_local, spawn_pinned,
};
pub use crate::tasks::{
    AbortHandle, FailureCause, Id, JoinError, JoinHandle, Priority, TaskFailure, UnhandledPanic,
    id, try_id, yield_now,
};
