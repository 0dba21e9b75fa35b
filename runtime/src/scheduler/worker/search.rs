//! What a worker without work does: it checks the injectors and other workers' queues, and steals.
//!
//! Searching workers are counted in `Sleepers`, so that few search at a time, and no worker is
//! woken for work that a searching worker will find.
//!
//! Invariant: no user code runs while its worker counts as searching, since it may block.

use super::{LocalWorker, recurrent};
use crate::platform::{OwnThread, Setting};
use crate::scheduler::queue::STEAL_BATCH;
use crate::scheduler::{Group, Shared};
use crate::sync::atomic::{
    Ordering::{Relaxed, SeqCst},
    fence,
};
use crate::tasks::Notified;
use fastrand::Rng;
use std::cell::{Cell, RefCell};

/// The injector's length up to which the watchdog moves tasks of stalled workers into it: what a
/// worker takes from it at a few looks. Tasks from outside wait behind them, and the watchdog must
/// go on to observe the others; the rest follows at its next checks.
const MOST_STRANDED: usize = 64;

pub(super) struct Search {
    /// Whether the worker is counted among the searchers.
    pub(super) is_counted: Cell<bool>,
    /// Number of times that it has checked the injectors, if there are several.
    looks: Cell<usize>,
    /// Chooses the worker to steal from first.
    pub(super) rng: RefCell<Rng>,
}

impl Search {
    pub(super) fn new() -> Self {
        Self {
            is_counted: Cell::new(false),
            looks: Cell::new(0),
            rng: RefCell::new(Rng::new()),
        }
    }
}

impl LocalWorker {
    /// Takes a task from an injector at a look, and moves more of them into the queue.
    pub(super) fn pop_injected(&self) -> Option<Notified> {
        match self.shared.groups.is_one() {
            true => self.pop_from(self.group()),
            false => self.pop_from_any(),
        }
    }

    fn pop_from(&self, group: &Group) -> Option<Notified> {
        group.injector.pop_into(&self.queue, group.workers)
    }

    #[inline(never)]
    fn pop_from_any(&self) -> Option<Notified> {
        let look = self.search.looks.get();
        self.search.looks.set(look.wrapping_add(1));
        if let Some(near) = &self.shared.near {
            near.note(self.index, OwnThread::core());
        }
        self.groups_from(look)
            .find_map(|group| self.pop_from(group))
    }

    /// Returns all groups in the order for this look.
    fn groups_from(&self, look: usize) -> impl Iterator<Item = &Group> {
        let groups = &self.shared.groups;
        let order = groups.layout().order(groups.layout().of(self.index), look);
        order.map(|group| groups.get(group))
    }

    /// Returns whether an injector holds work.
    pub(super) fn has_injected_work(&self) -> bool {
        self.shared.groups.injected() > 0
    }

    fn pop_injected_if_seen(&self) -> Option<Notified> {
        match self.has_injected_work() {
            true => self.pop_injected(),
            false => None,
        }
    }

