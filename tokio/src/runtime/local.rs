//! `LocalRuntime`: a current-thread runtime whose tasks need not be `Send`.

use super::{EnterGuard, Handle, RuntimeMetrics};
use crate::context;
use crate::task::{JoinHandle, trace};
use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

/// Options of a [`LocalRuntime`]; none at present.
#[derive(Default, Debug)]
#[non_exhaustive]
pub struct LocalOptions {
    _local: PhantomData<*mut u8>,
}

/// A runtime that stays on its thread together with its tasks.
#[derive(Debug)]
pub struct LocalRuntime {
    inner: heist_runtime::runtime::LocalRuntime,
    handle: Handle,
}

impl LocalRuntime {
    pub(super) fn from_heist(inner: heist_runtime::runtime::LocalRuntime) -> Self {
        let handle = inner.handle().clone().into();
        Self { inner, handle }
    }

    /// Returns a handle, which other threads may use as well.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Spawns a task.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.inner
            .spawn_local(trace::task(future, trace::LOCAL, None))
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

    /// Runs a future and the runtime's tasks on the current thread.
    ///
    /// # Panics
    ///
    /// Panics in a task of a current-thread runtime, or if the future panics.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        context::assert_may_block();
        let future = trace::task(future, trace::BLOCK_ON, None);
        context::with_driving(true, || self.inner.block_on(future))
    }

    /// Makes this the current thread's runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Shuts the runtime down, and waits for its blocking threads for at most `duration`.
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
