//! Tasks: spawning, awaiting and ending them.

pub use heist_runtime::task::coop;
mod join_set;
mod local;
mod spawn;
#[cfg(all(feature = "tracing", console_without_tokio_unstable))]
pub(crate) mod trace;
#[cfg(not(all(feature = "tracing", console_without_tokio_unstable)))]
#[path = "untraced.rs"]
pub(crate) mod trace;

pub use coop::{Unconstrained, consume_budget, unconstrained};
pub use heist_runtime::task::{
    AbortHandle, Id, JoinError, JoinHandle, LocalKey, id, try_id, yield_now,
};
pub use join_set::JoinSet;
pub use local::{LocalEnterGuard, LocalSet, spawn_local};
pub use spawn::{spawn, spawn_blocking};

#[cfg(feature = "rt-multi-thread")]
pub use spawn::block_in_place;

/// The futures of this module's functions.
pub mod futures {
    pub use heist_runtime::task::TaskLocalFuture;
}
