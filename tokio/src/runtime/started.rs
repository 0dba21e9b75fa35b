//! `Runtime`: a runtime that has been started.

use super::{EnterGuard, Handle, RuntimeMetrics};
use crate::context;
use crate::task::{JoinHandle, trace};
use std::future::Future;
use std::time::Duration;

/// An async runtime. Dropping it shuts it down. As with heist's runtime, it may be dropped in a
/// task, where tokio panics.
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

    /// Returns a handle for other threads.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        self.handle.spawn(future)
    }

    /// Runs a closure on a thread where it may block.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no thread.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.handle.spawn_blocking(f)
    }

    /// Runs a future on the current thread, and also the tasks, if this is a current-thread
    /// runtime.
    ///
    /// This works in a task of a multi-thread runtime, where tokio panics.
    ///
    /// # Panics
    ///
    /// Panics in a task of a current-thread runtime, or if the future panics.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        context::assert_may_block();
        let future = trace::task(future, trace::BLOCK_ON, None);
        context::with_driving(self.inner.handle().is_current_thread(), || {
            self.inner.block_on(future)
        })
    }

    /// Makes this the current thread's runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Shuts the runtime down, and waits for its threads for at most `duration`.
    pub fn shutdown_timeout(self, duration: Duration) {
        self.inner.shutdown_timeout(duration);
    }

    /// Shuts the runtime down without waiting.
    pub fn shutdown_background(self) {
        self.inner.shutdown_background();
    }

    /// Returns the runtime's metrics.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.handle.metrics()
    }
}
