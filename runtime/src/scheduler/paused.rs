//! Time under a paused clock: it jumps to the next timer when all threads and tasks wait.
//!
//! The worker that leads the poller decides, because only it can know that there is no event. Any
//! other thread that is the last to wait makes the leader check again.
//!
//! Invariant: the clock jumps only when no worker, no thread in `block_on` and no blocking job has
//! anything to do or has been woken to do something.

use super::Shared;
use crate::poller::Leader;
use crate::sync::atomic::Ordering::SeqCst;
use crate::timers::TimerShard;
use crate::waking::{GuardedWaker, wake_all};
use std::sync::Arc;
use std::time::Instant;

impl Shared {
    /// If the clock is paused and everything waits, jumps to the next timer. Must be called by a
    /// leader that is about to block. Returns `false` if time does not pass now, and the leader
    /// should block.
    ///
    /// Must be called before the parker is set to LEADING, because checking the poller here may
    /// consume the wake-up of a notification that comes after that.
    pub(super) fn auto_advance(
        &self,
        leader: &mut Leader<'_>,
        woken: &mut Vec<GuardedWaker>,
    ) -> bool {
        let clock = self.driver.clock();
        if !clock.is_paused() {
            return false;
        }
        // Any change after this makes a worker check again.
        let Some(quiescence) = clock.quiescence() else {
            return false;
        };
        if !self.is_quiescent() {
            return false;
        }
        // Polled now that no thread creates events any more.
        leader.poll();
        if leader.has_events() {
            return true;
        }
        clock.end_settling(quiescence, woken);
        if !woken.is_empty() {
            return true;
        }
        match self.all_timers().filter_map(TimerShard::earliest).min() {
            Some(next) if !self.shutdown.load(SeqCst) && clock.advance_to(quiescence, next) => {
                self.take_all_due(woken);
                true
            }
            _ => false,
        }
    }

    /// Must be called by a worker that is about to park while another leads: if it was the last one
    /// awake, makes the leader check.
    pub(super) fn check_quiescence_by_leader(&self) {
        if self.driver.clock().is_paused() && self.sleepers.all_asleep() {
            self.driver.wake();
        }
    }

    /// Must be called by a spare worker that is about to rest and will not lead: if it was the last
    /// one awake, makes another worker check.
    pub(super) fn check_quiescence_at_rest(&self) {
        if self.driver.clock().is_paused() && self.sleepers.all_asleep() {
            self.wake_for_quiescence_check();
        }
    }

    /// Gives the clock a callback that makes a worker check.
    pub(super) fn install_quiescence_check(self: &Arc<Self>) {
        let runtime = Arc::downgrade(self);
        self.driver.clock().set_quiescence_check(move || {
            if let Some(runtime) = runtime.upgrade() {
                runtime.wake_for_quiescence_check();
            }
        });
    }

    /// Makes a worker check whether everything waits.
    pub(crate) fn wake_for_quiescence_check(&self) {
        self.sleepers.wake_one(self);
    }

    /// Fires all due timers, of every worker.
    pub(crate) fn fire_due(&self) {
        let mut due = Vec::new();
        self.take_all_due(&mut due);
        wake_all(due);
    }

    /// Returns the number of polls of all workers, modulo the word size.
    pub(crate) fn polls(&self) -> u64 {
        let polls = self.workers.iter().map(|worker| worker.pulse.polls());
        polls.fold(0, u64::wrapping_add)
    }

    /// Ends the wait for tasks that do not come to rest. Called at each check of the watchdog.
    pub(crate) fn end_overdue_settling(&self) {
        self.driver.clock().end_overdue_settling(self.polls());
    }

    fn take_all_due(&self, due: &mut Vec<GuardedWaker>) {
        let now = Instant::now();
        for shard in self.all_timers() {
            shard.take_due(now, due);
        }
    }

    fn all_timers(&self) -> impl Iterator<Item = &TimerShard> {
        let workers = self.workers.iter().map(|worker| &*worker.timers);
        workers.chain([&**self.driver.timers()])
    }

    /// Returns whether no worker has anything to run. Valid for a worker that has announced its
    /// sleep, while no other thread makes work.
    fn is_quiescent(&self) -> bool {
        // A task that another thread queued is still in its queue, or a worker has taken it. That
        // worker cleared its bit first, and announces its sleep again when nothing is left.
        self.sleepers.all_asleep_now()
            && !self.has_shared_work()
            && !self.workers.iter().any(|worker| worker.pinned.are_due())
            && self.sleepers.all_asleep_now()
    }
}
