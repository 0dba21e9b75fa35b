//! Locks and channels, with tokio's names and meaning.
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
//! A `std::sync::Mutex` is the better lock wherever no `.await` comes while it is held: it is
//! faster, and nobody can forget it locked. Channels and [`Notify`] serve best where tasks hand
//! something over, since what has one owner needs no lock.
//!
//! All of it works under any executor; within heist's tasks it also spends their poll budget. The
//! methods named `blocking_…` are for threads, and in a task they block that task alone.
//!
//! Who waits is served in order of arrival. The wakers of those who wait are called without any
//! lock held, and one that panics harms nobody else.

pub use heist_sync::*;
