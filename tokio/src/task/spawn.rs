//! Spawning on the current runtime.

use super::{JoinHandle, trace};
use crate::context;
use std::future::Future;

/// Spawns a task on the current runtime. The task runs whether or not its handle is awaited.
///
/// # Panics
///
/// Panics if called outside a runtime.
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    context::expect();
    heist_runtime::spawn(trace::task(future, trace::TASK, None))
}

/// Runs a closure on a thread where it may block.
///
/// # Panics
///
/// Panics if called outside a runtime, or if the operating system provides no thread.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    context::current().spawn_blocking(trace::blocking(f, None))
}

/// Calls a closure that may block, on the current thread, while other threads take over its
/// worker's tasks.
///
/// # Panics
///
/// Panics in a task of a current-thread runtime.
#[cfg(feature = "rt-multi-thread")]
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    assert!(
        !context::is_driving(),
        "can call blocking only when running on the multi-threaded runtime"
    );
    heist_runtime::task::block_in_place(f)
}
