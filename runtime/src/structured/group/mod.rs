//! `TaskGroup`: tasks that succeed or fail together, and end before their group does.
//!
//! `members` is the state that the group shares with its tasks, `run` is what a task does besides
//! its future, and `error` is the result of failures.

mod error;
mod members;
mod run;

pub use error::{GroupError, GroupFailure};

use crate::Handle;
use crate::blocking::AtDeadline;
use crate::cancellation::CancellationToken;
use crate::tasks::{Origin, PanicsOnly, large_closure, large_future};
use crate::time::Instant;
use members::{Members, Settings};
use std::error::Error;
use std::fmt;
use std::future::{Future, poll_fn};
use std::sync::Arc;
use std::time::Duration;

/// Tasks that succeed or fail together: structured concurrency.
///
/// The first task that returns an error or panics cancels the others. [`join`](Self::join) waits
/// until all have ended, and returns either all outputs or all failures. A group that is dropped,
/// joined or not, cancels its tasks, so no task outlives the scope that spawned it.
///
/// If a group is dropped without being joined, its failures are reported like those of tasks that
/// are not awaited (see [`spawn_try`](crate::task::spawn_try)). Therefore errors must be of a type
/// that `?` converts into a `Box<dyn Error + Send + Sync>`.
///
/// A task is cancelled by dropping its future where it waits, which also cancels nested groups. A
/// closure of [`spawn_blocking`](Self::spawn_blocking) that is running cannot be cancelled; it may
/// check the group's [`token`](Self::token).
///
/// # Examples
///
/// ```
/// use heist::task::TaskGroup;
///
/// async fn page(number: u32) -> Result<String, String> {
///     Ok(format!("page {number}"))
/// }
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let group = TaskGroup::new();
/// for number in 1..=3 {
///     group.spawn(page(number));
/// }
/// assert_eq!(group.join().await?, ["page 1", "page 2", "page 3"]);
///
/// let group = TaskGroup::new();
/// group.spawn(async { std::future::pending().await });
/// group.spawn(async { Err::<(), _>("no such page") });
/// let error = group.join().await.unwrap_err();
/// assert_eq!(error.to_string(), "no such page (1 other task was cancelled)");
/// # Ok::<_, heist::task::GroupError<String>>(())
/// # }).unwrap();
/// # std::io::Result::Ok(())
/// ```
#[must_use = "the tasks are cancelled when the group is dropped"]
pub struct TaskGroup<T, E> {
    members: Arc<Members<T, E>>,
}

impl<T, E> TaskGroup<T, E> {
    /// Creates a group without tasks.
    pub fn new() -> Self {
        Self::with_token(CancellationToken::new())
    }

