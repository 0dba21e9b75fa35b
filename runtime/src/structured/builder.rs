//! `Builder`: spawning tasks with a name or a priority.

use super::LocalSet;
use super::local_set::spawn_local_from;
use crate::Handle;
use crate::blocking::AtDeadline;
use crate::tasks::{
    ErrorsToo, JoinHandle, Origin, PanicsOnly, Priority, large_closure, large_future,
};
use std::error::Error;
use std::future::Future;
use std::io;

/// Settings for a task.
///
/// The name appears in reports of failures and in the dump of live tasks. A task without a name is
/// identified by its id and the location where it was spawned.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::task::Builder::new()
///     .name("adder")
///     .spawn(async { 1 + 2 })?;
/// assert_eq!(task.await.unwrap(), 3);
/// # std::io::Result::Ok(())
/// # })?;
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, Default, Debug)]
#[must_use = "a builder does nothing until a `spawn` method is called"]
pub struct Builder<'a> {
    name: Option<&'a str>,
    priority: Priority,
    at_deadline: AtDeadline,
}

impl<'a> Builder<'a> {
    /// Creates a builder without settings.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the task's name, which need not be unique.
    pub fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// Sets how soon the task is run once it is ready. It has no effect on local tasks and blocking
    /// closures, nor in a runtime without worker threads
    /// ([`build_current_thread`](crate::Builder::build_current_thread)), which runs its tasks in
    /// order.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{Builder, Priority};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let compaction = Builder::new()
    ///     .name("compaction")
    ///     .priority(Priority::Background)
    ///     .spawn(async { "done while nobody had anything better to do" })?;
    /// compaction.await?;
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Makes a closure of [`spawn_blocking`](Self::spawn_blocking) run even if no thread has taken
    /// it by the deadline of [`shutdown_graceful`](crate::Runtime::shutdown_graceful). This is for
    /// a job whose completion has already been reported, such as the write of a buffer. It has no
    /// effect on other tasks.
    ///
    /// If the runtime has already shut down, the closure is cancelled all the same.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::Builder;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// # let path = std::env::temp_dir().join(format!("heist-even-at-shutdown-{}", std::process::id()));
    /// # let log = path.clone();
    /// let write = move || std::fs::write(log, "the last line");
    /// Builder::new().even_at_shutdown().spawn_blocking(write)?.await??;
    /// # std::fs::remove_file(path)?;
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    pub fn even_at_shutdown(mut self) -> Self {
        self.at_deadline = AtDeadline::Run;
        self
    }

    #[track_caller]
    fn origin(&self) -> Origin {
        Origin::caller().named(self.name)
    }

    /// Starts a task on the current runtime; see [`spawn`](crate::task::spawn).
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    #[track_caller]
    pub fn spawn<F>(self, future: F) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        large_future!(future: F => self.spawn_on(future, &Handle::current()))
    }

    /// Starts a task on the given runtime; see [`Handle::spawn`].
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::{runtime::Runtime, task::Builder};
    ///
    /// let runtime = Runtime::new()?;
    /// let task = Builder::new().name("adder").spawn_on(async { 1 + 2 }, runtime.handle())?;
    /// assert_eq!(runtime.block_on(task)?, 3);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_on<F>(self, future: F, handle: &Handle) -> io::Result<JoinHandle<F::Output>>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let origin = self.origin();
        Ok(
            large_future!(future: F => handle.spawn_by::<PanicsOnly, _>(self.priority, future, origin)),
        )
    }

    /// Starts a task whose error is reported if nothing awaits it; see
    /// [`spawn_try`](crate::task::spawn_try).
    ///
    /// # Errors
    ///
    /// Never returns an error today.
    ///
    /// # Panics
    ///
    /// Panics outside a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// heist::task::Builder::new()
    ///     .name("cleaner")
    ///     .spawn_try(async { std::fs::remove_dir("no-such-directory") })?;
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_try<F, T, E>(self, future: F) -> io::Result<JoinHandle<Result<T, E>>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
    {
        let (handle, origin) = (Handle::current(), self.origin());
        Ok(
            large_future!(future: F => handle.spawn_by::<ErrorsToo, _>(self.priority, future, origin)),
        )
    }

    /// Starts a task on the current thread; see [`spawn_local`](crate::task::spawn_local).
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
    ///
    /// # Panics
    ///
    /// Panics if no local set is driven or entered on this thread.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{Builder, LocalSet};
    /// use std::rc::Rc;
    ///
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// let shared = Rc::new(7);
    /// let seven = LocalSet::new().block_on(&runtime, async {
    ///     let task = Builder::new().name("local").spawn_local(async move { *shared });
    ///     task.unwrap().await
    /// });
    /// assert_eq!(seven?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local<F: Future + 'static>(self, future: F) -> io::Result<JoinHandle<F::Output>> {
        Ok(large_future!(future: F => spawn_local_from(future, self.origin())))
    }

    /// Starts a task of the given set; see [`LocalSet::spawn_local`].
    ///
    /// # Errors
    ///
    /// Never returns an error today. The return type is tokio's.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{Builder, LocalSet};
    /// use std::rc::Rc;
    ///
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// let (set, shared) = (LocalSet::new(), Rc::new(7));
    /// let task = Builder::new().name("local").spawn_local_on(async move { *shared }, &set)?;
    /// assert_eq!(set.block_on(&runtime, task)?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_local_on<F: Future + 'static>(
        self,
        future: F,
        local_set: &LocalSet,
    ) -> io::Result<JoinHandle<F::Output>> {
        Ok(large_future!(future: F => local_set.spawn_from(future, self.origin())))
    }

    /// Runs a closure on a thread where it may block; see
    /// [`spawn_blocking`](crate::task::spawn_blocking).
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
    /// use heist::task::Builder;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let read = || std::fs::read_to_string("Cargo.toml");
    /// let task = Builder::new().name("reader").spawn_blocking(read)?;
    /// assert!(task.await??.contains("heist"));
    /// # std::io::Result::Ok(())
    /// # })?;
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(self, f: F) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        large_closure!(f: F => self.spawn_blocking_on(f, &Handle::current()))
    }

    /// Runs a closure on a thread of the given runtime where it may block; see
    /// [`spawn_blocking`](crate::task::spawn_blocking).
    ///
    /// # Errors
    ///
    /// Returns an error if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::{runtime::Runtime, task::Builder};
    ///
    /// let runtime = Runtime::new()?;
    /// let task = Builder::new().name("adder").spawn_blocking_on(|| 1 + 2, runtime.handle())?;
    /// assert_eq!(runtime.block_on(task)?, 3);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking_on<F, R>(self, f: F, handle: &Handle) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        large_closure!(f: F => handle.spawn_blocking_from(f, self.origin(), self.at_deadline))
    }
}
