//! `LocalSet`: tasks that stay on one thread.

use super::{JoinHandle, trace};
use crate::runtime::{Id, Runtime};
use heist_runtime::task::{LocalEnterGuard as InnerGuard, LocalSet as Inner};
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Tasks that run on the thread that drives the set, and therefore need not be `Send`.
pub struct LocalSet {
    inner: Inner,
    id: Id,
}

impl LocalSet {
    /// Creates an empty set, to be driven on the current thread.
    pub fn new() -> Self {
        Self {
            inner: Inner::new(),
            id: Id::next(),
        }
    }

    pub(super) fn heist(&self) -> &Inner {
        &self.inner
    }

    /// Makes this the current set for [`spawn_local`] until the guard is dropped.
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard {
            _inner: self.inner.enter(),
        }
    }

    /// Spawns a task on this set, which runs when the set is driven next.
    #[track_caller]
    pub fn spawn_local<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
        F::Output: 'static,
    {
        self.inner
            .spawn_local(trace::task(future, trace::LOCAL, None))
    }

    /// Runs the future and the set's tasks on the current thread, until the future is ready.
    #[track_caller]
    pub fn block_on<F: Future>(&self, rt: &Runtime, future: F) -> F::Output {
        rt.block_on(self.run_until(future))
    }

    /// Runs the future and the set's tasks, until the future is ready.
    pub async fn run_until<F: Future>(&self, future: F) -> F::Output {
        self.inner.run_until(future).await
    }

    /// Returns an id that distinguishes this set from others and from runtimes.
    pub fn id(&self) -> Id {
        self.id
    }
}

/// Completes when no task of the set is left.
impl Future for LocalSet {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.inner).poll(cx)
    }
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").finish()
    }
}

/// Keeps a [`LocalSet`] current; from [`LocalSet::enter`].
pub struct LocalEnterGuard {
    _inner: InnerGuard,
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish()
    }
}

/// Spawns a task on the current [`LocalSet`] or local runtime.
///
/// # Panics
///
/// Panics if there is neither.
#[track_caller]
pub fn spawn_local<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + 'static,
    F::Output: 'static,
{
    heist_runtime::task::spawn_local(trace::task(future, trace::LOCAL, None))
}
