//! `LocalRuntime`: a current-thread runtime that stays on its thread, so that its tasks need not be
//! `Send`.
//!
//! Invariant: only the thread that built the runtime is its worker and shuts it down.

use super::{Handle, Runtime};
use crate::tasks::{JoinHandle, Origin, PanicsOnly, large_future};
use std::future::Future;
use std::marker::PhantomData;
use std::ops::Deref;

/// A runtime for the current thread alone; built by
/// [`Builder::build_local`](crate::Builder::build_local).
///
/// It has all methods of a [`Runtime`]; their tasks, which must be `Send`, run on this thread too.
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
    /// Keeps the runtime on its thread.
    _local: PhantomData<*const ()>,
}

impl LocalRuntime {
    /// Must be called on the thread that the runtime is local to.
    pub(super) fn new(runtime: Runtime) -> Self {
        Self {
            runtime,
            _local: PhantomData,
        }
    }

    /// Starts a task whose future need not be `Send`.
    #[track_caller]
    pub fn spawn_local<F: Future + 'static>(&self, future: F) -> JoinHandle<F::Output> {
        large_future!(future: F => self.handle().spawn_here(future, Origin::caller()))
    }

    /// Shuts the runtime down without waiting; see [`Runtime::shutdown_background`].
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

    /// Shuts the runtime down with a time limit; see [`Runtime::shutdown_timeout`].
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
    /// of the current thread.
    ///
    /// # Errors
    ///
    /// Returns the future if it is not.
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

    /// Returns whether this is the handle of a local runtime, of any thread.
    pub(crate) fn is_local(&self) -> bool {
        self.shared().flavor.is_local()
    }

    fn spawn_here<F: Future + 'static>(&self, future: F, origin: Origin) -> JoinHandle<F::Output> {
        assert!(self.shared().flavor.is_local_here());
        // SAFETY: the runtime is local to this thread. A `LocalRuntime` does not leave its thread,
        // so all of its tasks run and end here.
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
