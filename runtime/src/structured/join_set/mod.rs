//! `JoinSet`: tasks whose outputs are taken in the order in which they complete.
//!
//! The set itself has one owner; `done` is shared with the threads that complete its tasks.

mod builder;
mod done;

pub use builder::Builder;

use super::{LocalSet, spawn_local};
use crate::Handle;
use crate::budget::poll_proceed;
use crate::tasks::{
    AbortHandle, Id, JoinError, JoinHandle, Origin, PanicsOnly, large_closure, large_future,
};
use done::{Done, Member};
use slab::Slab;
use std::fmt;
use std::future::{Future, poll_fn};
use std::panic;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

/// A set of tasks with outputs of one type, which are taken as the tasks complete.
///
/// All tasks are aborted when the set is dropped. See also [`TaskGroup`](crate::task::TaskGroup),
/// for tasks that succeed or fail together.
///
/// # Examples
///
/// ```
/// use heist::task::JoinSet;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut set = JoinSet::new();
/// for n in 0..10 {
///     set.spawn(async move { n * n });
/// }
/// let mut sum = 0;
/// while let Some(output) = set.join_next().await {
///     sum += output.unwrap();
/// }
/// assert_eq!(sum, 285);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[must_use = "the tasks are aborted when the set is dropped"]
pub struct JoinSet<T> {
    members: Slab<JoinHandle<T>>,
    done: Arc<Done>,
}

impl<T> JoinSet<T> {
    /// Creates a set without tasks.
    pub fn new() -> Self {
        Self {
            members: Slab::new(),
            done: Arc::default(),
        }
    }

    /// Returns the number of tasks whose outputs have not been taken.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn(async {});
    /// assert_eq!(set.len(), 1); // until it is joined
    /// set.join_next().await;
    /// assert!(set.is_empty());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether the set has no tasks.
    ///
    /// # Examples
    ///
    /// See [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }
}

