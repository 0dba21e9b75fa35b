//! Stalls: polls that did not return in time, recorded for users to see.
//!
//! The watchdog records that a worker is stalled. The stall ends at the time at which the worker
//! published that it was outside a poll, which it does right after a long one. The watchdog finds
//! this time at its next check, or a thread that lists the stalls does so before. All of it is
//! under one lock, which no worker takes.
//!
//! Invariant: each worker has at most one stall that is not over.

use super::Stall;
use crate::scheduler::{Shared, TaskKey};
use crate::sync::Rank;
use crate::sync::lock::{Mutex, MutexGuard};
use crate::tasks::{Header, Id, Phase};
use std::collections::VecDeque;
// Not loom's, since no protocol depends on them.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[cfg(feature = "tracing")]
use super::reports::{REPORT_AFTER, Reports, report};

/// Number of past stalls that are kept.
const KEPT: usize = 64;

pub(crate) struct Stalls {
    found: AtomicU64,
    /// The length of [`List::ongoing`], so that while it is 0 nobody needs the lock.
    ongoing: AtomicUsize,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    ongoing: Vec<Ongoing>,
    over: VecDeque<Stall>,
    #[cfg(feature = "tracing")]
    reports: Reports,
}

struct Ongoing {
    /// The worker's count of polls, which does not change during the stall.
    poll: u64,
    since: Instant,
    key: TaskKey,
    stall: Stall,
    #[cfg(feature = "tracing")]
    is_reported: bool,
}

impl Ongoing {
    fn as_of(&self, now: Instant) -> Stall {
        Stall {
            duration: now.saturating_duration_since(self.since),
            ..self.stall.clone()
        }
    }

    /// Returns when the poll returned, if it has.
    fn returned_at(&self, shared: &Shared) -> Option<Instant> {
        let pulse = &shared.workers[self.stall.worker].pulse;
        // If the worker began another poll without publishing a return, that is now.
        let returned = pulse.returned_from(self.poll)?;
        Some(if returned > self.since {
            returned
        } else {
            Instant::now()
        })
    }
}

impl List {
    fn of(&self, worker: usize) -> Option<&Ongoing> {
        let mut ongoing = self.ongoing.iter();
        ongoing.find(|stall| stall.stall.worker == worker)
    }
}

impl Stalls {
    pub(crate) fn new() -> Self {
        Self {
            found: AtomicU64::new(0),
            ongoing: AtomicUsize::new(0),
            list: Mutex::ranked(Rank::Stalls, List::default()),
        }
    }

    /// Records the result of a check of a worker: how long it has been stalled at this count of
    /// polls, or `None`.
    pub(super) fn note(
        &self,
        shared: &Shared,
        worker: usize,
        polls: u64,
        stalled_for: Option<Duration>,
        now: Instant,
    ) {
        if stalled_for.is_none() && self.ongoing.load(Relaxed) == 0 {
            return;
        }
        let mut list = self.list.lock();
        self.end_returned(&mut list, shared);
        #[cfg(feature = "tracing")]
        list.report_long(now);
        if let (Some(stalled_for), None) = (stalled_for, list.of(worker)) {
            self.begin(&mut list, shared, worker, polls, now - stalled_for);
        }
        self.send_reports(list, shared);
    }

    fn begin(&self, list: &mut List, shared: &Shared, worker: usize, polls: u64, since: Instant) {
        let Some(key) = shared.polled_by(worker) else {
            // The worker has been woken, and its thread does not have a core yet.
            return;
        };
        let who = |task: &Header| (task.phase(), task.meta().clone());
        let task = shared.with_task(worker, key, who);
        // After completion the same poll still wakes the joiner or drops the output.
        let Some((Phase::Running | Phase::Complete, task)) = task else {
            return;
        };
        // If the worker has moved on meanwhile, the task found is not the one that stalled it.
        let pulse = &shared.workers[worker].pulse;
        let has_progressed = pulse.returned_from(polls).is_some()
            || shared.sleepers.is_asleep(worker)
            || shared.sleepers.is_blocking(worker);
        if has_progressed {
            return;
        }
        list.ongoing.push(Ongoing {
            poll: polls,
            since,
            key,
            stall: Stall {
                task,
                worker,
                duration: Duration::ZERO,
                is_ongoing: true,
            },
            #[cfg(feature = "tracing")]
            is_reported: false,
        });
        self.found.fetch_add(1, Relaxed);
        self.ongoing.store(list.ongoing.len(), Relaxed);
    }

