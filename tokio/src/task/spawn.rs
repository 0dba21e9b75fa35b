//! Spawning on the current runtime.

use super::{JoinHandle, trace};
use crate::context;
use std::future::Future;

/// Starts a task on the current runtime. It runs at once, whether or not the handle is awaited.
///
/// # Panics
///
/// Outside a runtime.
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
/// Outside a runtime, or if the operating system gives no thread.
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    context::current().spawn_blocking(trace::blocking(f, None))
}

/// Calls a closure that may block, on the current thread, while others do the work of its worker.
///
/// # Panics
///
/// In a task of a current-thread runtime.
#[cfg(feature = "rt-multi-thread")]
#[track_caller]
pub fn block_in_place<F, R>(f: F) -> R
where
    F: FnOnce() -> R,
{
    assert!(
        !context::drives(),
        "can call blocking only when running on the multi-threaded runtime"
    );
    heist_runtime::task::block_in_place(f)
}
