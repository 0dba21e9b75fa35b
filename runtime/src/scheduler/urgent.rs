//! Waking due tasks from a thread that is not a worker: the watchdog, where it stands in for one.

use crate::waking::{GuardedWaker, wake_all};
use std::cell::Cell;

thread_local! {
    /// Whether this thread is waking tasks that events and due timers have made ready.
    static IS_DUE: Cell<bool> = const { Cell::new(false) };
}

/// Wakes the tasks so that they go before those that are merely runnable.
pub(crate) fn wake_due(wakers: impl IntoIterator<Item = GuardedWaker>) {
    IS_DUE.set(true);
    wake_all(wakers);
    IS_DUE.set(false);
}

/// Returns whether a task that this thread wakes is due.
pub(super) fn is_due() -> bool {
    // The thread-local is gone while the thread's destructors run.
    IS_DUE.try_with(Cell::get).unwrap_or(false)
}
