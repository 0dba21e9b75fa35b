//! The watchdog: the thread that detects workers that make no progress, and stands in for them.
//!
//! Workers publish (`scheduler::pulse`), and the watchdog reads. `verdict` judges one worker and
//! `plan` all of them, both by pure functions of `thresholds`; this file observes and acts.
//! `stalls` records the stalls for users to see. The protocol is in `PROTOCOL.md` beside this file.
//!
//! Invariant: no user code runs on this thread, and it waits for no lock that is held while user
//! code runs. Otherwise the task that it must detect could block it.

mod patience;
mod plan;
#[cfg(all(test, not(loom)))]
mod plan_tests;
#[cfg(feature = "tracing")]
mod reports;
#[cfg(all(test, not(loom)))]
mod rest_tests;
mod stall;
mod stalls;
mod thresholds;
mod verdict;
#[cfg(all(test, not(loom)))]
mod verdict_tests;

use crate::blocking::AtDeadline;
use crate::errand;
use crate::platform::{ThreadWatch, Watching};
use crate::scheduler::{Shared, wake_due};
use crate::sync::atomic::Ordering::Relaxed;
use crate::sync::lock::Mutex;
use crate::tasks::Origin;
use crate::waking::{self, GuardedWaker};
use patience::Patience;
use plan::{Judged, Memory, NextCheck, Plan, Role, next_check_of_idle, plan};
use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::time::{Duration, Instant};
use verdict::{Doing, History, Observed, Progress, judge};

pub(crate) use stall::Millis;
pub use stall::Stall;
pub(crate) use stalls::Stalls;
pub(crate) use thresholds::Thresholds;

pub(crate) struct Watchdog {
    shared: Arc<Shared>,
    stalls: Arc<Stalls>,
    thresholds: Thresholds,
    workers: Vec<Watched>,
    memory: Memory,
    patience: Patience,
    last_check: Instant,
    /// [`Plan::is_settled`] of the last plan.
    is_settled: bool,
    /// Empty between checks, kept for its allocation.
    judged: Vec<Judged>,
    /// Wakers whose code is not heist's, to be called on other threads.
    foreign: Arc<Mutex<VecDeque<GuardedWaker>>>,
}

/// What the watchdog remembers of one worker.
struct Watched {
    history: History,
    /// When the CPU time of its thread was last recorded as that of a worker that makes progress.
    measured: Instant,
    /// Since when it has been awake without a thread.
    starting: Option<Instant>,
    /// When it was last seen to make progress, and the process's CPU time then, if it is known.
    progressed: (Instant, Option<Duration>),
    /// Whether it is taken for a worker that waits although nothing is known of its thread.
    is_suspected: bool,
    thread: ThreadWatch,
}

impl Watched {
    /// Returns whether the worker's thread waits for something other than a core, if the platform
    /// reports it. A `thread` that has not run yet waits for its core, unless it takes too long.
    fn waits(
        &mut self,
        thread: Option<i32>,
        now: Instant,
        starting_is_waiting: Duration,
    ) -> Option<bool> {
        if thread.is_some() {
            self.starting = None;
            return self.thread.waits();
        }
        let since = *self.starting.get_or_insert(now);
        Some(now.saturating_duration_since(since) >= starting_is_waiting)
    }
}

impl Watchdog {
    /// Creates the watchdog of a runtime that has existed `since` this moment.
    pub(crate) fn new(
        shared: Arc<Shared>,
        stalls: Arc<Stalls>,
        thresholds: Thresholds,
        since: Instant,
    ) -> Self {
        Self {
            shared,
            stalls,
            thresholds,
            workers: Vec::new(),
            memory: Memory::default(),
            patience: Patience::new(&thresholds, since),
            last_check: since,
            is_settled: false,
            judged: Vec::new(),
            foreign: Arc::default(),
        }
    }

    /// Runs checks until the runtime shuts down. This is the body of the watchdog's thread.
    pub(crate) fn run_until_shutdown(mut self) {
        errand::forbid_user_code();
        self.shared.alarm.begin();
        let until_first = (self.thresholds.check).saturating_sub(self.last_check.elapsed());
        let mut next_check = NextCheck::After(until_first);
        while !self.shared.is_shut_down() {
            match next_check {
                NextCheck::OnWaking if self.rest_while_all_sleep() => {
                    self.memory.has_rested(&self.thresholds, Instant::now());
                }
                NextCheck::OnWaking => self.sleep(self.thresholds.check),
                NextCheck::NoLaterThan(time) => self.shared.alarm.wait_at_most(time),
                NextCheck::After(time) => self.sleep(time),
            }
            #[cfg(feature = "test-util")]
            self.shared.end_overdue_settling();
            // At shutdown a check would read the workers' files for nothing.
            if !self.shared.is_shut_down() {
                next_check = self.check();
            }
            self.delegate_foreign_wakers();
        }
    }

