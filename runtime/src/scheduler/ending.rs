//! How a runtime ends: all threads are made to end, and whoever is left drops the tasks.
//!
//! Any thread begins it; the workers, or threads in their place, end the tasks.

use super::Shared;
use crate::sync::atomic::Ordering::SeqCst;

impl Shared {
    pub(crate) fn is_shut_down(&self) -> bool {
        self.shutdown.load(SeqCst)
    }

    /// Makes all threads end. Idempotent.
    pub(crate) fn begin_shutdown(&self) {
        if self.shutdown.swap(true, SeqCst) {
            return;
        }
        self.blocking.close();
        // The timers of tasks are dropped together with the tasks.
        self.workers
            .iter()
            .for_each(|worker| worker.timers.become_late());
        self.driver.timers().outlive_runtime();
        self.unpark_all();
        self.alarm.ring_at_end();
        // Last, since any code may wait for these, with wakers that take long.
        #[cfg(feature = "test-util")]
        self.driver.clock().end();
        self.draining.token().cancel();
    }

    /// Must be called if workers do not end, or no thread waits for their end: other threads then
    /// take over their timers.
    pub(crate) fn release_timers(&self) {
        self.workers
            .iter()
            .for_each(|worker| worker.timers.outlive_runtime());
    }

    /// Ends every task. Each worker calls this when it leaves, so that it is done when the last one
    /// has left; if workers do not end, another thread does.
    pub(crate) fn end_tasks(&self) {
        self.registry.close();
        self.groups.iter().for_each(|group| group.injector.close());
        self.background.close();
        self.driver.close();
    }
}
