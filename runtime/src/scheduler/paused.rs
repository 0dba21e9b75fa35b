//! Time under a paused clock: it jumps to the next timer when everybody waits.
//!
//! The worker that leads the poller decides, since only it can know that no event is
//! there. Whoever else comes to wait last has it look again.
//!
//! Invariant: the clock jumps only when no worker, no thread in `block_on` and no
//! blocking job has anything to do, nor has been woken to do it.

use super::Shared;
use crate::poller::Leader;
use crate::sync::atomic::Ordering::SeqCst;
use crate::timers::TimerShard;
use crate::waking::{GuardedWaker, wake_all};
use std::sync::Arc;
use std::time::Instant;

impl Shared {
    /// To be called by a leader who is about to block: if the clock is paused and
    /// everybody waits, jumps to the next timer. `false`: time does not pass now.
    ///
    /// Before the parker is told that its worker leads, as the look at the poller may
    /// use up the wake-up of a notification that comes after.
    pub(super) fn pass_time(&self, leader: &mut Leader<'_>, woken: &mut Vec<GuardedWaker>) -> bool {
        let clock = self.driver.clock();
        if !clock.is_paused() {
            return false;
        }
        // Whatever changes after this has a worker look again.
        let Some(lull) = clock.lull() else {
            return false;
        };
        if !self.nothing_runs() {
            return false;
        }
        // Now that nobody makes events any more.
        leader.poll();
        if leader.has_events() {
            return true;
        }
        clock.end_settling(lull, woken);
        if !woken.is_empty() {
            return true;
        }
        match self.all_timers().filter_map(TimerShard::earliest).min() {
            Some(next) if !self.shutdown.load(SeqCst) && clock.jump(lull, next) => {
                self.take_all_due(woken);
                true
            }
            _ => false,
        }
    }

    /// A worker is about to park, and another leads: if it was the last to be awake,
    /// has the leader look.
    pub(super) fn let_time_pass(&self) {
        if self.driver.clock().is_paused() && self.sleepers.all_asleep() {
            self.driver.wake();
        }
    }

    /// A spare worker is about to rest, and will not lead: if it was the last to be
    /// awake, has another look.
    pub(super) fn let_time_pass_at_rest(&self) {
        if self.driver.clock().is_paused() && self.sleepers.all_asleep() {
            self.look_whether_all_wait();
        }
    }

    /// Lets the clock have a worker look.
    pub(super) fn look_by_clock(self: &Arc<Self>) {
        let runtime = Arc::downgrade(self);
        self.driver.clock().set_look(move || {
            if let Some(runtime) = runtime.upgrade() {
                runtime.look_whether_all_wait();
            }
        });
    }

    /// Has a worker look whether everybody waits.
    pub(crate) fn look_whether_all_wait(&self) {
        self.sleepers.wake_one(self);
    }

    /// Fires all that is due, whichever worker's it is.
    pub(crate) fn fire_due(&self) {
        let mut due = Vec::new();
        self.take_all_due(&mut due);
        wake_all(due);
    }

    /// How many polls all workers have made, modulo the word.
    pub(crate) fn polls(&self) -> u64 {
        let polls = self.workers.iter().map(|worker| worker.pulse.polls());
        polls.fold(0, u64::wrapping_add)
    }

    /// At a check of the watchdog: no more waiting for tasks that do not come to rest.
    pub(crate) fn give_up_settling(&self) {
        self.driver.clock().give_up_settling(self.polls());
    }

    /// Has every worker look at the clock.
    pub(crate) fn unpark_all(&self) {
        for worker in 0..self.workers.len() {
            self.unpark(worker);
        }
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

    /// Whether no worker has anything to run. For one that has announced its sleep,
    /// while nobody else makes work.
    fn nothing_runs(&self) -> bool {
        // What others queued is still there, or a worker has taken it: which has
        // cleared its bit first, and announces its sleep when nothing is left.
        self.sleepers.all_asleep_now()
            && !self.has_shared_work()
            && !self.workers.iter().any(|worker| worker.pinned.are_due())
            && self.sleepers.all_asleep_now()
    }
}
