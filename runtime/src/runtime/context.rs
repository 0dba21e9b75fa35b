//! The current thread's runtime.
//!
//! Thread-local: set while a thread belongs to a runtime (its workers and pool threads), in
//! `block_on`, and by `Handle::enter`.

use super::handle::Handle;
use crate::entered::{Entered, Stack};
use crate::poller::Driver;
use crate::scheduler::{LocalWorker, run_as_own_thread};
use crate::timers::TimerShard;
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

thread_local! {
    static CURRENT: Stack<Handle> = const { Stack::new() };
}

/// The error message when the current thread has no runtime.
const NO_RUNTIME: &str = "there is no heist runtime on this thread: call this from within \
     `Runtime::block_on`, a spawned task, or a scope of `Handle::enter`";

/// Calls `f` with the current runtime's handle, if there is one.
pub(crate) fn try_with_current<R>(f: impl FnOnce(&Handle) -> R) -> Option<R> {
    CURRENT
        .try_with(|current| current.with_current(f))
        .ok()
        .flatten()
}

/// Calls `f` with the current runtime's handle.
///
/// # Panics
///
/// Panics if there is none.
#[track_caller]
pub(crate) fn with_current<R>(f: impl FnOnce(&Handle) -> R) -> R {
    match try_with_current(f) {
        Some(result) => result,
        None => panic!("{NO_RUNTIME}"),
    }
}

/// Makes the handle's runtime the current one.
pub(crate) fn enter(handle: Handle) -> Entered<Handle> {
    Entered::new(&CURRENT, handle)
}

/// Runs the body of one of the runtime's own threads, or of one that temporarily acts as such.
pub(crate) fn run_own_thread<R>(handle: Handle, body: impl FnOnce() -> R) -> R {
    let shared = handle.shared().clone();
    run_as_own_thread(&shared, || {
        let _entered = enter(handle);
        shared.accompanied(body)
    })
}

/// Calls `f` with the shard for timers that this thread arms. If the driver's leader serves that
/// shard instead of this thread, `f` also gets the driver.
///
/// # Panics
///
/// Panics if there is no current runtime.
#[track_caller]
pub(crate) fn with_timer_shard<R>(f: impl FnOnce(&Arc<TimerShard>, Option<&Driver>) -> R) -> R {
    match try_with_timer_shard(f) {
        Some(result) => result,
        None => panic!("{NO_RUNTIME}"),
    }
}

/// Like [`with_timer_shard`]. Returns `None` if there is no current runtime.
pub(crate) fn try_with_timer_shard<R>(
    f: impl FnOnce(&Arc<TimerShard>, Option<&Driver>) -> R,
) -> Option<R> {
    try_with_current(|handle| {
        let shared = handle.shared();
        match LocalWorker::with(shared, |worker| worker.index()) {
            Some(worker) => f(shared.timers(worker), None),
            None => f(shared.driver.timers(), Some(&shared.driver)),
        }
    })
}

impl Handle {
    /// Returns the handle of the current thread's runtime.
    ///
    /// # Panics
    ///
    /// Panics if the thread is not in a runtime; see [`try_current`](Self::try_current).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// runtime.block_on(async {
    ///     let handle = Handle::current();
    ///     // Spawns from a thread that is not in a runtime:
    ///     std::thread::spawn(move || handle.spawn(async {})).join().unwrap().await.unwrap();
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn current() -> Self {
        with_current(Self::clone)
    }

    /// Returns the handle of the current thread's runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if the thread is not in a runtime.
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
        try_with_current(Self::clone).ok_or_else(TryCurrentError::new)
    }

    /// Calls `f` with the current thread's runtime, if there is one, without the cost of a clone.
    /// `f` must not run the user's code. For heist's own packages.
    #[doc(hidden)]
    #[inline]
    pub fn with_current<R>(f: impl FnOnce(&Self) -> R) -> Option<R> {
        try_with_current(f)
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
            _entered: enter(self.clone()),
            _handle: PhantomData,
        }
    }

    /// Like [`enter`](Self::enter), without borrowing the handle. For heist's own packages.
    #[doc(hidden)]
    pub fn enter_owned(&self) -> EnterGuard<'static> {
        EnterGuard {
            _entered: enter(self.clone()),
            _handle: PhantomData,
        }
    }
}

/// Keeps a runtime current; see [`Handle::enter`].
///
/// Guards may be dropped in any order: the latest one that is left determines the current runtime.
/// The runtime may shut down while there are guards.
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
    // The guard itself has no destructor, so the runtime may be moved while there is a guard.
    _entered: Entered<Handle>,
    _handle: PhantomData<&'a Handle>,
}

impl fmt::Debug for EnterGuard<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EnterGuard").finish_non_exhaustive()
    }
}

/// Returns the number of the current thread's worker in its runtime, from 0, or `None` if the
/// thread is not a worker. A spare worker has the number of one of the regular ones.
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

/// The error when the current thread is not in a runtime.
///
/// # Examples
///
/// ```
/// use heist::runtime::{Handle, TryCurrentError};
///
/// let error: TryCurrentError = Handle::try_current().unwrap_err();
/// assert!(error.to_string().contains("no heist runtime on this thread"));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TryCurrentError(());

impl TryCurrentError {
    pub(crate) fn new() -> Self {
        Self(())
    }
}

impl fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(NO_RUNTIME)
    }
}

impl std::error::Error for TryCurrentError {}

impl From<TryCurrentError> for std::io::Error {
    fn from(error: TryCurrentError) -> Self {
        std::io::Error::other(error)
    }
}
