//! Waking what is due from a thread that is no worker: the watchdog, where it stands in for one.

use crate::waking::{GuardedWaker, wake_all};
use std::cell::Cell;

thread_local! {
    /// Whether this thread wakes what events and due timers have made ready.
    static IS_DUE: Cell<bool> = const { Cell::new(false) };
}

/// Wakes them so that they go before what is merely runnable.
pub(crate) fn wake_due(wakers: impl IntoIterator<Item = GuardedWaker>) {
    IS_DUE.set(true);
    wake_all(wakers);
    IS_DUE.set(false);
}

/// Whether a task that this thread wakes is due.
pub(super) fn is_due() -> bool {
    // Gone while a thread's destructors run.
    IS_DUE.try_with(Cell::get).unwrap_or(false)
}
