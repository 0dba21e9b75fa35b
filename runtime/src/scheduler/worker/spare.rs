//! What only a spare worker does: it rests once it is surplus.

use super::LocalWorker;
use crate::sync::atomic::Ordering::Relaxed;
use std::time::Instant;

impl LocalWorker {
    pub(super) fn is_surplus(&self) -> bool {
        self.is_spare && !self.shared.sleepers.is_called(self.index)
    }

    /// Makes a surplus spare worker leave its tasks to others and wait until it is called again.
    /// Returns `false` if that takes so long that its thread should end.
    pub(super) fn rest(&self) -> bool {
        let shared = &self.shared;
        self.remote().pulse.set_polls_nothing();
        let until = Instant::now().checked_add(shared.spares.keep_alive);
        while self.is_surplus() && !shared.shutdown.load(Relaxed) {
            self.hand_over();
            shared.sleepers.announce(self.index);
            shared.replace_one_awake();
            #[cfg(feature = "test-util")]
            shared.check_quiescence_at_rest();
            let counters = &self.remote().pulse.counters;
            counters.parks_and_unparks.add(1);
            let timers = &self.remote().timers;
            let deadlines = [self.next_timer(), until];
            shared
                .sleepers
                .park(self.index, deadlines.into_iter().flatten().min());
            self.end_sleep();
            self.start_window();
            counters.parks_and_unparks.add(1);
            let now = self.window.start();
            let mut due = self.scratch.take();
            timers.take_due(now, &mut due);
            self.note_timers(due.len(), now);
            self.wake_all(due);
            if self.search.is_counted.get() {
                // The worker has been claimed, and the thread that claimed it is about to mark it
                // as called. It must not end meanwhile.
                shared.sleepers.set_called(self.index, true);
                return true;
            }
            if until.is_some_and(|until| now >= until) && timers.next().is_none() {
                self.hand_over();
                return !self.is_surplus();
            }
        }
        true
    }

    /// Leaves this worker's tasks to the others. A worker must be woken for them afterwards, by
    /// `replace_one_awake`, unless this worker continues.
    fn hand_over(&self) {
        self.end_search();
        while let Some(task) = self.remote().next.take().or_else(|| self.queue.pop()) {
            self.group().injector.push(task);
        }
    }
}
