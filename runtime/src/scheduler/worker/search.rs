//! What a worker without work does: it looks into the injector and at others' queues, and steals.
//!
//! Whoever searches is counted in `Sleepers`, so that few do at a time, and nobody is woken for what a
//! searching worker will find.

use super::{LocalWorker, recurrent};
use crate::scheduler::Shared;
use crate::sync::atomic::Ordering::Relaxed;
use crate::tasks::Notified;
use fastrand::Rng;
use std::cell::{Cell, RefCell};

pub(super) struct Search {
    /// Counted among those who search.
    pub(super) is_counted: Cell<bool>,
    /// Whom to steal from first.
    pub(super) rng: RefCell<Rng>,
}

impl Search {
    pub(super) fn new(is_counted: bool) -> Self {
        Self {
            is_counted: Cell::new(is_counted),
            rng: RefCell::new(Rng::new()),
        }
    }
}

impl LocalWorker {
    pub(super) fn pop_injected(&self) -> Option<Notified> {
        self.shared
            .injector
            .pop_into(&self.queue, self.shared.workers.regular())
    }

    /// Looks for work elsewhere.
    pub(super) fn search(&self) -> Option<Notified> {
        if let Some(task) = self.pop_injected() {
            return Some(task);
        }
        let sleepers = &self.shared.sleepers;
        if sleepers.is_alone(self.index) {
            return None;
        }
        let is_counted = &self.search.is_counted;
        if !is_counted.get() {
            is_counted.set(sleepers.start_search());
        }
        if !is_counted.get() {
            return None;
        }
        self.steal().or_else(|| self.pop_injected())
    }

    /// Searches no more. `true`: it was the last of those who did.
    #[inline]
    pub(super) fn end_search(&self) -> bool {
        self.search.is_counted.take() && self.shared.sleepers.end_search()
    }

    fn steal(&self) -> Option<Notified> {
        let workers = &self.shared.workers;
        let count = workers.len();
        let start = self.search.rng.borrow_mut().usize(..count);
        (start..start + count)
            .map(|n| n % count)
            .filter(|&victim| victim != self.index)
            .find_map(|victim| {
                if !self.shared.worth_stealing(victim) {
                    return None;
                }
                let stolen = workers[victim].queue.steal_into(&self.queue);
                let stolen = stolen.or_else(|| {
                    // From a worker that moves, its next task would only be torn.
                    let still = self.shared.is_absent(victim);
                    still.then(|| workers[victim].next.take()).flatten()
                });
                if stolen.is_some() {
                    let counters = &self.remote().pulse.counters;
                    counters.steals.add(1);
                    // What a thief moves goes into its empty queue.
                    counters.stolen.add(1 + self.queue.len() as u64);
                }
                stolen
            })
    }
}

impl Shared {
    /// Whether a thief should visit this worker.
    fn worth_stealing(&self, victim: usize) -> bool {
        let remote = &self.workers[victim];
        let waiting = remote.queue.len();
        if self.is_absent(victim) {
            waiting > 0 || !remote.next.is_empty()
        } else {
            let recurs = waiting >= recurrent::MANY && remote.recurs.load(Relaxed);
            recurs || self.pace.worth_stealing(waiting)
        }
    }

    /// The last look before a worker sleeps.
    pub(super) fn has_work_for(&self, worker: usize) -> bool {
        self.injector.len() > 0
            || (0..self.workers.len()).any(|victim| {
                victim != worker && !self.sleepers.is_asleep(victim) && self.worth_stealing(victim)
            })
    }
}
