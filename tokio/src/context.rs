//! The current runtime of a thread, and what the thread may do in it.
//!
//! heist knows the current runtime, which carries tokio's additional settings as its extension. The
//! only state kept here, for each thread, is whether it drives a current-thread runtime and
//! therefore must not block.

use crate::runtime::Id;
use heist_runtime::Handle;
use std::cell::Cell;

/// tokio's wording, which programs search for.
pub(crate) const MISSING: &str =
    "there is no reactor running, must be called from the context of a Tokio 1.x runtime";
pub(crate) const SHUTTING_DOWN: &str = "A Tokio 1.x context was found, but it is being shutdown.";
const TIMERS_DISABLED: &str = "A Tokio 1.x context was found, but timers are disabled. Call \
     `enable_time` on the runtime builder to enable timers.";
const IO_DISABLED: &str = "A Tokio 1.x context was found, but IO is disabled. Call `enable_io` on \
     the runtime builder to enable IO.";
const NESTED: &str = "Cannot start a runtime from within a runtime. This happens because a function \
     (like `block_on`) attempted to block the current thread while the thread is being used to \
     drive asynchronous tasks. If you are in an async function, use `.await` on the future instead of \
     blocking on it.";

/// Those of tokio's settings that heist's runtime has no equivalent for.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) id: Id,
    pub(crate) io: bool,
    pub(crate) time: bool,
}

/// Returns the current runtime.
#[track_caller]
pub(crate) fn current() -> Handle {
    match Handle::try_current() {
        Ok(handle) => handle,
        Err(_) => panic!("{MISSING}"),
    }
}

/// Panics unless there is a current runtime.
#[track_caller]
pub(crate) fn expect() {
    assert!(Handle::with_current(|_| ()).is_some(), "{MISSING}");
}

/// Returns the current runtime, to use its timers.
#[track_caller]
#[cfg(feature = "time")]
pub(crate) fn current_with_time() -> Handle {
    let with_time = |handle: &Handle| {
        let enabled = settings(handle).is_none_or(|settings| settings.time);
        enabled.then(|| handle.clone())
    };
    match Handle::with_current(with_time) {
        Some(Some(handle)) => handle,
        Some(None) => panic!("{TIMERS_DISABLED}"),
        None => panic!("{MISSING}"),
    }
}

/// Panics unless there is a current runtime with I/O enabled.
#[track_caller]
pub(crate) fn expect_io() {
    let has_io = |handle: &Handle| settings(handle).is_none_or(|settings| settings.io);
    match Handle::with_current(has_io) {
        Some(enabled) => assert!(enabled, "{IO_DISABLED}"),
        None => panic!("{MISSING}"),
    }
}

/// Returns `None` if the runtime was not built by this package.
pub(crate) fn settings(handle: &Handle) -> Option<&Settings> {
    handle.extension()
}

thread_local! {
    /// Whether the thread polls the tasks of a current-thread runtime.
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Calls `f` with the flag set to `drives`: whether the thread drives a current-thread runtime.
pub(crate) fn with_driving<R>(drives: bool, f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DRIVES.set(self.0);
        }
    }
    let _restore = Restore(DRIVES.replace(drives));
    f()
}

/// Returns whether the thread drives a current-thread runtime.
pub(crate) fn is_driving() -> bool {
    DRIVES.get()
}

/// # Panics
///
/// Panics if blocking this thread would stop the tasks of a current-thread runtime.
#[track_caller]
pub(crate) fn assert_may_block() {
    assert!(!is_driving(), "{NESTED}");
}
