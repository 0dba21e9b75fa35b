//! Locks and channels, with tokio's names and semantics, for any executor.
//!
//! `heist::sync` re-exports all of this, and its page says what to use when.

#![deny(clippy::disallowed_methods)]

mod acquire;
mod barrier;
mod blocking;
pub mod broadcast;
mod coop;
mod guards;
#[cfg(all(test, loom))]
mod loom_tests;
pub mod mpsc;
mod mutex;
mod notify;
mod once_cell;
pub mod oneshot;
mod permits;
mod primitives;
mod rwlock;
mod semaphore;
mod set_once;
mod slot;
mod waiters;
mod wake;
pub mod watch;

pub use barrier::{Barrier, BarrierWaitResult};
#[doc(hidden)]
pub use blocking::forbid_blocking_where;
pub use mutex::{
    MappedMutexGuard, Mutex, MutexGuard, OwnedMappedMutexGuard, OwnedMutexGuard, TryLockError,
};
pub use notify::Notify;
pub use once_cell::{OnceCell, SetError};
pub use rwlock::{
    OwnedRwLockMappedWriteGuard, OwnedRwLockReadGuard, OwnedRwLockWriteGuard, RwLock,
    RwLockMappedWriteGuard, RwLockReadGuard, RwLockWriteGuard,
};
pub use semaphore::{
    AcquireError, OwnedSemaphorePermit, Semaphore, SemaphorePermit, TryAcquireError,
};

pub use set_once::{SetOnce, SetOnceError};

pub mod futures {
    //! Named futures.
    pub use crate::notify::{Notified, OwnedNotified};
}