    /// Searches for a task elsewhere.
    pub(super) fn search(&self) -> Option<Notified> {
        if let Some(task) = self.pop_injected_if_seen() {
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
        self.steal().or_else(|| self.pop_injected_if_seen())
    }

    /// Ends the search. Returns `true` if this was the last searcher.
    #[inline]
    pub(in crate::scheduler) fn end_search(&self) -> bool {
        self.search.is_counted.take() && self.shared.sleepers.end_search()
    }

    #[inline(never)]
    pub(super) fn end_search_and_wake_help(&self) {
        if self.end_search() {
            let shared = &self.shared;
            self.wake_next_searcher(match self.group().pace.is_watched() {
                // In any group: threads that injected work relied on the searchers.
                true => self.queue.len() + shared.groups.injected(),
                // The others' queues, too: nothing detects that a worker is blocked.
                false => shared.waiting_tasks(),
            });
        }
    }

    /// Runs the user's code before the worker looks for work: it does not search meanwhile.
    pub(super) fn interrupt_search(&self, users_code: impl FnOnce()) {
        if !self.search.is_counted.take() {
            return users_code();
        }
        let shared = &self.shared;
        if shared.sleepers.interrupt_search() {
            // If the code does not block, this worker takes one of them at once.
            self.wake_next_searcher(shared.waiting_tasks().saturating_sub(1));
        }
        users_code();
        shared.sleepers.join_search();
        self.search.is_counted.set(true);
    }

    /// Must be called when no worker searches any more: wakes one if there is enough work for it.
    fn wake_next_searcher(&self, backlog: usize) {
        self.wake_help_for(backlog);
        if self.shared.offers_half_to(self.index) {
            self.shared.wake_for_halves();
        }
    }

    fn steal(&self) -> Option<Notified> {
        let workers = &self.shared.workers;
        self.visit_victims(|victim| {
            if !self.shared.is_worth_visiting(victim) {
                return None;
            }
            let stolen = workers[victim].queue.steal_into(&self.queue);
            let stolen = stolen.or_else(|| {
                // If the victim makes progress, it will run its next task soon, and a thief would
                // only tear that away.
                let is_absent = self.shared.is_absent(victim);
                is_absent.then(|| workers[victim].next.take()).flatten()
            });
            if stolen.is_some() {
                // The stolen batch went into the thief's empty queue.
                self.count_steal(1 + self.queue.len() as u64);
            }
            stolen
        })
    }

    /// Takes a batch from another worker, chosen at random, if its queue is much longer and this
    /// worker's tasks come back. Such a worker seldom searches, and without this a task in the
    /// longer queue would have that many fewer turns.
    pub(super) fn balance(&self) {
        if !self.recurrent.come_back() {
            return;
        }
        let Some(victim) = self.victims().next() else {
            return;
        };
        let shared = &self.shared;
        let queue = &shared.workers[victim].queue;
        let theirs = queue.len();
        if !is_uneven(self.queue.len(), theirs) {
            return;
        }
        // Not for a trial: the tasks would stay here though it fails.
        if shared.groups.of(victim).pace.is_worth_stealing(theirs) || shared.gain.is_faster() {
            let moved = queue.move_into(&self.queue);
            if moved > 0 {
                self.count_steal(moved as u64);
                self.wake_help();
            }
        }
    }

    /// Visits the other workers until one yields something: in random order, but those on near
    /// cores first if that makes a difference.
    pub(in crate::scheduler) fn visit_victims<T>(
        &self,
        visit: impl Fn(usize) -> Option<T>,
    ) -> Option<T> {
        match &self.shared.near {
            None => self.victims().find_map(visit),
            Some(near) => {
                near.note(self.index, OwnThread::core());
                near.nearest_first(self.index, self.victims())
                    .find_map(visit)
            }
        }
    }

    fn victims(&self) -> impl Iterator<Item = usize> + Clone {
        let (count, index) = (self.shared.workers.len(), self.index);
        let start = self.search.rng.borrow_mut().usize(..count);
        let victims = (start..start + count).map(move |n| n % count);
        victims.filter(move |&victim| victim != index)
    }

    pub(in crate::scheduler) fn count_steal(&self, stolen: u64) {
        let counters = &self.remote().pulse.counters;
        counters.steals.add(1);
        counters.stolen.add(stolen);
    }
}

/// Returns whether tasks should move from a queue of this length `theirs` to one of length `own`.
/// A quarter more is no reason, as tasks may differ by that many turns; nor are two batches of a
/// thief's, lest tasks go to and fro.
fn is_uneven(own: usize, theirs: usize) -> bool {
    theirs > own + own / 4 + 2 * STEAL_BATCH
}

impl Shared {
    /// Returns the number of tasks that any worker may take, after a search has ended.
    fn waiting_tasks(&self) -> usize {
        // Pairs with the fence in `needs_help`.
        fence(SeqCst);
        let queued = self.workers.iter().map(|worker| worker.queue.len());
        queued.sum::<usize>() + self.groups.injected() + self.background.len()
    }

    /// Moves tasks of stalled workers into injectors, where workers that are too busy to steal find
    /// them at their next look. If all workers are absent, nobody would, and one that searches
    /// steals. Called by the watchdog, which wakes nobody for them now: if all others fall asleep
    /// meanwhile, its next check finds them, or the stalled worker does before it sleeps.
    pub(crate) fn share_stranded_tasks(&self) {
        let sleepers = &self.sleepers;
        if sleepers.anyone_searching() || !sleepers.any_present(0..self.workers.len()) {
            return;
        }
        for (index, worker) in self.workers.iter().enumerate() {
            if sleepers.is_stalled(index) {
                let injector = &self.groups.of(index).injector;
                if let Some(task) = worker.next.take() {
                    injector.push(task);
                }
                let room = MOST_STRANDED.saturating_sub(injector.len());
                worker.queue.move_to(injector, room);
            }
        }
    }

    /// Returns whether a thief should visit this worker.
    fn is_worth_visiting(&self, victim: usize) -> bool {
        let remote = &self.workers[victim];
        let waiting = remote.queue.len();
        if self.is_absent(victim) {
            waiting > 0 || !remote.next.is_empty()
        } else {
            let recurs = waiting >= recurrent::MANY && remote.recurs.load(Relaxed);
            recurs || self.groups.of(victim).pace.is_worth_stealing(waiting)
        }
    }

    /// Returns whether another worker has work that this one would take.
    pub(super) fn has_backlog_for(&self, worker: usize) -> bool {
        (0..self.workers.len()).any(|victim| {
            victim != worker && !self.sleepers.is_asleep(victim) && self.is_worth_visiting(victim)
        }) || self.offers_half_to(worker)
    }
}
