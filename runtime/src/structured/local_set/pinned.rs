//! `spawn_pinned`: tasks that stay on a chosen worker.

use crate::Handle;
use crate::tasks::{JoinHandle, LARGE, Origin, PanicsOnly, large_closure};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// Starts a task on worker `worker` of the current runtime, where it stays: its future need not be
/// `Send`. `make`, which creates the future, is sent there.
///
/// Workers are numbered from 0. Numbers beyond the last wrap around, so any number denotes some
/// worker. If the task calls [`spawn_local`](crate::task::spawn_local), the new task is pinned to
/// the same worker. Pinned tasks are not stolen: while a task blocks the worker or keeps it busy,
/// the tasks pinned to it have to wait, unlike all other tasks of this runtime.
///
/// # Panics
///
/// Panics outside a runtime, and in one that has no workers
/// ([`Builder::build_current_thread`](crate::Builder::build_current_thread)).
///
/// # Examples
///
/// ```
/// use heist::task::{spawn_local, spawn_pinned};
/// use std::rc::Rc;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = spawn_pinned(0, || async {
///     let shared = Rc::new(7);
///     let clone = shared.clone();
///     spawn_local(async move { *clone }).await.unwrap()
/// });
/// assert_eq!(task.await.unwrap(), 7);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn spawn_pinned<M, F>(worker: usize, make: M) -> JoinHandle<F::Output>
where
    M: FnOnce() -> F + Send + 'static,
    F: Future + 'static,
    F::Output: Send + 'static,
{
    large_closure!(make: M => Handle::current().spawn_pinned_in_box(worker, make, Origin::caller()))
}

impl Handle {
    /// Starts a task that stays on a chosen worker; see
    /// [`task::spawn_pinned`](crate::task::spawn_pinned).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::rc::Rc;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.handle().spawn_pinned(0, || async {
    ///     let local = Rc::new(7);
    ///     heist::task::yield_now().await;
    ///     *local
    /// });
    /// assert_eq!(runtime.block_on(task)?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_pinned<M, F>(&self, worker: usize, make: M) -> JoinHandle<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        large_closure!(make: M => self.spawn_pinned_in_box(worker, make, Origin::caller()))
    }

    /// Boxes the future too if it is large, where it is created.
    fn spawn_pinned_in_box<M, F>(
        &self,
        worker: usize,
        make: M,
        origin: Origin,
    ) -> JoinHandle<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        if const { size_of::<F>() > LARGE } {
            self.spawn_pinned_from(worker, move || Box::pin(make()), origin)
        } else {
            self.spawn_pinned_from(worker, make, origin)
        }
    }

    #[track_caller]
    fn spawn_pinned_from<M, F>(
        &self,
        worker: usize,
        make: M,
        origin: Origin,
    ) -> JoinHandle<F::Output>
    where
        M: FnOnce() -> F + Send + 'static,
        F: Future + 'static,
        F::Output: Send + 'static,
    {
        let task = Pinned {
            make: Some(make),
            future: None,
        };
        assert!(
            !self.is_current_thread(),
            "`spawn_pinned` in a runtime without workers"
        );
        // The task contains only `make`, which is `Send`, until the worker polls it.
        let refused = self.shared().refuses_spawns();
        let queue = self.shared().pinned(worker);
        queue.enqueue::<PanicsOnly, _>(task, origin, refused)
    }
}

pin_project! {
    /// Creates its future at the first poll.
    struct Pinned<M, F> {
        make: Option<M>,
        #[pin]
        future: Option<F>,
    }
}

impl<M: FnOnce() -> F, F: Future> Future for Pinned<M, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        if let Some(make) = this.make.take() {
            this.future.set(Some(make()));
        }
        let future = this.future.as_pin_mut();
        future
            .expect("the future is created at the first poll")
            .poll(cx)
    }
}
