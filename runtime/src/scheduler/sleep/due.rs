//! Work that is left for one worker alone: whether there is any, and how the worker is notified.
//!
//! Any thread may set the flag; the worker takes it. The invariant is that of [`Sleepers`]: the
//! flag is set *before* the setter checks whether the worker sleeps, and the worker announces its
//! sleep *before* it checks the flag a last time.

use super::{Sleepers, WakePoller};
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};

pub(crate) struct Due(AtomicBool);

impl Due {
    pub(in crate::scheduler) fn new() -> Self {
        Self(AtomicBool::new(false))
    }

    /// Sets the flag after work was left for the worker, and wakes it if it sleeps.
    pub(in crate::scheduler) fn notify(
        &self,
        worker: usize,
        sleepers: &Sleepers,
        poller: &impl WakePoller,
    ) {
        self.set();
        sleepers.wake_for_its_own(worker, poller);
    }

    /// Sets the flag like [`notify`](Self::notify), for the worker itself to call.
    pub(in crate::scheduler) fn set(&self) {
        // Release: the worker sees what was left.
        self.0.store(true, Release);
    }

    pub(in crate::scheduler) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Worker only. Returns whether work was left since the last call.
    pub(in crate::scheduler) fn take(&self) -> bool {
        // A swap: work that is left later sets the flag again. Acquire: see `set`.
        self.is_set() && self.0.swap(false, Acquire)
    }
}
