//! Locks and channels, with tokio's names and semantics.
//!
//! | for | use |
//! | --- | --- |
//! | one value from one task to another | [`oneshot`] |
//! | many values from many tasks to one | [`mpsc`] |
//! | many values from many tasks to many, each to all | [`broadcast`] |
//! | the latest value, to all | [`watch`] |
//! | notifying tasks of an event | [`Notify`] |
//! | a value that one task at a time may access | [`Mutex`] |
//! | a value that many tasks may read, or one change | [`RwLock`] |
//! | a limit on concurrent operations | [`Semaphore`] |
//! | tasks that wait for each other | [`Barrier`] |
//! | a value that is set once | [`OnceCell`], [`SetOnce`] |
//!
//! A `std::sync::Mutex` is the better lock wherever it is not held across an `.await`: it is
//! faster, and no cancelled or waiting task can keep it locked. Channels and [`Notify`] are best
//! where tasks hand something over, since a value with one owner needs no lock.
//!
//! All of it works under any executor; in heist's tasks it also spends their poll budget. The
//! methods named `blocking_…` are for threads; in a task they block only that task.
//!
//! Waiting tasks are served in order of arrival. Their wakers are called without any lock held, and
//! one that panics does not affect the others.

pub use heist_sync::*;
