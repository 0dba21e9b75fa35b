//! `Runtime`: one that was started.

use super::{EnterGuard, Handle, RuntimeMetrics};
use crate::context;
use crate::task::{JoinHandle, trace};
use std::future::Future;
use std::time::Duration;

/// An async runtime. Dropping it ends it, as heist's: it may be dropped in a task, too, where tokio
/// panics.
#[derive(Debug)]
pub struct Runtime {
    inner: heist_runtime::Runtime,
    handle: Handle,
}

impl Runtime {
    pub(super) fn from_heist(inner: heist_runtime::Runtime) -> Self {
        let handle = inner.handle().clone().into();
        Self { inner, handle }
    }

    /// A handle for other threads.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts a task.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.inner.spawn(trace::task(future, trace::TASK, None))
    }

    /// Runs a closure on a thread where it may block.
    ///
    /// # Panics
    ///
    /// If the operating system gives no thread.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.inner.spawn_blocking(trace::blocking(f, None))
    }

    /// Runs a future on the current thread; and the tasks, if this is a current-thread runtime.
    ///
    /// In a task of a multi-thread runtime this works, where tokio panics.
    ///
    /// # Panics
    ///
    /// In a task of a current-thread runtime; and as the future does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        context::assert_may_block();
        let future = trace::task(future, trace::BLOCK_ON, None);
        context::driving(self.inner.handle().is_current_thread(), || {
            self.inner.block_on(future)
        })
    }

    /// Makes it the current thread's runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends it, and waits for its threads for at most so long.
    pub fn shutdown_timeout(self, duration: Duration) {
        self.inner.shutdown_timeout(duration);
    }

    /// Ends it without waiting.
    pub fn shutdown_background(self) {
        self.inner.shutdown_background();
    }

    /// What the runtime counts.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.inner.handle().metrics()
    }
}
