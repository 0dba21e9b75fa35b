//! Failures of tasks that nothing can await any more, and how they are reported.
//!
//! A task's failure is returned by its handle. When the handle has been dropped, before or after
//! the failure, the thread that drops the output reports it. Invariant: each failure is either
//! returned or reported, once.

use super::id::Id;
use super::meta::TaskMeta;
use crate::panics;
use crate::sync::lock::Mutex;
use crate::waking::GuardedWaker;
use slab::Slab;
use std::any::Any;
use std::error::Error;
use std::fmt;
use std::panic::Location;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use std::sync::{Arc, OnceLock};
use std::task::Waker;

/// A task that failed and that nothing can await any more.
///
/// Passed to the hook set by [`Builder::on_task_failure`](crate::Builder::on_task_failure).
///
/// # Examples
///
/// ```
/// use heist::task::FailureCause;
/// use std::sync::mpsc;
///
/// let (sender, told) = mpsc::channel();
/// let runtime = heist::runtime::Builder::new()
///     .on_task_failure(move |failure| {
///         // task 1 ("cleaner", spawned at src/main.rs:16:6) panicked: oops
///         eprintln!("{failure}");
///         let is_known = matches!(failure.cause(), FailureCause::Panic(Some("oops")))
///             && failure.location().file() == file!();
///         let _ = sender.send((failure.id(), failure.name() == Some("cleaner"), is_known));
///     })
///     .build()?;
/// let task = heist::task::Builder::new()
///     .name("cleaner")
///     .spawn_on(async { panic!("oops") }, runtime.handle())?;
/// let id = task.id();
/// drop(task);
/// assert_eq!(told.recv().unwrap(), (id, true, true));
/// # std::io::Result::Ok(())
/// ```
pub struct TaskFailure<'a> {
    task: &'a TaskMeta,
    cause: FailureCause<'a>,
}

/// Why a task failed.
///
/// # Examples
///
/// See [`TaskFailure`].
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum FailureCause<'a> {
    /// The task panicked, with this message if the panic's payload was a string.
    Panic(Option<&'a str>),
    /// The task was spawned by [`spawn_try`](crate::task::spawn_try), or in a
    /// [`TaskGroup`](crate::task::TaskGroup) that was never joined, and returned this error.
    Error(&'a (dyn Error + Send + Sync + 'static)),
}

impl<'a> TaskFailure<'a> {
    /// Returns the task's id.
    pub fn id(&self) -> Id {
        self.task.id()
    }

    /// Returns the task's name, if [`task::Builder`](crate::task::Builder) gave it one.
    pub fn name(&self) -> Option<&'a str> {
        self.task.name()
    }

    /// Returns where the task was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.task.location()
    }

    /// Returns why the task failed.
    pub fn cause(&self) -> FailureCause<'a> {
        self.cause
    }
}

impl fmt::Display for TaskFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ", self.task)?;
        match self.cause {
            FailureCause::Panic(Some(message)) => write!(f, "panicked: {message}"),
            FailureCause::Panic(None) => f.write_str("panicked"),
            FailureCause::Error(error) => {
                write!(f, "failed: {error}")?;
                let mut source = error.source();
                while let Some(error) = source {
                    write!(f, ": {error}")?;
                    source = error.source();
                }
                Ok(())
            }
        }
    }
}

impl fmt::Debug for TaskFailure<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task
            .debug(f, "TaskFailure")
            .field("cause", &self.cause)
            .finish()
    }
}

/// What a runtime does when a task panics that nothing can await any more.
///
/// Set by [`Builder::unhandled_panic`](crate::Builder::unhandled_panic).
///
/// # Examples
///
/// ```
/// use heist::task::UnhandledPanic;
///
/// let runtime = heist::runtime::Builder::new()
///     .unhandled_panic(UnhandledPanic::Ignore)
///     .build()?;
/// drop(runtime.spawn(async { panic!("of no interest") }));
/// assert_eq!(runtime.block_on(async { 7 }), 7);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
#[non_exhaustive]
pub enum UnhandledPanic {
    /// Reports the panic.
    #[default]
    Report,
    /// Reports the panic and shuts the runtime down: its tasks are cancelled, and each
    /// [`block_on`](crate::Runtime::block_on) in progress panics.
    ShutdownRuntime,
    /// Does nothing beyond what the program's panic hook does.
    Ignore,
}

