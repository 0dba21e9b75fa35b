//! What is left for one worker alone: whether there is any, and how the worker is told.
//!
//! Any thread sets it, the worker takes it. The invariant is that of [`Sleepers`]: it is set
//! *before* its setter looks whether the worker sleeps, and the worker announces its sleep *before*
//! it looks at it a last time.

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

    /// Something was left for the worker, which is woken if it sleeps.
    pub(in crate::scheduler) fn tell(
        &self,
        worker: usize,
        sleepers: &Sleepers,
        poller: &impl WakePoller,
    ) {
        self.set();
        sleepers.wake_for_its_own(worker, poller);
    }

    /// As [`tell`](Self::tell), by the worker itself.
    pub(in crate::scheduler) fn set(&self) {
        // Release: the worker sees what was left.
        self.0.store(true, Release);
    }

    pub(in crate::scheduler) fn is_set(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// Worker only. Whether something was left since this was asked last.
    pub(in crate::scheduler) fn take(&self) -> bool {
        // A swap: what is left from here on sets it again. Acquire: see `set`.
        self.is_set() && self.0.swap(false, Acquire)
    }
}
