//! The runtime that a thread is in, and what it may do there.
//!
//! Which runtime that is, heist knows; what tokio's settings of it are, the runtime carries as its
//! extension. Kept here for each thread is only whether it drives a current-thread runtime, and so
//! must not block.

use crate::runtime::Id;
use heist_runtime::Handle;
use std::cell::Cell;

/// tokio's words, which programs look for.
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

/// What of tokio's settings heist's runtime has no part in.
#[derive(Debug)]
pub(crate) struct Settings {
    pub(crate) id: Id,
    pub(crate) io: bool,
    pub(crate) time: bool,
}

/// The current runtime.
#[track_caller]
pub(crate) fn current() -> Handle {
    match Handle::try_current() {
        Ok(handle) => handle,
        Err(_) => panic!("{MISSING}"),
    }
}

/// Sees to it that there is a current runtime.
#[track_caller]
pub(crate) fn expect() {
    assert!(Handle::with_current(|_| ()).is_some(), "{MISSING}");
}

/// The current runtime, for timers.
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

/// Sees to it that there is a current runtime, for sockets and the like.
#[track_caller]
pub(crate) fn expect_io() {
    let has_io = |handle: &Handle| settings(handle).is_none_or(|settings| settings.io);
    match Handle::with_current(has_io) {
        Some(enabled) => assert!(enabled, "{IO_DISABLED}"),
        None => panic!("{MISSING}"),
    }
}

/// `None`: the runtime was not built by this package.
pub(crate) fn settings(handle: &Handle) -> Option<&Settings> {
    handle.extension()
}

thread_local! {
    /// Whether the thread polls the tasks of a current-thread runtime.
    static DRIVES: Cell<bool> = const { Cell::new(false) };
}

/// Calls `f`, within which the thread drives a current-thread runtime, or does not.
pub(crate) fn driving<R>(drives: bool, f: impl FnOnce() -> R) -> R {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            DRIVES.set(self.0);
        }
    }
    let _restore = Restore(DRIVES.replace(drives));
    f()
}

/// Whether the thread drives a current-thread runtime.
pub(crate) fn drives() -> bool {
    DRIVES.get()
}

/// # Panics
///
/// If blocking this thread would stop the tasks of a current-thread runtime.
#[track_caller]
pub(crate) fn assert_may_block() {
    assert!(!drives(), "{NESTED}");
}
