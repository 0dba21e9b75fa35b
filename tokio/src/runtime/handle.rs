//! `Handle`: a reference to a runtime.

use super::{Id, RuntimeMetrics, TryCurrentError};
use crate::context;
use crate::task::{JoinHandle, trace};
use heist_runtime::Handle as Inner;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::thread;

/// The kind of a runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum RuntimeFlavor {
    /// Its tasks run on the thread that is in `block_on`.
    CurrentThread,
    /// Its tasks run on workers.
    MultiThread,
}

/// A reference to a runtime.
#[derive(Clone)]
pub struct Handle {
    inner: Inner,
}

impl Handle {
    /// Returns the current thread's runtime.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime.
    #[track_caller]
    pub fn current() -> Self {
        match Self::try_current() {
            Ok(handle) => handle,
            Err(error) => panic!("{error}"),
        }
    }

    /// Returns the current thread's runtime.
    ///
    /// # Errors
    ///
    /// Returns an error outside a runtime.
    pub fn try_current() -> Result<Self, TryCurrentError> {
        match Inner::try_current() {
            Ok(inner) => Ok(Self { inner }),
            Err(_) => Err(TryCurrentError::new()),
        }
    }

    /// Returns heist's handle of the same runtime, for the features beyond tokio's interface: its
    /// metrics, the dump of all tasks, and the observed stalls.
    pub fn heist(&self) -> &Inner {
        &self.inner
    }

    /// Makes this the current thread's runtime until the guard is dropped.
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard::new(&self.inner)
    }

    /// Spawns a task.
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
    /// Panics if the operating system provides no thread.
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.inner.spawn_blocking(trace::blocking(f, None))
    }

    /// Runs a future on the current thread. It does not drive a current-thread runtime.
    ///
    /// This works in a task of a multi-thread runtime, like
    /// [`block_in_place`](crate::task::block_in_place); tokio panics there.
    ///
    /// # Panics
    ///
    /// Panics in a task of a current-thread runtime.
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        context::assert_may_block();
        self.inner
            .block_on(trace::task(future, trace::BLOCK_ON, None))
    }

    /// Returns the kind of the runtime.
    pub fn runtime_flavor(&self) -> RuntimeFlavor {
        match self.inner.is_current_thread() {
            true => RuntimeFlavor::CurrentThread,
            false => RuntimeFlavor::MultiThread,
        }
    }

    /// Returns an id that distinguishes the runtime from others.
    pub fn id(&self) -> Id {
        match context::settings(&self.inner) {
            Some(settings) => settings.id,
            None => Id::of_foreign(self.inner.id().as_usize()),
        }
    }

    /// Returns the runtime's name, if it has one.
    pub fn name(&self) -> Option<&str> {
        self.inner.name()
    }

    /// Returns the runtime's metrics.
    pub fn metrics(&self) -> RuntimeMetrics {
        self.inner.metrics()
    }
}

/// For a runtime that was built by heist itself or by this package.
impl From<Inner> for Handle {
    fn from(inner: Inner) -> Self {
        Self { inner }
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.inner.fmt(f)
    }
}

thread_local! {
    /// The number of guards on the thread.
    static DEPTH: Cell<usize> = const { Cell::new(0) };
}

/// Keeps a runtime current. Guards must be dropped in the reverse order of their creation.
#[must_use = "the runtime is current only until the guard is dropped"]
pub struct EnterGuard<'a> {
    // The guard itself has no destructor: the runtime may be moved while a guard exists.
    _inner: heist_runtime::EnterGuard<'a>,
    _depth: Depth,
}

// SAFETY: a shared reference to the guard gives access to nothing.
unsafe impl Sync for EnterGuard<'_> {}

impl<'a> EnterGuard<'a> {
    pub(super) fn new(handle: &'a Inner) -> Self {
        let depth = DEPTH.get() + 1;
        DEPTH.set(depth);
        Self {
            _inner: handle.enter(),
            _depth: Depth(depth, PhantomData),
        }
    }
}

/// The position of a guard among the thread's guards.
struct Depth(usize, PhantomData<*const ()>);

impl Drop for Depth {
    fn drop(&mut self) {
        if self.0 == DEPTH.get() {
            DEPTH.set(self.0 - 1);
        } else if !thread::panicking() {
            panic!(
                "`EnterGuard` values dropped out of order. Guards returned by \
                 `tokio::runtime::Handle::enter()` must be dropped in the reverse order as they \
                 were acquired."
            );
        }
    }
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}
