//! `Handle`: a runtime as seen from any thread; and spawning through the current one.

use super::block_on::block_on;
use super::context::{self, TryCurrentError};
use crate::blocking::AtDeadline;
use crate::cancellation::CancellationToken;
use crate::entered::Entered;
use crate::scheduler::{LocalWorker, Shared};
use crate::tasks::{
    ErrorsToo, JoinHandle, Origin, PanicsOnly, Priority, Unheard, large_closure, large_future,
};
use crate::watchdog::{Stall, Stalls};
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::future::Future;
use std::io;
use std::marker::PhantomData;
use std::sync::Arc;

/// Identifies a runtime among those that exist. When a runtime and all its handles, tasks and
/// sockets are gone, another one may get its id.
///
/// # Examples
///
/// ```
/// use heist::runtime::Handle;
/// use std::collections::HashMap;
///
/// let (web, jobs) = (heist::runtime::Runtime::new()?, heist::runtime::Runtime::new()?);
/// let names = HashMap::from([(web.handle().id(), "web"), (jobs.handle().id(), "jobs")]);
/// assert_eq!(jobs.block_on(async { names[&Handle::current().id()] }), "jobs");
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub struct Id(usize);

impl Id {
    /// The number that it is shown as.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let id = runtime.handle().id();
    /// assert_eq!(id.to_string(), format!("{:#x}", id.as_usize()));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn as_usize(self) -> usize {
        self.0
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:#x}", self.0)
    }
}

/// A reference to a runtime. Cheap to clone, and usable from any thread.
///
/// It does not keep the runtime running: after the [`Runtime`](crate::Runtime)
/// is dropped, spawned tasks are cancelled at once.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let handle = runtime.handle().clone();
/// drop(runtime);
/// let late = handle.spawn(async {});
/// assert!(handle.block_on(late).unwrap_err().is_cancelled());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Handle {
    shared: Arc<Shared>,
    stalls: Arc<Stalls>,
}

impl Handle {
    pub(crate) fn new(shared: Arc<Shared>, stalls: Arc<Stalls>) -> Self {
        Self { shared, stalls }
    }

    pub(crate) fn stall_log(&self) -> &Stalls {
        &self.stalls
    }

    pub(crate) fn shared(&self) -> &Arc<Shared> {
        &self.shared
    }

