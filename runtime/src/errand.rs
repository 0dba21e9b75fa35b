//! What the watchdog has others do, because code of the user's runs in it: that may block, and
//! while it does nobody would notice stalls.
//!
//! Invariant: on a thread that keeps clear, nothing of the user's is called: wakers are put off,
//! and whatever else may call such code is an errand.

use crate::inheritance;
use crate::panics;
use crate::waking;
use std::cell::Cell;
use std::{io, thread};

thread_local! {
    static KEEPS_CLEAR: Cell<bool> = const { Cell::new(false) };
}

/// Has the current thread keep clear of users' code from now on.
pub(crate) fn keep_clear() {
    KEEPS_CLEAR.set(true);
    waking::put_off_always();
}

/// Whether the current thread must not run code of the user's.
pub(crate) fn is_kept_clear() -> bool {
    KEEPS_CLEAR.get()
}

/// Runs `errand` on a thread of its own.
///
/// # Errors
///
/// There is no thread to be had.
pub(crate) fn send(errand: impl FnOnce() + Send + 'static) -> io::Result<()> {
    let thread = thread::Builder::new().name("heist-errand".into());
    inheritance::inherited(|| thread.spawn(|| panics::or_abort(errand))).map(drop)
}
