//! Tasks that stay on one thread and therefore need not be `Send`.
//!
//! Their run queue is a `LocalQueue` (in `tasks`). A [`LocalSet`] has one that a future on the
//! thread drives; each worker has one too, for [`spawn_pinned`].

mod pinned;

pub use pinned::spawn_pinned;

use crate::budget::FULL;
use crate::entered::Entered;
use crate::tasks::{
    Failures, JoinHandle, LocalDriver, LocalQueue, Notified, Origin, PanicsOnly, current_local,
    enter_local, large_future,
};
use crate::{Handle, Runtime};
use pin_project_lite::pin_project;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll};

/// Tasks that run on the thread that drives the set and therefore need not be `Send`.
///
/// The set is driven by awaiting it, which waits for all of its tasks, or by
/// [`run_until`](Self::run_until) or [`block_on`](Self::block_on). At other times its tasks do not
/// run. A task of the set that blocks holds up the other tasks of the set, since they share a
/// thread, but not the runtime's own tasks.
///
/// Dropping the set drops its tasks.
///
/// # Examples
///
/// ```
/// use heist::task::{LocalSet, spawn_local};
/// use std::rc::Rc;
///
/// let runtime = heist::runtime::Runtime::new()?;
/// let local = LocalSet::new();
/// let count = local.block_on(&runtime, async {
///     let shared = Rc::new(());
///     let clone = shared.clone();
///     spawn_local(async move { Rc::strong_count(&clone) }).await.unwrap()
/// });
/// assert_eq!(count, 2);
/// # std::io::Result::Ok(())
/// ```
pub struct LocalSet {
    queue: Arc<LocalQueue>,
    /// The set itself, polled as a future.
    driver: LocalDriver,
    /// Keeps the set on its thread.
    _local: PhantomData<Rc<()>>,
}

impl LocalSet {
    /// Creates a set for this thread, without tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::LocalSet;
    ///
    /// let set = LocalSet::new();
    /// let task = set.spawn_local(async { 7 });
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// assert_eq!(runtime.block_on(set.run_until(task))?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> Self {
        let failures = match Handle::try_current() {
            Ok(handle) => handle.shared().failures.clone(),
            Err(_) => Arc::new(Failures::default()),
        };
        let queue = Arc::new(LocalQueue::new(failures, None));
        queue.adopt_current_thread();
        Self {
            driver: queue.add_driver(),
            queue,
            _local: PhantomData,
        }
    }

    /// Makes this the set that [`spawn_local`] uses, until the guard is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{LocalSet, spawn_local};
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let local = LocalSet::new();
    /// let task = {
    ///     let _guard = local.enter();
    ///     spawn_local(async { 7 })
    /// };
    /// assert_eq!(local.block_on(&runtime, task).unwrap(), 7);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enter(&self) -> LocalEnterGuard {
        LocalEnterGuard {
            _entered: enter_local(&self.queue),
        }
    }

    /// Starts a task of the set. It runs when the set is driven.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let local = heist::task::LocalSet::new();
    /// let task = local.spawn_local(async { 7 });
    /// assert_eq!(local.block_on(&runtime, task).unwrap(), 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        large_future!(future: F => self.spawn_from(future, Origin::caller()))
    }

    pub(super) fn spawn_from<F>(&self, future: F, origin: Origin) -> JoinHandle<F::Output>
    where
        F: Future + 'static,
    {
        self.queue.spawn::<PanicsOnly, F>(future, origin)
    }

    /// Drives the set until `future` is ready. The future may use [`spawn_local`]. Tasks that have
    /// not ended then stay in the set.
    ///
    /// # Cancellation safety
    ///
    /// The same as the future's. The set's tasks stay in the set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{LocalSet, spawn_local};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let local = LocalSet::new();
    /// let sum = local.run_until(async { spawn_local(async { 1 + 2 }).await.unwrap() }).await;
    /// assert_eq!(sum, 3);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn run_until<F: Future>(&self, future: F) -> impl Future<Output = F::Output> {
        RunUntil {
            set: self,
            driver: None,
            future: Some(future),
        }
    }

    /// Like [`run_until`](Self::run_until), on the current thread and within the given runtime; see
    /// [`Runtime::block_on`].
    ///
    /// # Panics
    ///
    /// The same as [`Runtime::block_on`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::{runtime::Runtime, task::{LocalSet, spawn_local}};
    ///
    /// let runtime = Runtime::new()?;
    /// let seven = LocalSet::new().block_on(&runtime, async { spawn_local(async { 7 }).await });
    /// assert_eq!(seven?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, runtime: &Runtime, future: F) -> F::Output {
        large_future!(future: F => runtime.block_on(self.run_until(future)))
    }
}

