//! Work that a thread on which others depend delegates because it runs the user's code, which may
//! block: while the watchdog is blocked, stalls go unnoticed.
//!
//! Invariant: a thread that must not run the user's code defers foreign wakers, and everything else
//! that may call such code is an errand.

use crate::inheritance;
use crate::waking;
use std::{io, thread};

/// Forbids the current thread to run the user's code from now on.
pub(crate) fn forbid_user_code() {
    waking::always_defer_foreign();
}

/// Runs `errand` on a thread of its own.
///
/// # Errors
///
/// Returns an error if no thread can be started.
pub(crate) fn start(errand: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let thread = thread::Builder::new().name("heist-errand".into());
    inheritance::start_thread(thread, errand).map(drop)
}