pub(crate) type FailureHook = Arc<dyn Fn(&TaskFailure<'_>) + Send + Sync>;

/// Where a runtime's tasks and blocking jobs report their failures.
pub(crate) struct Failures {
    hook: Option<FailureHook>,
    on_panic: UnhandledPanic,
    runtime: Option<Arc<str>>,
    /// Shuts the runtime down. Used for `ShutdownRuntime` only, as are the fields below.
    end_runtime: OnceLock<Box<dyn Fn() + Send + Sync>>,
    /// Whether a panic has shut the runtime down.
    is_fatal: AtomicBool,
    /// The calls of `block_on` in progress, which panic then.
    blocked: Mutex<Slab<GuardedWaker>>,
}

/// The default settings of a runtime, for tasks that belong to none.
impl Default for Failures {
    fn default() -> Self {
        Self::new(None, UnhandledPanic::Report, None)
    }
}

impl Failures {
    pub(crate) fn new(
        hook: Option<FailureHook>,
        on_panic: UnhandledPanic,
        runtime: Option<Arc<str>>,
    ) -> Self {
        Self {
            hook,
            on_panic,
            runtime,
            end_runtime: OnceLock::new(),
            is_fatal: AtomicBool::new(false),
            blocked: Mutex::new(Slab::new()),
        }
    }

    /// Sets how the runtime that reports here is shut down.
    pub(crate) fn set_end_runtime(&self, end: impl Fn() + Send + Sync + 'static) {
        let first = self.end_runtime.set(Box::new(end));
        debug_assert!(first.is_ok(), "it belongs to one runtime");
    }

    /// Registers the waker to be woken when a panic shuts the runtime down, if the settings allow
    /// that.
    pub(crate) fn watch(&self, waker: &Waker) -> Option<Watch<'_>> {
        (self.on_panic == UnhandledPanic::ShutdownRuntime).then(|| Watch {
            failures: self,
            key: self.blocked.lock().insert(waker.into()),
        })
    }

    pub(crate) fn report_panic(&self, task: &TaskMeta, payload: &(dyn Any + Send)) {
        if self.on_panic == UnhandledPanic::Ignore {
            return;
        }
        let cause = FailureCause::Panic(panics::message(payload));
        self.report(&TaskFailure { task, cause });
        if self.on_panic == UnhandledPanic::ShutdownRuntime {
            self.end_runtime();
        }
    }

    fn end_runtime(&self) {
        self.is_fatal.store(true, Release);
        if let Some(end) = self.end_runtime.get() {
            end();
        }
        for (_, waker) in &*self.blocked.lock() {
            waker.wake_by_ref();
        }
    }

    pub(crate) fn report_error(
        &self,
        task: &TaskMeta,
        error: &(dyn Error + Send + Sync + 'static),
    ) {
        let cause = FailureCause::Error(error);
        self.report(&TaskFailure { task, cause });
    }

    fn report(&self, failure: &TaskFailure<'_>) {
        panics::contain(|| match &self.hook {
            Some(hook) => hook(failure),
            None => report_by_default(failure, self.runtime.as_deref()),
        });
    }
}

/// A call of `block_on` that a task's panic may end.
pub(crate) struct Watch<'a> {
    failures: &'a Failures,
    key: usize,
}

impl Watch<'_> {
    /// # Panics
    ///
    /// Panics if a task's panic has shut the runtime down.
    pub(crate) fn check(&self) {
        assert!(
            !self.failures.is_fatal.load(Acquire),
            "a task has panicked, and the runtime is set to shut down then (`unhandled_panic`)"
        );
    }
}

impl Drop for Watch<'_> {
    fn drop(&mut self) {
        self.failures.blocked.lock().remove(self.key);
    }
}

#[cfg(feature = "tracing")]
fn report_by_default(failure: &TaskFailure<'_>, runtime: Option<&str>) {
    tracing::error!(
        runtime.name = runtime,
        task.id = %failure.id(),
        task.name = failure.name(),
        spawn.location = %failure.location(),
        "{failure}"
    );
}

#[cfg(not(feature = "tracing"))]
fn report_by_default(failure: &TaskFailure<'_>, runtime: Option<&str>) {
    match runtime {
        Some(name) => eprintln!("heist ({name}): {failure}"),
        None => eprintln!("heist: {failure}"),
    }
}

/// Decides whether an output that is never taken is a failure.
pub(crate) trait Unobserved<T>: 'static {
    /// Returns the failure in the output, or drops the output.
    fn failure(output: T) -> Option<Box<dyn Error + Send + Sync>>;
}

/// For tasks whose outputs are left to the spawner.
pub(crate) struct PanicsOnly;

impl<T> Unobserved<T> for PanicsOnly {
    fn failure(_output: T) -> Option<Box<dyn Error + Send + Sync>> {
        None
    }
}

/// For tasks spawned by `spawn_try`.
pub(crate) struct ErrorsToo;

impl<T, E> Unobserved<Result<T, E>> for ErrorsToo
where
    E: Into<Box<dyn Error + Send + Sync>>,
{
    fn failure(output: Result<T, E>) -> Option<Box<dyn Error + Send + Sync>> {
        output.err().map(Into::into)
    }
}