impl<T: 'static> JoinSet<T> {
    /// Starts a task of the set on the current runtime; see [`spawn`](crate::task::spawn).
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// let endless = set.spawn(std::future::pending());
    /// set.spawn(async { 1 });
    /// endless.abort();
    /// let mut outputs = Vec::new();
    /// while let Some(result) = set.join_next().await {
    ///     outputs.extend(result.ok());
    /// }
    /// assert_eq!(outputs, [1]);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        large_future!(future: F => self.spawn_on(future, &Handle::current()))
    }

    /// Starts a task of the set on the given runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist::{runtime::Runtime, task::JoinSet};
    /// let (runtime, mut set) = (Runtime::new()?, JoinSet::new());
    /// set.spawn_on(async { 1 }, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_all()), [1]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(&mut self, future: F, handle: &Handle) -> AbortHandle
    where
        F: Future<Output = T> + Send + 'static,
        T: Send,
    {
        self.insert(
            large_future!(future: F => handle.spawn_from::<PanicsOnly, _>(future, Origin::caller())),
        )
    }

    /// Starts a task of the set on the current thread; see [`spawn_local`].
    ///
    /// # Panics
    ///
    /// Panics if no local set is driven or entered on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    /// use std::rc::Rc;
    ///
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// let (mut set, shared) = (JoinSet::new(), Rc::new(7));
    /// let outputs = LocalSet::new().block_on(&runtime, async {
    ///     set.spawn_local(async move { *shared });
    ///     set.join_all().await
    /// });
    /// assert_eq!(outputs, [7]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F>(&mut self, future: F) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(large_future!(future: F => spawn_local(future)))
    }

    /// Starts a task of the set in the given local set; see [`LocalSet::spawn_local`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, LocalSet};
    /// use std::rc::Rc;
    ///
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// let (mut set, local, shared) = (JoinSet::new(), LocalSet::new(), Rc::new(7));
    /// set.spawn_local_on(async move { *shared }, &local);
    /// assert_eq!(local.block_on(&runtime, set.join_all()), [7]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F>(&mut self, future: F, local_set: &LocalSet) -> AbortHandle
    where
        F: Future<Output = T> + 'static,
    {
        self.insert(large_future!(future: F => local_set.spawn_local(future)))
    }

    /// Runs a closure as a task of the set, on a thread where it may block; see
    /// [`spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Panics
    ///
    /// Panics outside a runtime, or if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn_blocking(|| std::fs::read_to_string("Cargo.toml").unwrap());
    /// assert!(set.join_all().await[0].contains("heist"));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&mut self, f: F) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        large_closure!(f: F => self.spawn_blocking_on(f, &Handle::current()))
    }

    /// Like [`spawn_blocking`](Self::spawn_blocking), on a thread of the given runtime.
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist::{runtime::Runtime, task::JoinSet};
    /// let (runtime, mut set) = (Runtime::new()?, JoinSet::new());
    /// set.spawn_blocking_on(|| 1 + 2, runtime.handle());
    /// assert_eq!(runtime.block_on(set.join_all()), [3]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(&mut self, f: F, handle: &Handle) -> AbortHandle
    where
        F: FnOnce() -> T + Send + 'static,
        T: Send,
    {
        self.insert(large_closure!(f: F => handle.spawn_blocking(f)))
    }

    /// Returns a builder for the set's next task.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.build_task().name("one").spawn(async { 1 })?;
    /// assert_eq!(set.join_all().await, [1]);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn build_task(&mut self) -> Builder<'_, T> {
        Builder::new(self)
    }

    /// Adds a task to the set.
    fn insert(&mut self, handle: JoinHandle<T>) -> AbortHandle {
        let abort = handle.abort_handle();
        let entry = self.members.vacant_entry();
        let key = entry.key();
        let handle = entry.insert(handle);
        let done = self.done.clone();
        let waker = Waker::from(Arc::new(Member { key, done }));
        if handle.poll_complete(&Context::from_waker(&waker)) {
            self.done.push(key);
        }
        abort
    }

    /// Takes the output of a member that has ended.
    fn take(&mut self, key: usize) -> Option<(Id, Result<T, JoinError>)> {
        let output = self.members.get_mut(key)?.take_complete()?;
        let member = self.members.remove(key);
        Some((member.id(), output))
    }

    /// Waits for the next task to end, and returns its output. Returns `None` if there are no tasks
    /// left.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no output is lost when the future is dropped.
    pub async fn join_next(&mut self) -> Option<Result<T, JoinError>> {
        poll_fn(|cx| self.poll_join_next(cx)).await
    }

    /// Like [`join_next`](Self::join_next), with the task's id. Errors contain the id themselves
    /// ([`JoinError::id`]).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: no output is lost when the future is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// let id = set.spawn(async { 7 }).id();
    /// assert_eq!(set.join_next_with_id().await.unwrap().unwrap(), (id, 7));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        poll_fn(|cx| self.poll_join_next_with_id(cx)).await
    }

    /// Returns the output of a task that has ended, if there is one.
    ///
    /// # Examples
    ///
    /// See [`try_join_next_with_id`](Self::try_join_next_with_id).
    pub fn try_join_next(&mut self) -> Option<Result<T, JoinError>> {
        let result = self.try_join_next_with_id()?;
        Some(result.map(|(_, output)| output))
    }

    /// Like [`try_join_next`](Self::try_join_next), with the task's id.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// let id = set.spawn(async { 7 }).id();
    /// let joined = loop {
    ///     match set.try_join_next_with_id() {
    ///         Some(joined) => break joined.unwrap(),
    ///         None => heist::task::yield_now().await,
    ///     }
    /// };
    /// assert_eq!(joined, (id, 7));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_join_next_with_id(&mut self) -> Option<Result<(Id, T), JoinError>> {
        loop {
            let key = self.done.pop()?;
            if let Some((id, result)) = self.take(key) {
                return Some(result.map(|output| (id, output)));
            }
        }
    }

    /// Polls for the next task that has ended; see [`join_next`](Self::join_next).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::poll_fn;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn(async { 7 });
    /// let joined = poll_fn(|cx| set.poll_join_next(cx)).await;
    /// assert_eq!(joined.unwrap().unwrap(), 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn poll_join_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Result<T, JoinError>>> {
        let next = ready!(self.poll_join_next_with_id(cx));
        Poll::Ready(next.map(|result| result.map(|(_, output)| output)))
    }

    /// Polls for the next task that has ended, with its id; see
    /// [`join_next_with_id`](Self::join_next_with_id).
    ///
    /// # Examples
    ///
    /// See [`poll_join_next`](Self::poll_join_next).
    pub fn poll_join_next_with_id(
        &mut self,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<(Id, T), JoinError>>> {
        if self.members.is_empty() {
            return Poll::Ready(None);
        }
        let progress = ready!(poll_proceed(cx));
        while let Some(key) = self.done.pop_or_wait(cx) {
            if let Some((id, result)) = self.take(key) {
                progress.made();
                return Poll::Ready(Some(result.map(|output| (id, output))));
            }
        }
        Poll::Pending
    }

    /// Waits for all tasks, and returns their outputs in the order in which they completed.
    ///
    /// # Panics
    ///
    /// If a task panicked, resumes its panic; panics if a task was cancelled. The other tasks are
    /// aborted.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future aborts the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::JoinSet;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let set: JoinSet<u32> = (1..=3).map(|n| async move { n * n }).collect();
    /// let mut squares = set.join_all().await;
    /// squares.sort();
    /// assert_eq!(squares, [1, 4, 9]);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn join_all(mut self) -> Vec<T> {
        let mut outputs = Vec::with_capacity(self.len());
        while let Some(result) = self.join_next().await {
            match result {
                Ok(output) => outputs.push(output),
                Err(error) if error.is_panic() => panic::resume_unwind(error.into_panic()),
                Err(error) => panic!("{error}"),
            }
        }
        outputs
    }

    /// Aborts all tasks, and waits until they have ended. Their outputs and errors are dropped.
    ///
    /// # Cancellation safety
    ///
    /// The tasks are aborted at the first poll; tasks that have not been waited for stay in the
    /// set.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.shutdown().await;
    /// assert!(set.is_empty());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn shutdown(&mut self) {
        self.abort_all();
        while self.join_next().await.is_some() {}
    }

    /// Aborts all tasks. They stay in the set until they are joined.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = heist::task::JoinSet::new();
    /// set.spawn(std::future::pending::<()>());
    /// set.abort_all();
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn abort_all(&mut self) {
        for (_, member) in &self.members {
            member.abort();
        }
    }

    /// Removes all tasks from the set, and lets them continue to run.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::{runtime::Runtime, task::JoinSet};
    ///
    /// let (sender, receiver) = std::sync::mpsc::channel();
    /// let (runtime, mut set) = (Runtime::new()?, JoinSet::new());
    /// set.spawn_on(async move { sender.send(7) }, runtime.handle());
    /// set.detach_all();
    /// drop(set);
    /// assert_eq!(receiver.recv(), Ok(7));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn detach_all(&mut self) {
        self.members = Slab::new();
    }
}

impl<T> Drop for JoinSet<T> {
    fn drop(&mut self) {
        for (_, member) in &self.members {
            member.abort();
        }
    }
}

impl<T> Default for JoinSet<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> fmt::Debug for JoinSet<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JoinSet").field("len", &self.len()).finish()
    }
}

/// Spawns each of the futures on the current runtime.
///
/// # Panics
///
/// Panics outside a runtime.
impl<T, F> FromIterator<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn from_iter<I: IntoIterator<Item = F>>(futures: I) -> Self {
        let mut set = Self::new();
        set.extend(futures);
        set
    }
}

/// Spawns each of the futures on the current runtime.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut set = heist::task::JoinSet::new();
/// set.extend((1..=3).map(|n| async move { n }));
/// assert_eq!(set.join_all().await.len(), 3);
/// # });
/// # std::io::Result::Ok(())
/// ```
impl<T, F> Extend<F> for JoinSet<T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    #[track_caller]
    fn extend<I: IntoIterator<Item = F>>(&mut self, futures: I) {
        for future in futures {
            self.spawn(future);
        }
    }
}
