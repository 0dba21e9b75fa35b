//! Stalls: polls that did not return in time, kept for users to see.
//!
//! The driver thread notes that a worker is stuck. The worker itself notes the end when it next
//! reads the clock, which is right after the poll, since the driver thread has told it to look up;
//! if that was missed, the driver thread does. Any thread lists them. All of it is under one
//! lock, which is taken only where there are stalls. The invariant: of a worker, one stall goes on
//! at most.

use super::Shared;
use super::polled::TaskKey;
use crate::runtime::Stall;
use crate::task::{Header, Id, Phase};
use parking_lot::{Mutex, MutexGuard};
use std::collections::VecDeque;
// Not loom's: no protocol hangs on them.
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

#[cfg(feature = "tracing")]
use super::stall_reports::{GOES_ON_FOR, Reports};

/// How many that are over are kept.
const KEPT: usize = 64;

pub(super) struct Stalls {
    found: AtomicU64,
    /// How many the list has of these, for those who need not lock it then.
    going_on: AtomicUsize,
    list: Mutex<List>,
}

#[derive(Default)]
struct List {
    going_on: Vec<GoingOn>,
    over: VecDeque<Stall>,
    #[cfg(feature = "tracing")]
    reports: Reports,
}

struct GoingOn {
    /// The worker's tick, which stands still meanwhile.
    tick: u64,
    since: Instant,
    key: TaskKey,
    stall: Stall,
    #[cfg(feature = "tracing")]
    is_reported: bool,
}

impl Stalls {
    pub(super) fn new() -> Self {
        Self {
            found: AtomicU64::new(0),
            going_on: AtomicUsize::new(0),
            list: Mutex::default(),
        }
    }

    fn any_goes_on(&self) -> bool {
        self.going_on.load(Relaxed) > 0
    }

    #[cfg(feature = "tracing")]
    pub(super) fn count_suppressed(&self, reports: u64) {
        self.list.lock().reports.suppressed += reports;
    }
}

impl GoingOn {
    fn so_far(&self, now: Instant) -> Stall {
        Stall {
            duration: now.saturating_duration_since(self.since),
            ..self.stall.clone()
        }
    }
}

impl List {
    fn of(&self, worker: usize) -> Option<usize> {
        let mut going_on = self.going_on.iter();
        going_on.position(|stall| stall.stall.worker == worker)
    }
}

impl Shared {
    /// The driver thread has looked at a worker, which has been stuck at this tick for so long, if
    /// it is.
    pub(super) fn note_look(
        &self,
        worker: usize,
        tick: u64,
        stuck_for: Option<Duration>,
        now: Instant,
    ) {
        if stuck_for.is_none() && !self.stalls.any_goes_on() {
            return;
        }
        let mut list = self.stalls.list.lock();
        if let Some(at) = list.of(worker) {
            if self.has_returned(worker, list.going_on[at].tick) {
                self.end_stall(&mut list, at, now);
            } else {
                #[cfg(feature = "tracing")]
                list.report_if_long(at, now);
            }
        }
        if let (Some(stuck_for), None) = (stuck_for, list.of(worker)) {
            self.begin_stall(&mut list, worker, tick, now - stuck_for);
        }
        self.send_reports(list);
    }

    /// The worker has come back from a poll, and may have been stuck in it.
    #[inline]
    pub(super) fn note_return(&self, worker: usize, now: impl FnOnce() -> Instant) {
        if self.stalls.any_goes_on() {
            let now = now();
            let mut list = self.stalls.list.lock();
            if let Some(at) = list.of(worker) {
                self.end_stall(&mut list, at, now);
            }
            self.send_reports(list);
        }
    }

    fn has_returned(&self, worker: usize, tick: u64) -> bool {
        self.workers[worker].tick.load(Relaxed) != tick
            || self.sleepers.is_asleep(worker)
            || self.sleepers.is_blocking(worker)
    }

    fn begin_stall(&self, list: &mut List, worker: usize, tick: u64, since: Instant) {
        let Some(key) = self.polled_by(worker) else {
            // It has been woken, and its thread has not got a core yet.
            return;
        };
        let who = |task: &Header| (task.phase(), task.id(), task.origin().clone());
        let task = self.with_task(worker, key, who);
        // On its way out it drops what it had, and wakes who waits for it.
        let Some((Phase::Running | Phase::Complete, id, origin)) = task else {
            return;
        };
        // It was another's, if the worker has returned meanwhile. One that leaves has seen the end
        // of the runtime, and then takes the lock a last time.
        if self.has_returned(worker, tick) || self.is_shut_down() {
            return;
        }
        list.going_on.push(GoingOn {
            tick,
            since,
            key,
            stall: Stall {
                id,
                origin,
                worker,
                duration: Duration::ZERO,
                goes_on: true,
            },
            #[cfg(feature = "tracing")]
            is_reported: false,
        });
        self.stalls.found.fetch_add(1, Relaxed);
        self.stalls.going_on.store(list.going_on.len(), Relaxed);
    }

    fn end_stall(&self, list: &mut List, at: usize, now: Instant) {
        let ended = list.going_on.swap_remove(at);
        self.stalls.going_on.store(list.going_on.len(), Relaxed);
        let stall = Stall {
            goes_on: false,
            ..ended.so_far(now)
        };
        self.with_task(stall.worker, ended.key, |task| {
            if task.id() == stall.id {
                task.effort().add_busy(stall.duration);
            }
        });
        #[cfg(feature = "tracing")]
        list.reports.consider(&stall, now);
        if list.over.len() == KEPT {
            list.over.pop_front();
        }
        list.over.push_back(stall);
    }

    /// Sends what is to be reported, without the lock.
    fn send_reports(&self, list: MutexGuard<'_, List>) {
        #[cfg(feature = "tracing")]
        {
            let mut list = list;
            let due = list.reports.take_due();
            drop(list);
            due.into_iter().for_each(|report| self.report_stall(report));
        }
        #[cfg(not(feature = "tracing"))]
        drop(list);
    }

    /// Those that are over, and then those that go on.
    pub(crate) fn stalls(&self) -> Vec<Stall> {
        let list = self.stalls.list.lock();
        let now = Instant::now();
        let going_on = list.going_on.iter().map(|stall| stall.so_far(now));
        list.over.iter().cloned().chain(going_on).collect()
    }

    /// How long the task has kept the worker, if that is a stall.
    pub(super) fn stalled_for(&self, worker: usize, task: Id) -> Option<Duration> {
        if !self.stalls.any_goes_on() {
            return None;
        }
        let list = self.stalls.list.lock();
        let stall = list.going_on[list.of(worker)?].so_far(Instant::now());
        (stall.id == task).then_some(stall.duration)
    }

    pub(crate) fn stalls_found(&self) -> u64 {
        self.stalls.found.load(Relaxed)
    }

    /// How many workers are stuck, as far as is known, spare ones included.
    pub(crate) fn stuck_workers(&self) -> usize {
        self.stalls.going_on.load(Relaxed)
    }
}

#[cfg(feature = "tracing")]
impl List {
    /// One that may go on for ever is not reported only at its end.
    fn report_if_long(&mut self, at: usize, now: Instant) {
        let stall = &mut self.going_on[at];
        let so_far = stall.so_far(now);
        if !stall.is_reported && so_far.duration >= GOES_ON_FOR {
            stall.is_reported = true;
            self.reports.consider(&so_far, now);
        }
    }
}
