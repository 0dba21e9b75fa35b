//! `LocalRuntime`: a current-thread runtime whose tasks need not be `Send`.

use super::{EnterGuard, Handle, RuntimeMetrics};
use crate::context;
use crate::task::{JoinHandle, trace};
use std::future::Future;
use std::marker::PhantomData;
use std::time::Duration;

/// Options of a [`LocalRuntime`]: none so far.
#[derive(Default, Debug)]
#[non_exhaustive]
pub struct LocalOptions {
    _local: PhantomData<*mut u8>,
}

/// A runtime that stays on its thread, and so do its tasks.
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

    /// A handle, also for other threads.
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Starts a task.
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
    /// If the operating system gives no thread.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.inner.spawn_blocking(trace::blocking(f, None))
    }

    /// Runs a future and the tasks on the current thread.
    ///
    /// # Panics
    ///
    /// In a task of a current-thread runtime; and as the future does.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        context::assert_may_block();
        let future = trace::task(future, trace::BLOCK_ON, None);
        context::driving(true, || self.inner.block_on(future))
    }

    /// Makes it the current thread's runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Ends it, and waits for its blocking threads for at most so long.
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