    /// Sleeps until the next check. Workers that make progress put it off.
    fn sleep(&self, time: Duration) {
        self.shared.alarm.set(time);
        // Checked after the alarm is set, which may have overwritten the ring of the shutdown.
        if !self.shared.is_shut_down() {
            self.shared.alarm.wait();
        }
    }

    /// Rests while all workers sleep. Returns `false` at once if one is awake, or if foreign wakers
    /// have not all been called yet.
    fn rest_while_all_sleep(&mut self) -> bool {
        if !self.foreign.lock().is_empty() {
            return false;
        }
        // No descriptors stay open while it rests.
        for worker in &mut self.workers {
            worker.thread.close();
        }
        let shared = &self.shared;
        let quiet = || shared.sleepers.all_asleep_now() && !shared.is_shut_down();
        shared.alarm.sleep_while(quiet)
    }

    /// Observes, judges and acts once. Returns when to do so again.
    fn check(&mut self) -> NextCheck {
        let now = Instant::now();
        if self.is_settled && self.is_idle() {
            return self.check_idle(now);
        }
        let mut judged = mem::take(&mut self.judged);
        self.judge_all(now, &mut judged);
        let workers = judged.iter().copied();
        let plan = plan(&self.thresholds, workers, now, &mut self.memory);
        self.act(&plan);
        judged.clear();
        self.judged = judged;
        self.is_settled = plan.is_settled;
        plan.next_check
    }

    /// Returns whether the result of a check is known in advance, because all workers sleep.
    fn is_idle(&self) -> bool {
        let sleepers = &self.shared.sleepers;
        sleepers.all_asleep() && !sleepers.any_called() && self.stalls.ongoing(&self.shared) == 0
    }

    /// The check while all workers sleep and slept at the last check as well. Records only whether
    /// they have polled meanwhile, as a worker does that gets a request now and then. (The whole
    /// check took 1,250 of the 4,100 instructions of such a request.)
    fn check_idle(&mut self, now: Instant) -> NextCheck {
        let mut roll = self.shared.roll_call.roll();
        let workers = self.shared.workers.iter().zip(&mut self.workers);
        let mut have_polled = false;
        for (index, (worker, watched)) in workers.enumerate() {
            let polls = worker.pulse.polls();
            have_polled |= roll.has_polled(index, polls);
            roll.note(index, polls);
            watched.history = History::starting(now);
        }
        self.last_check = now;
        next_check_of_idle(&self.thresholds, have_polled, false, now, &mut self.memory)
    }

    fn judge_all(&mut self, now: Instant, judged: &mut Vec<Judged>) {
        let shared = &*self.shared;
        self.workers.resize_with(shared.workers.len(), || Watched {
            history: History::starting(now),
            measured: now,
            starting: None,
            progressed: (now, None),
            is_suspected: false,
            thread: ThreadWatch::default(),
        });
        let process_time = ThreadWatch::process_time();
        let patience = self.patience.at(&self.thresholds, now);
        let hogged_lately = self.memory.has_hogged_lately(&self.thresholds, now);
        let mut roll = shared.roll_call.roll();
        let since_last = now.saturating_duration_since(self.last_check.max(roll.complete()));
        self.last_check = now;
        for (index, (worker, watched)) in shared.workers.iter().zip(&mut self.workers).enumerate() {
            let polls = worker.pulse.polls();
            let counts_on = roll.has_polled(index, polls);
            let is_asleep = shared.sleepers.is_asleep(index);
            let is_blocking = shared.sleepers.is_blocking(index);
            let has_polled = is_asleep || counts_on;
            // The last measurement may be older than the last roll call that saw it make progress.
            if !is_asleep && (has_polled || watched.measured < roll.complete()) {
                if let Some(thread) = worker.pulse.thread() {
                    watched.thread.note_progress(thread);
                }
                watched.measured = now;
            }
            if has_polled {
                let (since, before) = mem::replace(&mut watched.progressed, (now, process_time));
                if watched.is_suspected {
                    let away = now.saturating_duration_since(since);
                    let computed = process_time.zip(before).map(|(now, before)| now - before);
                    self.patience
                        .note_return(&self.thresholds, away, computed, now);
                }
            }
            let is_watched = !is_asleep && !is_blocking;
            let has_tasks = worker.queue.len() > 0 || !worker.next.is_empty();
            let starting_is_waiting = self.thresholds.starting_is_waiting;
            let waits = match is_watched {
                true => watched.waits(worker.pulse.thread(), now, starting_is_waiting),
                false => {
                    watched.starting = None;
                    None
                }
            };
            let observed = Observed {
                now,
                has_polled,
                is_asleep,
                is_blocking,
                thread_waits: waits,
                delays_tasks: waits == Some(true) && (has_tasks || shared.has_shared_work()),
                computed: match is_watched && !has_polled {
                    true => watched.thread.computed(),
                    false => None,
                },
                all_progressed: roll.complete(),
                patience,
            };
            let (progress, history) = judge(&self.thresholds, &observed, watched.history);
            watched.history = history;
            // Elsewhere the process lacks descriptors or permission, which says nothing of cores.
            watched.is_suspected = !ThreadWatch::KNOWS_WAITS
                && waits.is_none()
                && matches!(progress, Progress::Stalled(Doing::Waiting, _));
            if has_polled || is_blocking {
                roll.note(index, polls);
            }
            publish(shared, index, progress, hogged_lately);
            self.stalls
                .note(shared, index, polls, progress.stalled_for(), now);
            if progress.is_absent() && !has_polled && !is_blocking {
                shared.groups.of(index).pace.record_slow_poll(since_last);
            }
            judged.push(Judged {
                progress,
                checks: history.checks,
                has_polled: counts_on,
                role: match () {
                    () if index < shared.workers.regular() => Role::Regular,
                    () if shared.sleepers.is_called(index) => Role::Called,
                    () => Role::Resting,
                },
                has_tasks,
            });
        }
    }