    /// Tells this runtime from the others that exist.
    ///
    /// # Examples
    ///
    /// ```
    /// let one = heist::runtime::Runtime::new()?;
    /// let other = heist::runtime::Runtime::new()?;
    /// assert_eq!(one.handle().id(), one.handle().clone().id());
    /// assert_ne!(one.handle().id(), other.handle().id());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        Id(Arc::as_ptr(&self.shared).addr())
    }

    /// The runtime's name, if it was given one by [`Builder::name`](crate::Builder::name).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().name("web").build()?;
    /// let name = |handle: &heist::runtime::Handle| handle.name().map(str::to_owned);
    /// assert_eq!(name(runtime.handle()).as_deref(), Some("web"));
    /// assert_eq!(name(heist::runtime::Runtime::new()?.handle()), None);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.shared.name.as_deref()
    }

    /// The stalls that go on, and before them the last 64 that are over: the oldest first.
    ///
    /// The watchdog finds them, so there are none where it does not look
    /// ([`Builder::stall_threshold`](crate::Builder::stall_threshold)), and one that is not much
    /// longer than the threshold may go unnoticed. A task that says that it blocks, by
    /// [`block_in_place`](crate::task::block_in_place), `block_on` and the like, is no stall.
    ///
    /// With the feature `tracing` stalls are reported too, as warnings with the fields
    /// `runtime.name`, `task.id`, `task.name`, `task.location`, `worker`, `duration` and `goes_on`:
    /// when they are over, and once they have gone on for 100 ms. After 10 in a second the rest of
    /// that second's are only counted, in the field `suppressed` of the next.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = heist::task::Builder::new()
    ///     .name("sleeper")
    ///     // Not how it should be done.
    ///     .spawn_on(async { thread::sleep(Duration::from_millis(50)) }, runtime.handle())?;
    /// let id = task.id();
    /// runtime.block_on(task).unwrap();
    ///
    /// for stall in runtime.handle().stalls() {
    ///     // task 1 ("sleeper", spawned at src/main.rs:7:6) kept worker 0 for 50ms
    ///     println!("{stall}");
    ///     assert_eq!(stall.task_id(), id);
    ///     assert_eq!(stall.name(), Some("sleeper"));
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stalls(&self) -> Vec<Stall> {
        self.stalls.list(&self.shared)
    }

    /// The handle of the current thread's runtime.
    ///
    /// # Panics
    ///
    /// If the thread is not in a runtime; see [`try_current`](Self::try_current).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// runtime.block_on(async {
    ///     let handle = Handle::current();
    ///     // To spawn from a thread that is in no runtime:
    ///     std::thread::spawn(move || handle.spawn(async {})).join().unwrap().await.unwrap();
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        context::with_current(Self::clone)
    }

    /// The handle of the current thread's runtime.
    ///
    /// # Errors
    ///
    /// If the thread is not in a runtime.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::{Handle, Runtime};
    ///
    /// /// As the caller's runtime can be used, or one has to be started.
    /// fn run(future: impl Future<Output = u32>) -> std::io::Result<u32> {
    ///     match Handle::try_current() {
    ///         Ok(handle) => Ok(handle.block_on(future)),
    ///         Err(_) => Ok(Runtime::new()?.block_on(future)),
    ///     }
    /// }
    /// assert_eq!(run(async { 7 })?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn try_current() -> Result<Self, TryCurrentError> {
        context::try_with_current(Self::clone).ok_or_else(TryCurrentError::new)
    }

    /// Calls `f`, in which nothing of a user's may run, with the current thread's runtime, if there
    /// is one: without the cost of a clone. For heist's own packages.
    #[doc(hidden)]
    #[inline]
    pub fn with_current<R>(f: impl FnOnce(&Self) -> R) -> Option<R> {
        context::try_with_current(f)
    }

    /// Makes this the current thread's runtime until the guard is dropped, so that
    /// [`spawn`](crate::spawn) and sockets find it.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = {
    ///     let _guard = runtime.enter();
    ///     heist::spawn(async { 1 + 1 })
    /// };
    /// assert_eq!(runtime.block_on(task).unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        EnterGuard {
            _entered: context::enter(self.clone()),
            _handle: PhantomData,
        }
    }

    /// As [`enter`](Self::enter), for as long as a thread lives. For heist's own packages.
    #[doc(hidden)]
    pub fn enter_owned(&self) -> EnterGuard<'static> {
        EnterGuard {
            _entered: context::enter(self.clone()),
            _handle: PhantomData,
        }
    }

    /// Whether the runtime's tasks run on the thread that is in `block_on`; see
    /// [`Builder::build_current_thread`](crate::Builder::build_current_thread).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().build_current_thread()?;
    /// assert!(runtime.handle().is_current_thread());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_current_thread(&self) -> bool {
        self.shared.flavor.is_current_thread()
    }

    /// Whether the runtime has ended, or is about to.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// assert!(!handle.is_shut_down());
    /// drop(runtime);
    /// assert!(handle.is_shut_down());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_shut_down(&self) -> bool {
        self.shared.is_shut_down()
    }

    /// The value that the runtime was built with; see
    /// [`Builder::extension`](crate::Builder::extension). `None`: it has none of this type.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().extension(7_u32).build()?;
    /// assert_eq!(runtime.handle().extension(), Some(&7_u32));
    /// assert_eq!(runtime.handle().extension::<String>(), None);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn extension<T: Any + Send + Sync>(&self) -> Option<&T> {
        self.shared.extension.as_ref()?.downcast_ref()
    }

    /// A token that is cancelled when the runtime begins to end: by
    /// [`shutdown_graceful`](crate::Runtime::shutdown_graceful), which then waits for the tasks, or
    /// by any other way, which does not.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let token = runtime.handle().shutdown_token().clone();
    /// assert!(!token.is_cancelled());
    /// drop(runtime);
    /// assert!(token.is_cancelled());
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// See [`shutdown_graceful`](crate::Runtime::shutdown_graceful).
    pub fn shutdown_token(&self) -> &CancellationToken {
        self.shared.draining.token()
    }

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

    /// Starts a task whose error is reported if nobody awaits it; see
    /// [`spawn_try`](crate::spawn_try).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// // Nobody awaits it, so its error is reported.
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
        U: Unheard<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        let (handle, late) = self.shared.spawn::<U, F>(future, origin);
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
        U: Unheard<F::Output>,
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        if priority == Priority::Normal {
            return self.spawn_from::<U, F>(future, origin);
        }
        let (handle, late) = self.shared.spawn_by::<U, F>(priority, future, origin);
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
    /// If the operating system gives no thread to run it on.
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
        self.shared.blocking.spawn(f, origin, at_deadline)
    }

    /// Runs a future to completion on the current thread, within this runtime.
    ///
    /// See [`Runtime::block_on`](crate::Runtime::block_on). Once the runtime has
    /// shut down, a future that waits for its sockets gets errors, and one that
    /// waits for its timers is not woken any more.
    ///
    /// In a task it works as [`block_in_place`](crate::task::block_in_place) does.
    ///
    /// # Panics
    ///
    /// A panic of the future is passed on.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// // Of blocking code, the asynchronous part:
    /// let job = runtime.spawn_blocking(move || handle.block_on(async { 1 + 1 }));
    /// assert_eq!(runtime.block_on(job).unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        large_future!(future: F => block_on(self, future))
    }
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("workers", &self.shared.worker_count())
            .field("live_tasks", &self.shared.live_tasks())
            .finish_non_exhaustive()
    }
}

