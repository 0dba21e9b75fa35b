//! Blocking in place: a worker announces that it blocks, and is no worker meanwhile.

use super::{LocalWorker, current};
use crate::budget::with_unlimited_budget;
use std::time::Instant;

impl LocalWorker {
    /// Runs `f`, which may block. If this thread is a worker, other workers do its work meanwhile.
    pub(crate) fn block_in_place<R>(f: impl FnOnce() -> R) -> R {
        struct ComeBack<'a>(&'a LocalWorker);
        impl Drop for ComeBack<'_> {
            fn drop(&mut self) {
                self.0.end_blocking();
                current::set(self.0);
            }
        }
        let Some(worker) = Self::current() else {
            return f();
        };
        current::set_none();
        let _come_back = ComeBack(worker);
        worker.begin_blocking();
        with_unlimited_budget(f)
    }

    fn begin_blocking(&self) {
        let (shared, remote) = (&self.shared, self.remote());
        shared.sleepers.set_blocking(self.index, true);
        remote.pulse.set_returned(Instant::now());
        let has_own = self.queue.len() > 0 || !remote.next.is_empty();
        let has_work = has_own || shared.has_shared_work();
        // A worker must wait for events, and this one may have been the leader.
        if has_work || shared.driver.try_lead().is_some() {
            shared.wake_some();
        }
    }

    fn end_blocking(&self) {
        self.shared.sleepers.set_blocking(self.index, false);
        self.count_poll();
        self.remote().pulse.counters.other_ticks.add(1);
    }
}
