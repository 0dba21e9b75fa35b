//! `LocalRuntime`: a current-thread runtime that stays on its thread, and whose tasks may therefore
//! hold what is not `Send`.
//!
//! Invariant: only the thread that built it is ever its worker, and ends it.

use super::{Handle, Runtime};
use crate::tasks::{JoinHandle, Origin, PanicsOnly, large_future};
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;

/// A runtime for the current thread alone; from
/// [`Builder::build_local`](crate::Builder::build_local).
///
/// What a [`Runtime`] can do, it can do as well, with tasks that are `Send`; they run here, too.
/// Its `block_on` panics on other threads.
///
/// # Examples
///
/// ```
/// use std::rc::Rc;
///
/// let runtime = heist::runtime::Builder::new().build_local()?;
/// let shared = Rc::new(7);
/// let task = runtime.spawn_local(async move { *shared });
/// assert_eq!(runtime.block_on(task)?, 7);
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
pub struct LocalRuntime {
    runtime: Runtime,
    /// Keeps it on its thread.
    _local: PhantomData<*const ()>,
}

impl LocalRuntime {
    /// To be called on the thread that the runtime is local to.
    pub(super) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            _local: PhantomData,
        }
    }

    /// Starts a task, whose future need not be `Send`.
    ///
    /// # Examples
    ///
    /// See [`LocalRuntime`].
    #[track_caller]
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        large_future!(future: F => self.handle().spawn_here(future, Origin::caller()))
    }

    /// As [`Runtime::shutdown_background`].
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().build_local()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// runtime.shutdown_background();
    /// assert!(task.is_finished());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_background(self) {
        self.runtime.shutdown_background();
    }

    /// As [`Runtime::shutdown_timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().build_local()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// runtime.shutdown_timeout(std::time::Duration::from_secs(10));
    /// assert!(task.is_finished());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_timeout(self, timeout: std::time::Duration) {
        self.runtime.shutdown_timeout(timeout);
    }
}

impl Deref for LocalRuntime {
    type Target = Runtime;

    fn deref(&self) -> &Runtime {
        &self.runtime
    }
}

impl Handle {
    /// Starts a task whose future need not be `Send`, if this is the handle of a [`LocalRuntime`]
    /// and the current thread its own.
    ///
    /// # Errors
    ///
    /// The future, if not.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    /// use std::rc::Rc;
    ///
    /// let runtime = heist::runtime::Builder::new().build_local()?;
    /// let seven = runtime.block_on(async {
    ///     let shared = Rc::new(7);
    ///     let Ok(task) = Handle::current().try_spawn_local(async move { *shared }) else {
    ///         unreachable!("it is a local runtime")
    ///     };
    ///     task.await
    /// });
    /// assert_eq!(seven?, 7);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn try_spawn_local<F: Future + 'static>(
        &self,
        future: F,
    ) -> Result<JoinHandle<F::Output>, F> {
        self.try_spawn_local_from(future, Origin::caller())
    }

    pub(crate) fn try_spawn_local_from<F: Future + 'static>(
        &self,
        future: F,
        origin: Origin,
    ) -> Result<JoinHandle<F::Output>, F> {
        match self.shared().flavor.is_local_here() {
            true => Ok(large_future!(future: F => self.spawn_here(future, origin))),
            false => Err(future),
        }
    }

    /// Whether it is of a local runtime, of whichever thread.
    pub(crate) fn is_local(&self) -> bool {
        self.shared().flavor.is_local()
    }

    fn spawn_here<F: Future + 'static>(&self, future: F, origin: Origin) -> JoinHandle<F::Output> {
        assert!(self.shared().flavor.is_local_here());
        // SAFETY: the runtime is local to this thread: as a `LocalRuntime` does not leave it, all
        // of its tasks run, and end, here.
        let (handle, late) = unsafe {
            self.shared()
                .spawn_unchecked::<PanicsOnly, F>(future, origin)
        };
        if let Some(task) = late {
            task.shutdown();
        }
        handle
    }
}