/// Keeps a runtime current; see [`Handle::enter`].
///
/// Guards may be dropped in any order: the latest one that is left counts. The runtime may end
/// while there are guards.
///
/// # Examples
///
/// ```
/// use heist::runtime::Handle;
///
/// let runtime = heist::runtime::Runtime::new()?;
/// let guard = runtime.enter();
/// assert!(Handle::try_current().is_ok());
/// drop(guard);
/// assert!(Handle::try_current().is_err());
/// # std::io::Result::Ok(())
/// ```
#[must_use = "the runtime is current only until the guard is dropped"]
pub struct EnterGuard<'a> {
    // Not a destructor of the guard's own: the runtime may be taken while there is a guard.
    _entered: Entered<Handle>,
    _handle: PhantomData<&'a Handle>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

/// Starts a task on the current runtime. It runs at once and on its own, whether
/// or not the handle is awaited; dropping the handle detaches it.
///
/// A panic of the task is caught, and is the output that the handle gives. When the handle has been
/// dropped, before the panic or after it, the panic is reported, once, with the task's id and where
/// it was spawned: to
/// [`Builder::on_task_failure`](crate::Builder::on_task_failure), by default to standard error. An
/// error that the task returns is its output like any other: [`spawn_try`] reports that too.
///
/// # Panics
///
/// Outside a runtime.
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

/// Starts a task that may fail, on the current runtime. As [`spawn`], and an error that nobody can
/// await any more is reported as a panic is: with the task's id, and where it was spawned.
///
/// The error may be of any type that `?` turns into a `Box<dyn Error + Send + Sync>`, such as
/// [`std::io::Error`] or `String`. Awaited, it comes as it is.
///
/// # Panics
///
/// Outside a runtime.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// // Nobody awaits this one. It says so on standard error:
/// // heist: task 1 (spawned at src/main.rs:3:16) failed: No such file or directory (os error 2)
/// heist::spawn_try(async { std::fs::remove_file("no-such-file") });
///
/// // This one is awaited, and so its error is the caller's.
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
    U: Unheard<F::Output>,
    F: Future + Send + 'static,
    F::Output: Send + 'static,
{
    let (handle, late) =
        context::with_current(|handle| handle.shared.spawn::<U, F>(future, origin));
    if let Some(task) = late {
        // Only now: the future's destructors may want to change the context.
        task.shutdown();
    }
    handle
}

/// Runs a closure on a thread where it may block, and gives its result to
/// whoever awaits the handle.
///
/// Threads are started on demand up to a limit
/// ([`Builder::max_blocking_threads`](crate::Builder::max_blocking_threads));
/// beyond it closures wait their turn. A closure cannot be stopped once it runs:
/// [`JoinHandle::abort`] works only before.
///
/// A runtime that is dropped runs the closures that it has accepted, and waits for them, also for
/// those whose turn has yet to come; one that is given later is cancelled at once. Only the
/// deadline of [`Runtime::shutdown_graceful`](crate::Runtime::shutdown_graceful) cancels those that
/// have not started.
///
/// # Panics
///
/// Outside a runtime, or if the operating system gives no thread to run it on.
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

/// Calls a closure that may block, on the current thread, and has others do the work of the
/// thread's worker meanwhile.
///
/// A task that blocks without saying so is noticed too, after a millisecond or two. Saying so
/// spares the others that wait. Only the current task is held up: what it polls besides, as by
/// `join` or `select`, waits with it; [`spawn_blocking`] does not have that disadvantage. Outside
/// tasks this just calls the closure.
///
/// # Panics
///
/// A panic of the closure is passed on.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(async {
///     heist::task::block_in_place(|| std::fs::read_to_string("Cargo.toml"))
/// });
/// assert!(task.await.unwrap().is_ok());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
    LocalWorker::block_in_place(f)
}

/// Which of its runtime's workers the current thread is, from 0; `None`: it is none. A spare worker
/// has the number of one of the regular ones.
///
/// # Examples
///
/// ```
/// use heist::runtime::worker_index;
///
/// let runtime = heist::runtime::Builder::new().worker_threads(1).build()?;
/// let task = runtime.spawn(async { worker_index() });
/// assert_eq!(runtime.block_on(task).unwrap(), Some(0));
/// assert_eq!(worker_index(), None);
/// # std::io::Result::Ok(())
/// ```
pub fn worker_index() -> Option<usize> {
    LocalWorker::current_number()
}