    /// Creates a group that is also cancelled when `token` is.
    ///
    /// When the group fails or is dropped, it cancels a [child](CancellationToken::child_token) of
    /// that token, not the token itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{CancellationToken, TaskGroup};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let shutdown = CancellationToken::new();
    /// let group = TaskGroup::<(), String>::with_token(shutdown.clone());
    /// group.spawn(std::future::pending());
    /// shutdown.cancel();
    /// let error = group.join().await.unwrap_err();
    /// assert_eq!((error.failures().len(), error.cancelled()), (0, 1));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn with_token(token: CancellationToken) -> Self {
        Self {
            members: Arc::new(Members::new(token.child_token(), Settings::default())),
        }
    }

    /// Sets how many tasks run at once at most (0 counts as 1). The others wait, in the order in
    /// which they were spawned. Must be called before the first task is spawned. By default there
    /// is no limit.
    ///
    /// # Panics
    ///
    /// Panics if the group already has tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = heist::task::TaskGroup::<_, String>::new().limit(2);
    /// for n in 0..10 {
    ///     group.spawn(async move { Ok(n) });
    /// }
    /// assert_eq!(group.join().await.unwrap().len(), 10);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn limit(self, tasks: usize) -> Self {
        self.set(|settings| settings.limit = tasks.max(1))
    }

    /// Sets a deadline `duration` from now. If the group has tasks then, or gets some later, they
    /// are cancelled, and it fails with [`GroupFailure::Deadline`]. If all its tasks have ended by
    /// then, it may also be joined later. Must be called before the first task is spawned.
    ///
    /// # Panics
    ///
    /// Panics if the group already has tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{GroupFailure, TaskGroup};
    /// use std::time::Duration;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), String>::new().timeout(Duration::from_millis(1));
    /// group.spawn(std::future::pending());
    /// let error = group.join().await.unwrap_err();
    /// assert!(matches!(error.first(), Some(GroupFailure::Deadline)));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn timeout(self, duration: Duration) -> Self {
        // A deadline that the clock cannot represent never comes.
        let deadline = Instant::now().checked_add(duration);
        self.set(|settings| settings.deadline = deadline)
    }

    #[track_caller]
    fn set(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        let members = Arc::get_mut(&mut self.members)
            .expect("a group is set up before its tasks are spawned");
        change(&mut members.settings);
        self
    }

    /// Returns the token that is cancelled with the group: by a failure, the deadline, or its end.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<_, String>::new();
    /// let token = group.token().clone();
    /// group.spawn_blocking(move || {
    ///     while !token.is_cancelled() {
    ///         std::thread::yield_now();
    ///     }
    ///     Ok("interrupted")
    /// });
    /// group.cancel();
    /// assert!(group.token().is_cancelled());
    /// # let _ = group.join().await;
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn token(&self) -> &CancellationToken {
        &self.members.token
    }

    /// Cancels all tasks, and those that are spawned from now on. [`join`](Self::join) then reports
    /// how many were cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), String>::new();
    /// group.spawn(std::future::pending());
    /// group.cancel();
    /// assert_eq!(group.join().await.unwrap_err().cancelled(), 1);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn cancel(&self) {
        self.members.cancel();
    }

    /// Returns the number of tasks that have not ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<(), String>::new();
    /// assert!(group.is_empty());
    /// group.spawn(std::future::pending());
    /// assert_eq!(group.len(), 1);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Returns whether all tasks have ended.
    ///
    /// # Examples
    ///
    /// See [`len`](Self::len).
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<T, E> TaskGroup<T, E>
where
    T: Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
{
    /// Starts a task of the group on the current runtime, or queues it if the [limit](Self::limit)
    /// has been reached.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn spawn<F>(&self, future: F)
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        large_future!(future: F => self.spawn_from(future, Origin::caller()));
    }

    #[track_caller]
    fn spawn_from<F>(&self, future: F, origin: Origin)
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
    {
        let runtime = Handle::current();
        let task = run::Run::new(self.members.enter(&runtime), future);
        let start = move || drop(runtime.spawn_from::<PanicsOnly, _>(task, origin));
        self.members.start(Box::new(start));
    }

    /// Runs a closure as a task of the group, on a thread where it may block; see
    /// [`spawn_blocking`](crate::task::spawn_blocking). The group waits for it to end.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = heist::task::TaskGroup::new();
    /// group.spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
    /// assert!(group.join().await.unwrap()[0].contains("heist"));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(&self, f: F)
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        large_closure!(f: F => self.spawn_blocking_from(f, Origin::caller()));
    }

    #[track_caller]
    fn spawn_blocking_from<F>(&self, f: F, origin: Origin)
    where
        F: FnOnce() -> Result<T, E> + Send + 'static,
    {
        let runtime = Handle::current();
        let ticket = self.members.enter(&runtime);
        let start = move || {
            let job = move || run::run_blocking(ticket, f);
            // Without a thread the job is dropped with its ticket, and counts as cancelled.
            drop(runtime.spawn_blocking_from(job, origin, AtDeadline::Cancel));
        };
        self.members.start(Box::new(start));
    }

    /// Waits until all tasks have ended, and returns their outputs in the order in which they were
    /// spawned.
    ///
    /// # Errors
    ///
    /// Returns an error if a task returned an error or panicked, if the deadline passed, or if the
    /// group was cancelled. In these cases too, all tasks have ended.
    ///
    /// # Cancellation safety
    ///
    /// Dropping the future cancels the tasks.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::TaskGroup;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let group = TaskGroup::<_, &str>::new();
    /// group.spawn(async { Ok(1) });
    /// group.spawn(async { Ok(2) });
    /// assert_eq!(group.join().await.unwrap(), [1, 2]);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub async fn join(self) -> Result<Vec<T>, GroupError<E>> {
        poll_fn(|cx| self.members.poll_empty(cx)).await;
        self.members.result()
    }
}

impl<T, E> Default for TaskGroup<T, E> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T, E> Drop for TaskGroup<T, E> {
    fn drop(&mut self) {
        self.members.cancel();
    }
}

impl<T, E> fmt::Debug for TaskGroup<T, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TaskGroup")
            .field("len", &self.len())
            .field("token", &self.members.token)
            .finish_non_exhaustive()
    }
}