/// Becomes ready when the set has no tasks left.
impl Future for LocalSet {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let _entered = enter_local(&self.queue);
        self.queue.run_some(self.driver, cx, run);
        if self.queue.is_empty() {
            return Poll::Ready(());
        }
        Poll::Pending
    }
}

pin_project! {
    // Not an `async fn`, which would reserve room for the future twice.
    struct RunUntil<'a, F> {
        set: &'a LocalSet,
        driver: Option<LocalDriver>,
        // `None` after completion.
        #[pin]
        future: Option<F>,
    }

    impl<F> PinnedDrop for RunUntil<'_, F> {
        fn drop(this: Pin<&mut Self>) {
            if let Some(driver) = this.driver {
                this.set.queue.remove_driver(driver);
            }
        }
    }
}

impl<F: Future> Future for RunUntil<'_, F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        let _entered = enter_local(&this.set.queue);
        let future = this.future.as_mut().as_pin_mut();
        let future = future.expect("`run_until` polled after it was ready");
        if let Poll::Ready(output) = future.poll(cx) {
            this.future.set(None);
            if let Some(driver) = this.driver.take() {
                this.set.queue.remove_driver(driver);
            }
            return Poll::Ready(output);
        }
        let queue = &this.set.queue;
        let driver = *this.driver.get_or_insert_with(|| queue.add_driver());
        queue.run_some(driver, cx, run);
        Poll::Pending
    }
}

/// Runs a task of a set.
fn run(task: Notified) -> Option<Notified> {
    task.run(FULL)
}

impl Default for LocalSet {
    fn default() -> Self {
        Self::new()
    }
}

impl Drop for LocalSet {
    fn drop(&mut self) {
        let _entered = enter_local(&self.queue);
        self.queue.close();
    }
}

impl fmt::Debug for LocalSet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalSet").finish_non_exhaustive()
    }
}

/// Keeps a [`LocalSet`] current; returned by [`LocalSet::enter`].
///
/// Guards may be dropped in any order: the latest one that is left determines the current set.
///
/// # Examples
///
/// ```
/// use heist::task::{LocalEnterGuard, LocalSet, spawn_local};
///
/// let set = LocalSet::new();
/// let guard: LocalEnterGuard = set.enter();
/// let task = spawn_local(async { 7 });
/// drop(guard);
/// # let runtime = heist::runtime::Runtime::new()?;
/// assert_eq!(set.block_on(&runtime, task)?, 7);
/// # std::io::Result::Ok(())
/// ```
#[must_use = "the set is current only until the guard is dropped"]
pub struct LocalEnterGuard {
    _entered: Entered<Arc<LocalQueue>>,
}

impl fmt::Debug for LocalEnterGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LocalEnterGuard").finish_non_exhaustive()
    }
}

/// Starts a task on the current thread: in the current [`LocalSet`], on the worker of the current
/// task if [`spawn_pinned`] started it, or in the current
/// [`LocalRuntime`](crate::runtime::LocalRuntime). Its future need not be `Send`.
///
/// # Panics
///
/// Panics if there is none of these on this thread.
///
/// # Examples
///
/// See [`LocalSet`].
#[track_caller]
pub fn spawn_local<F: Future + 'static>(future: F) -> JoinHandle<F::Output> {
    large_future!(future: F => spawn_local_from(future, Origin::caller()))
}

#[track_caller]
pub(super) fn spawn_local_from<F>(future: F, origin: Origin) -> JoinHandle<F::Output>
where
    F: Future + 'static,
{
    if let Some(queue) = current_local() {
        return queue.spawn::<PanicsOnly, F>(future, origin);
    }
    let Ok(handle) = Handle::try_current() else {
        panic!("{NOT_LOCAL}");
    };
    match handle.try_spawn_local_from(future, origin) {
        Ok(task) => task,
        Err(_) if handle.is_local() => panic!(
            "Local tasks can only be spawned on a LocalRuntime from the thread the runtime was \
             created on"
        ),
        Err(_) => panic!("{NOT_LOCAL}"),
    }
}

const NOT_LOCAL: &str = "`spawn_local` called from outside of a `task::LocalSet` or \
     `runtime::LocalRuntime`, and of tasks of `spawn_pinned`";
