//! What events and due timers made ready is woken, and help if it is much.

use super::LocalWorker;
use crate::waking::{GuardedWaker, put_off};
use std::time::Instant;

impl LocalWorker {
    /// Gives how many of this worker's own were due.
    pub(super) fn take_due_timers(&self, now: Instant, due: &mut Vec<GuardedWaker>) -> usize {
        let before = due.len();
        self.remote().timers.take_due(now, due);
        let fired = due.len() - before;
        self.shared.driver.timers().take_due(now, due);
        fired
    }

    /// Wakes what events and timers made ready, and help if it is much.
    pub(super) fn wake_all(&self, mut wakers: Vec<GuardedWaker>) {
        if !wakers.is_empty() {
            self.dispatching.set(true);
            let strangers = put_off(|| wakers.drain(..).for_each(GuardedWaker::wake));
            self.dispatching.set(false);
            self.wake_help_for_dispatched();
            if !strangers.is_empty() {
                self.wake_strangers(strangers);
            }
        }
        self.scratch.set(wakers);
    }

    fn wake_help_for_dispatched(&self) {
        // The first of them this worker runs itself, at once.
        let backlog = self.queue.len() + self.group().injector.len();
        self.wake_help_for(backlog.saturating_sub(1));
    }

    /// Wakes those whose code is not heist's. The watchdog sees to the rest of them if one blocks.
    fn wake_strangers(&self, strangers: Vec<GuardedWaker>) {
        let waiting = &self.remote().strangers;
        waiting.lock().extend(strangers);
        self.dispatching.set(true);
        // Not in a `while let`, which would hold the lock.
        loop {
            let next = waiting.lock().pop_front();
            match next {
                Some(waker) => waker.wake(),
                None => break,
            }
        }
        self.dispatching.set(false);
        self.wake_help_for_dispatched();
    }
}