    fn act(&mut self, plan: &Plan) {
        if plan.stand_in {
            self.stand_in(plan);
        }
        if plan.retire > 0 {
            self.shared.retire_spares(plan.retire);
        }
        if plan.call_standby {
            self.shared.call_standby();
        }
        self.shared.set_alert(plan.is_alert, plan.checks_alone);
    }

    /// Fires the timers of absent workers, polls for events, and has another worker take their
    /// tasks.
    fn stand_in(&self, plan: &Plan) {
        let shared = &self.shared;
        let now = Instant::now();
        let mut due = Vec::new();
        shared.driver.clock().enter();
        let mut offers_half = false;
        for (index, worker) in shared.workers.iter().enumerate() {
            if shared.is_absent(index) {
                offers_half |= worker.queue.offers_half();
                worker.timers.take_due(now, &mut due);
                // The worker may be blocked in a foreign waker, with these still to be called.
                due.extend(worker.foreign.lock().drain(..));
            }
        }
        shared.driver.timers().take_due(now, &mut due);
        let led = match shared.driver.try_lead() {
            Some(mut leader) => {
                leader.poll();
                leader.dispatch(&mut due);
                false
            }
            None => true,
        };
        wake_due(due);
        // The worker takes the stranded tasks, and then leads, so that events are served at once.
        let is_needed = plan.has_stranded_tasks || !led || shared.has_shared_work();
        if is_needed && !shared.wake_one() && !(plan.may_call && shared.call_spare()) {
            shared.share_stranded_tasks();
        }
        if offers_half {
            shared.wake_for_halves();
        }
        shared.driver.clock().leave();
    }

    /// Has the wakers whose code is not heist's called on threads of the blocking pool.
    fn delegate_foreign_wakers(&self) {
        let new = waking::take_deferred();
        let count = new.len();
        let is_any_left = {
            let mut foreign = self.foreign.lock();
            foreign.extend(new);
            !foreign.is_empty()
        };
        // One job for each, since any of them may block. If there was no thread for an earlier one,
        // each check tries again.
        for _ in 0..count.max(usize::from(is_any_left)) {
            let foreign = self.foreign.clone();
            let job = move || {
                let next = || foreign.lock().pop_front();
                while let Some(waker) = next() {
                    wake_due([waker]);
                }
            };
            let blocking = &self.shared.blocking;
            let started = blocking.spawn(job, Origin::caller(), AtDeadline::Cancel);
            if started.is_err() {
                break;
            }
        }
    }
}

/// Has the wakers that are left called when the thread ends.
impl Drop for Watchdog {
    fn drop(&mut self) {
        let mut left = waking::take_deferred();
        left.extend(self.foreign.lock().drain(..));
        if !left.is_empty() {
            // Nothing waits for this, and without a thread nothing can be done.
            let wake_left = move || left.into_iter().for_each(GuardedWaker::wake);
            let _ = errand::start(Box::new(wake_left));
        }
    }
}

/// Publishes the verdict on a worker to its thieves and to threads that make work, and has the
/// worker itself look beyond its own queue after the current poll.
fn publish(shared: &Shared, index: usize, progress: Progress, hogged_lately: bool) {
    let worker = &shared.workers[index];
    let makes_none = matches!(progress, Progress::NoProgress(_) | Progress::Stalled(..));
    // Stored only if it changes, since the cache line is the worker's.
    if makes_none != worker.makes_no_progress.load(Relaxed) {
        worker.makes_no_progress.store(makes_none, Relaxed);
    }
    let is_stalled = match progress {
        // Its poll ends before another thread would get a core.
        Progress::Stalled(Doing::Computing, _) => hogged_lately,
        Progress::Stalled(..) => true,
        _ => false,
    };
    if is_stalled != shared.sleepers.is_stalled(index) {
        shared.sleepers.set_stalled(index, is_stalled);
    }
    if progress != Progress::Asleep {
        worker.look_up.store(true, Relaxed);
    }
}
