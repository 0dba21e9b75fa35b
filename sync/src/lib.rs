//! Async locks and channels, with tokio's names and meaning.
//!
//! Most users depend on the `heist` package, which re-exports this as `heist::sync`. All of it
//! works under any executor; within heist's tasks it also spends their poll budget.
//!
//! | for | there is |
//! | --- | --- |
//! | one value from one task to another | [`oneshot`] |
//! | many values from many tasks to one | [`mpsc`] |
//! | many values from many tasks to many, each to all | [`broadcast`] |
//! | the latest value, to all | [`watch`] |
//! | telling that something has happened | [`Notify`] |
//! | a value that one changes at a time | [`Mutex`] |
//! | a value that many read, and one changes at a time | [`RwLock`] |
//! | a limit of how many do something at once | [`Semaphore`] |
//! | tasks that start together | [`Barrier`] |
//! | a value that is set once | [`OnceCell`], [`SetOnce`] |
//!
//! Who waits is served in order of arrival. The wakers of those who wait are called without any
//! lock held, and one that panics harms nobody else.

#![deny(clippy::disallowed_methods)]

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
    //! Futures that have a name.
    pub use crate::notify::{Notified, OwnedNotified};
}
