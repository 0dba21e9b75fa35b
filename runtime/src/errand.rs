//! Work that the watchdog delegates to other threads because it runs the user's code. That code may
//! block, and while the watchdog is blocked, stalls go unnoticed.
//!
//! Invariant: a thread that keeps clear never runs the user's code: it puts off foreign wakers, and
//! everything else that may call such code is an errand.

use crate::inheritance;
use crate::waking;
use std::cell::Cell;
use std::{io, thread};

thread_local! {
    static KEEPS_CLEAR: Cell<bool> = const { Cell::new(false) };
}

/// Makes the current thread keep clear of the user's code from now on.
pub(crate) fn keep_clear() {
    KEEPS_CLEAR.set(true);
    waking::put_off_always();
}

/// Returns whether the current thread must not run the user's code.
pub(crate) fn is_kept_clear() -> bool {
    KEEPS_CLEAR.get()
}

/// Runs `errand` on a thread of its own.
///
/// # Errors
///
/// Returns an error if no thread can be started.
pub(crate) fn send(errand: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    let thread = thread::Builder::new().name("heist-errand".into());
    inheritance::start_thread(thread, errand).map(drop)
}
