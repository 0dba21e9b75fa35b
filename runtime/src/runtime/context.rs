//! Which runtime the current thread is in.
//!
//! Thread-local: set while a thread belongs to a runtime (its workers and pool
//! threads), in `block_on`, and by `Handle::enter`.

use super::handle::Handle;
use crate::entered::{Entered, Stack};
use crate::poller::Driver;
use crate::scheduler::{LocalWorker, run_as_own};
use crate::timers::TimerShard;
use std::sync::Arc;

thread_local! {
    static CURRENT: Stack<Handle> = const { Stack::new() };
}

/// Why the current thread has no runtime, in words for the user.
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
/// If there is none.
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

/// Runs the body of one of the runtime's own threads, or of one that is lent to it.
pub(crate) fn run_own_thread<R>(handle: Handle, body: impl FnOnce() -> R) -> R {
    let shared = handle.shared().clone();
    run_as_own(&shared, || {
        let _entered = enter(handle);
        shared.accompanied(body)
    })
}

/// Calls `f` with the shard for timers that this thread arms; and with the driver,
/// if its leader, and not this thread, looks after that shard.
///
/// # Panics
///
/// If there is no current runtime.
#[track_caller]
pub(crate) fn with_timer_home<R>(f: impl FnOnce(&Arc<TimerShard>, Option<&Driver>) -> R) -> R {
    match try_with_timer_home(f) {
        Some(result) => result,
        None => panic!("{NO_RUNTIME}"),
    }
}

/// As [`with_timer_home`], if there is a current runtime.
pub(crate) fn try_with_timer_home<R>(
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

/// The current thread is not in a runtime.
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

impl std::fmt::Display for TryCurrentError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(NO_RUNTIME)
    }
}

impl std::error::Error for TryCurrentError {}

impl From<TryCurrentError> for std::io::Error {
    fn from(error: TryCurrentError) -> Self {
        std::io::Error::other(error)
    }
}