    /// Ends the stalls whose polls have returned.
    fn end_returned(&self, list: &mut List, shared: &Shared) {
        let mut at = 0;
        while let Some(stall) = list.ongoing.get(at) {
            match stall.returned_at(shared) {
                Some(returned) => self.end(list, shared, at, returned),
                None => at += 1,
            }
        }
    }

    fn end(&self, list: &mut List, shared: &Shared, at: usize, returned: Instant) {
        let ended = list.ongoing.swap_remove(at);
        self.ongoing.store(list.ongoing.len(), Relaxed);
        let stall = Stall {
            is_ongoing: false,
            ..ended.as_of(returned)
        };
        shared.with_task(stall.worker, ended.key, |task| {
            if task.meta().id() == stall.task_id() {
                task.effort().add_busy(stall.duration);
            }
        });
        #[cfg(feature = "tracing")]
        list.reports.consider(&stall, returned);
        if list.over.len() == KEPT {
            list.over.pop_front();
        }
        list.over.push_back(stall);
    }

    /// Releases the lock and sends the reports that are due.
    fn send_reports(&self, list: MutexGuard<'_, List>, shared: &Shared) {
        #[cfg(feature = "tracing")]
        {
            let mut list = list;
            let due = list.reports.take_due();
            drop(list);
            for due in due {
                if let Err(lost) = report(shared, due) {
                    self.list.lock().reports.suppressed += lost;
                }
            }
        }
        #[cfg(not(feature = "tracing"))]
        drop((list, shared));
    }

    /// Returns the stalls that are over, followed by those that are not.
    pub(crate) fn list(&self, shared: &Shared) -> Vec<Stall> {
        let mut list = self.list.lock();
        self.end_returned(&mut list, shared);
        let now = Instant::now();
        let ongoing = list.ongoing.iter().map(|stall| stall.as_of(now));
        let stalls = list.over.iter().cloned().chain(ongoing).collect();
        self.send_reports(list, shared);
        stalls
    }

    /// Returns how long the task has kept the worker, if that is a stall.
    pub(crate) fn stalled_for(&self, shared: &Shared, worker: usize, task: Id) -> Option<Duration> {
        if self.ongoing.load(Relaxed) == 0 {
            return None;
        }
        let list = self.list.lock();
        let stall = list.of(worker)?;
        let is_it = stall.stall.task_id() == task && stall.returned_at(shared).is_none();
        is_it.then(|| stall.as_of(Instant::now()).duration)
    }

    pub(crate) fn found(&self) -> u64 {
        self.found.load(Relaxed)
    }

    /// Returns how many workers are stalled, as far as is known, spare ones included.
    pub(crate) fn ongoing(&self, shared: &Shared) -> usize {
        if self.ongoing.load(Relaxed) > 0 {
            self.end_returned(&mut self.list.lock(), shared);
        }
        self.ongoing.load(Relaxed)
    }
}

#[cfg(feature = "tracing")]
impl List {
    /// Reports stalls that have lasted long, since they may never end.
    fn report_long(&mut self, now: Instant) {
        for stall in &mut self.ongoing {
            let so_far = stall.as_of(now);
            if !stall.is_reported && so_far.duration >= REPORT_AFTER {
                stall.is_reported = true;
                self.reports.consider(&so_far, now);
            }
        }
    }
}
