//! What a worker does when there is nothing to do: it leads the poller if no thread does, and parks
//! otherwise.

use super::LocalWorker;
use crate::poller::Leader;
use crate::scheduler::run_hook;
use crate::sync::atomic::Ordering::Relaxed;
use crate::waking::GuardedWaker;

impl LocalWorker {
    /// Leads the poller if no thread does, and otherwise parks, until there may be something to do.
    pub(super) fn sleep(&self) {
        let shared = &*self.shared;
        self.remote().pulse.set_polls_nothing();
        // Here and not after the sleep: setting an alarm takes some microseconds, and no task waits
        // for this worker now. But not if all others sleep: postponing one check costs as much as
        // the check.
        let now = self.end_window();
        if !shared.sleepers.is_alone(self.index) {
            self.call_roll(now);
        }
        self.end_search();
        if self.linger(now) {
            self.start_window();
            return;
        }
        let _hooks = SleepHook::new(self);
        if self.queue.len() > 0 || !self.remote().next.is_empty() {
            // The hook has queued them.
            self.start_window();
            return;
        }
        let mut sees_work = false;
        let may_block = shared.sleepers.fall_asleep(self.index, || {
            sees_work = self.has_injected_work()
                || shared.background.len() > 0
                || shared.has_backlog_for(self.index);
            sees_work || self.remote().pinned.are_due() || shared.shutdown.load(Relaxed)
        });
        if !may_block {
            self.end_sleep();
            self.start_window();
            // Otherwise it would come back here until one of the searchers has taken the work, and
            // that worker may have lost its core.
            if sees_work && !self.search.is_counted.replace(true) {
                shared.sleepers.join_search();
            }
            if self.in_order {
                // By the hook, the future can be due each time that the worker would sleep.
                self.maintain();
            }
            return;
        }
        self.remote().pulse.counters.parks_and_unparks.add(1);
        if self.woke_by_timer.get() {
            shared.expect_waking();
        }
        let mut due = self.scratch.take();
        match shared.driver.try_lead() {
            Some(leader) => self.lead(leader, &mut due),
            None => {
                #[cfg(feature = "test-util")]
                shared.check_quiescence_by_leader();
                shared.sleepers.park(self.index, self.next_timer());
                self.end_sleep();
            }
        }
        self.start_window();
        self.remote().pulse.counters.parks_and_unparks.add(1);
        let (fell_asleep, now) = (now, self.window.start());
        self.note_sleep(fell_asleep, now);
        self.last_poll.set(now);
        let next_timer = self.remote().timers.next();
        self.woke_by_timer
            .set(next_timer.is_some_and(|next| next <= now));
        let fired = self.take_due_timers(now, &mut due);
        self.note_timers(fired, now);
        self.wake_all(due);
    }

    /// Blocks in the poller until an event, a timer or a notification.
    fn lead(&self, mut leader: Leader<'_>, woken: &mut Vec<GuardedWaker>) {
        #[cfg(feature = "test-util")]
        let passed = self.shared.auto_advance(&mut leader, woken);
        #[cfg(not(feature = "test-util"))]
        let passed = false;
        if !passed {
            let wait = || leader.wait(self.next_timer());
            self.shared.sleepers.lead(self.index, wait);
        }
        self.end_sleep();
        leader.dispatch(woken);
    }

    /// If the first watch is this worker's, sleeps until it is over or there is work, and then
    /// starts the watchdog's thread.
    pub(super) fn keep_first_watch(&self) {
        let shared = &self.shared;
        let Some(watch) = shared.first_watch_of(self.index) else {
            return;
        };
        // It has counted as asleep since before there was any work. This is not counted as a park:
        // so far it has never looked for work.
        shared.sleepers.park(self.index, Some(watch.until));
        shared.end_first_watch(watch);
        self.end_sleep();
    }

    pub(super) fn end_sleep(&self) {
        let claimed = self.shared.sleepers.wake_up(self.index);
        // The thread that claimed the worker counted it as searching.
        self.search.is_counted.set(claimed);
        self.shared.resume_checks();
    }
}

/// Calls the user's hooks: the one before a sleep on creation, the one after it on drop.
struct SleepHook<'a>(&'a LocalWorker);

impl<'a> SleepHook<'a> {
    fn new(worker: &'a LocalWorker) -> Self {
        run_hook(worker.shared.on_sleep.before.as_ref());
        Self(worker)
    }
}

impl Drop for SleepHook<'_> {
    fn drop(&mut self) {
        let Self(worker) = self;
        let after = worker.shared.on_sleep.after.as_ref();
        if after.is_some() {
            worker.interrupt_search(|| run_hook(after));
        }
    }
}
