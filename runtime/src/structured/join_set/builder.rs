//! `Builder`: spawning tasks of a set with a name or a priority.

use super::JoinSet;
use crate::Handle;
use crate::structured;
use crate::tasks::{AbortHandle, Priority, large_closure, large_future};
use std::future::Future;
use std::io;

/// Settings for a task of a [`JoinSet`], like [`task::Builder`](crate::task::Builder). Created by
/// [`JoinSet::build_task`].
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut set = heist::task::JoinSet::new();
/// set.build_task().name("one").spawn(async { 1 })?;
/// assert_eq!(set.len(), 1);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[must_use = "a builder does nothing until a `spawn` method is called"]
pub struct Builder<'a, T> {
    set: &'a mut JoinSet<T>,
    task: structured::Builder<'a>,
}

impl<'a, T: Send + 'static> Builder<'a, T> {
    /// Sets the task's name, which need not be unique.
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
    pub fn name(mut self, name: &'a str) -> Self {
        self.task = self.task.name(name);
        self
    }

    /// Sets how soon the task is run once it is ready; see
    /// [`task::Builder::priority`](crate::task::Builder::priority).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{JoinSet, Priority};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut set = JoinSet::new();
    /// set.build_task().priority(Priority::Background).spawn(async { 1 })?;
    /// assert_eq!(set.join_all().await, [1]);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn priority(mut self, priority: Priority) -> Self {
        self.task = self.task.priority(priority);
        self
    }

    /// Starts the task on the current runtime; see [`JoinSet::spawn`].
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
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
    /// let pending = set.build_task().name("endless").spawn(std::future::pending::<()>())?;
    /// pending.abort();
    /// assert!(set.join_next().await.unwrap().unwrap_err().is_cancelled());
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
    {
        Ok(self
            .set
            .insert(large_future!(future: F => self.task.spawn(future))?))
    }

    /// Starts the task on the given runtime; see [`JoinSet::spawn_on`].
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist::{runtime::Runtime, task::JoinSet};
    /// let (runtime, mut set) = (Runtime::new()?, JoinSet::new());
    /// set.build_task().name("one").spawn_on(async { 1 }, runtime.handle())?;
    /// assert_eq!(runtime.block_on(set.join_all()), [1]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: Future<Output = T> + Send + 'static,
    {
        Ok(self
            .set
            .insert(large_future!(future: F => self.task.spawn_on(future, handle))?))
    }

    /// Runs a blocking closure as the task; see [`JoinSet::spawn_blocking`].
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system provides no thread to run it on.
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
    /// set.build_task().name("adder").spawn_blocking(|| 1 + 2)?;
    /// assert_eq!(set.join_all().await, [3]);
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F>(self, f: F) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        Ok(self
            .set
            .insert(large_closure!(f: F => self.task.spawn_blocking(f))?))
    }

    /// Runs a blocking closure as the task, on the given runtime; see
    /// [`JoinSet::spawn_blocking_on`].
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist::{runtime::Runtime, task::JoinSet};
    /// let (runtime, mut set) = (Runtime::new()?, JoinSet::new());
    /// set.build_task().name("adder").spawn_blocking_on(|| 1 + 2, runtime.handle())?;
    /// assert_eq!(runtime.block_on(set.join_all()), [3]);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F>(self, f: F, handle: &Handle) -> io::Result<AbortHandle>
    where
        F: FnOnce() -> T + Send + 'static,
    {
        Ok(self
            .set
            .insert(large_closure!(f: F => self.task.spawn_blocking_on(f, handle))?))
    }
}

impl<'a, T> Builder<'a, T> {
    pub(super) fn new(set: &'a mut JoinSet<T>) -> Self {
        Self {
            set,
            task: structured::Builder::new(),
        }
    }
}

impl<T> std::fmt::Debug for Builder<'_, T> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("task", &self.task)
            .finish_non_exhaustive()
    }
}
