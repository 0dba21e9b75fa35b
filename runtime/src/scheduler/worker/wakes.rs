//! Wakes the tasks that events and due timers made ready, and other workers if there are many.

use super::LocalWorker;
use crate::waking::{GuardedWaker, defer_foreign};
use std::time::Instant;

impl LocalWorker {
    /// Takes all due timers. Returns how many of them are this worker's own.
    pub(super) fn take_due_timers(&self, now: Instant, due: &mut Vec<GuardedWaker>) -> usize {
        let before = due.len();
        self.remote().timers.take_due(now, due);
        let fired = due.len() - before;
        self.shared.driver.timers().take_due(now, due);
        fired
    }

    /// Wakes the tasks that events and timers made ready, and other workers if there are many.
    pub(super) fn wake_all(&self, mut wakers: Vec<GuardedWaker>) {
        if !wakers.is_empty() {
            let is_one_own = matches!(&wakers[..], [waker] if waker.is_own());
            self.dispatching.set(true);
            let mut wake = || wakers.drain(..).for_each(GuardedWaker::wake);
            let foreign = match is_one_own {
                // Its waker runs no foreign code.
                true => {
                    wake();
                    Vec::new()
                }
                false => defer_foreign(wake),
            };
            self.dispatching.set(false);
            self.wake_help_for_dispatched();
            if !foreign.is_empty() {
                self.interrupt_search(|| self.wake_foreign(foreign));
            }
        }
        self.scratch.set(wakers);
    }

    fn wake_help_for_dispatched(&self) {
        // This worker itself runs the first of them at once.
        let backlog = self.queue.len() + self.group().injector.len();
        self.wake_help_for(backlog.saturating_sub(1));
    }

    /// Calls wakers whose code is not heist's. If one blocks, the watchdog calls the rest.
    fn wake_foreign(&self, foreign: Vec<GuardedWaker>) {
        let waiting = &self.remote().foreign;
        waiting.lock().extend(foreign);
        self.dispatching.set(true);
        // The lock is not held while a waker runs.
        let next = || waiting.lock().pop_front();
        while let Some(waker) = next() {
            waker.wake();
        }
        self.dispatching.set(false);
        self.wake_help_for_dispatched();
    }
}
