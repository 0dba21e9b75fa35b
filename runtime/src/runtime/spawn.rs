//! Starts tasks and blocking closures, by a handle or on the current thread's runtime.

use super::context::with_current;
use super::handle::Handle;
use crate::blocking::AtDeadline;
use crate::tasks::{
    ErrorsToo, JoinHandle, Origin, PanicsOnly, Priority, Unobserved, large_closure, large_future,
};
use std::error::Error;
use std::future::Future;
use std::io;

impl Handle {
    /// Starts a task; see [`spawn`](crate::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let thread = std::thread::spawn(move || handle.spawn(async { 1 + 1 }));
    /// assert_eq!(runtime.block_on(thread.join().unwrap()).unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        large_future!(future: F => self.spawn_from::<PanicsOnly, _>(future, Origin::caller()))
    }

    /// Starts a task whose error is reported if nothing awaits it; see
    /// [`spawn_try`](crate::spawn_try).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// // It is not awaited, so its error is reported.
    /// runtime.handle().spawn_try(async { std::fs::remove_file("no-such-file") });
    ///
    /// let task = runtime.handle().spawn_try(async { "7".parse::<u32>() });
    /// assert_eq!(runtime.block_on(task).unwrap(), Ok(7));
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_try<F, T, E>(&self, future: F) -> JoinHandle<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
    {
        large_future!(future: F => self.spawn_from::<ErrorsToo, _>(future, Origin::caller()))
    }

    pub(crate) fn spawn_from<U, F>(&self, future: F, origin: Origin) -> JoinHandle<F::Output>
    where
        U: Unobserved<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (handle, late) = self.shared().spawn::<U, F>(future, origin);
        if let Some(task) = late {
            task.shutdown();
        }
        handle
    }

    pub(crate) fn spawn_by<U, F>(
        &self,
        priority: Priority,
        future: F,
        origin: Origin,
    ) -> JoinHandle<F::Output>
    where
        U: Unobserved<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if priority == Priority::Normal {
            return self.spawn_from::<U, F>(future, origin);
        }
        let (handle, late) = self.shared().spawn_by::<U, F>(priority, future, origin);
        if let Some(task) = late {
            task.shutdown();
        }
        handle
    }

    /// Runs a closure on a thread where it may block; see
    /// [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let text = runtime.handle().spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
    /// assert!(runtime.block_on(text).unwrap()?.contains("[package]"));
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let spawned = large_closure!(f: F => self.spawn_blocking_from(f, Origin::caller(), AtDeadline::Cancel));
        match spawned {
            Ok(handle) => handle,
            Err(error) => panic!("cannot start a thread for `spawn_blocking`: {error}"),
        }
    }

    pub(crate) fn spawn_blocking_from<F, R>(
        &self,
        f: F,
        origin: Origin,
        at_deadline: AtDeadline,
    ) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        self.shared().blocking.spawn(f, origin, at_deadline)
    }
}

/// Starts a task on the current runtime. It runs independently of its handle, whether or not that
/// is awaited; dropping the handle detaches the task.
///
/// A panic of the task is caught, and the handle returns it as an error. If the handle has been
/// dropped, before or after the panic, the panic is reported, once, with the task's id and where it
/// was spawned: to [`Builder::on_task_failure`](crate::Builder::on_task_failure), by default to
/// standard error. An error that the task returns is an output like any other; [`spawn_try`] also
/// reports errors.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let tasks: Vec<_> = (1..=10).map(|n| heist::spawn(async move { n * n })).collect();
/// let mut sum = 0;
/// for task in tasks {
///     sum += task.await.unwrap();
/// }
/// assert_eq!(sum, 385);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    large_future!(future: F => spawn_from::<PanicsOnly, _>(future, Origin::caller()))
}

/// Starts a task that may fail, on the current runtime. Like [`spawn`], but an error that nothing
/// can await any more is reported in the same way as a panic: with the task's id, and where it was
/// spawned.
///
/// The error may be of any type that `?` converts into a `Box<dyn Error + Send + Sync>`, such as
/// [`std::io::Error`] or `String`. If it is awaited, it is returned unchanged.
///
/// # Panics
///
/// Panics outside a runtime.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// // This one is not awaited. Its error is reported on standard error:
/// // heist: task 1 (spawned at src/main.rs:3:16) failed: No such file or directory (os error 2)
/// heist::spawn_try(async { std::fs::remove_file("no-such-file") });
///
/// // This one is awaited, so its error is returned here.
/// let task = heist::spawn_try(async { "7".parse::<u32>() });
/// assert_eq!(task.await.unwrap(), Ok(7));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn spawn_try<F, T, E>(future: F) -> JoinHandle<Result<T, E>>
where
    F: Future<Output = Result<T, E>> + Send + 'static,
    T: Send + 'static,
    E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
{
    large_future!(future: F => spawn_from::<ErrorsToo, _>(future, Origin::caller()))
}

#[track_caller]
fn spawn_from<U, F>(future: F, origin: Origin) -> JoinHandle<F::Output>
where
    U: Unobserved<F::Output>,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (handle, late) = with_current(|handle| handle.shared().spawn::<U, F>(future, origin));
    if let Some(task) = late {
        // Not within the call above: the future's destructors may change the context.
        task.shutdown();
    }
    handle
}

/// Runs a closure on a thread where it may block, and returns its result through the handle.
///
/// Threads are started on demand up to a limit
/// ([`Builder::max_blocking_threads`](crate::Builder::max_blocking_threads)); beyond it closures
/// wait their turn. A closure cannot be stopped once it runs: [`JoinHandle::abort`] works only
/// before.
///
/// A runtime that is dropped runs the closures that it has accepted, and waits for them, even for
/// those that have not started; closures submitted later are cancelled at once. Only the deadline
/// of [`Runtime::shutdown_graceful`](crate::Runtime::shutdown_graceful) cancels those that have not
/// started.
///
/// # Panics
///
/// Panics outside a runtime, or if the operating system provides no thread to run it on.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let text = heist::spawn_blocking(|| std::fs::read_to_string("Cargo.toml"))
///     .await
///     .expect("the closure does not panic");
/// assert!(text.is_ok());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn spawn_blocking<F, R>(f: F) -> JoinHandle<R>
where
    F: FnOnce() -> R + Send + 'static,
    R: Send + 'static,
{
    large_closure!(f: F => Handle::current().spawn_blocking(f))
}
