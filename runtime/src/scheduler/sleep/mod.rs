//! How workers sleep, and how a thread that makes work finds a worker that is awake.
//!
//! A worker announces its sleep here, and a thread that publishes work checks here whether it must
//! wake a worker. [`Sleepers`] owns both sides, the parkers included, so that the loom models run
//! the same steps as the scheduler. `PROTOCOL.md` beside this file has the protocol, and why no
//! wake-up is lost.
//!
//! Invariant: a worker announces its sleep *before* it checks for work a last time, and work is
//! published *before* its maker checks for sleepers.

mod due;
#[cfg(all(test, loom))]
mod loom_tests;
mod marks;
mod parker;
#[cfg(all(test, loom))]
mod parker_loom_tests;
#[cfg(all(test, not(loom)))]
mod tests;

use super::on_demand::OnDemand;
use crate::sync::atomic::{
    AtomicIsize,
    Ordering::{Relaxed, SeqCst},
    fence,
};
use marks::{Marks, WORD, bit, lowest_bits};
use parker::{Parker, Unblock};
use std::ops::{BitOr, Range};
use std::time::Instant;

pub(super) use due::Due;

/// A word of workers that all sleep.
const FULL: u64 = u64::MAX;

/// Wakes a worker that blocks in the poller instead of in its parker.
pub(crate) trait WakePoller {
    /// Ends the leader's wait, or makes the next one return at once.
    fn wake_poller(&self);
}

/// Whether a worker will find the published work.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Found {
    /// A worker is awake and will check for it.
    Awake,
    /// A worker has been woken for it.
    Woken,
    /// Every regular worker that is awake is absent, and none can be woken: a spare one is needed.
    Nobody,
}

/// On cache lines of its own, like `Driver`: each worker that falls asleep or wakes writes it.
#[repr(align(128))]
pub(crate) struct Sleepers {
    /// The workers that sleep or are about to. A worker adds itself; a thread that wakes it removes
    /// it. Spare workers count as asleep until a stall claims them, with or without a thread. So do
    /// the numbers without a worker in the last word, for which nobody is ever woken.
    asleep: Marks,
    /// The workers that are awake but, as far as is known, stalled in a poll: no thread may count
    /// on them. Written by the watchdog only.
    stalled: Marks,
    /// The workers that run code known to block. Written by the worker itself only: with a single
    /// set for both, one writer would at times undo what the other had just stored.
    blocking: Marks,
    /// Spare workers that have been called and not been sent to rest since. While they sleep they
    /// may be woken like regular workers. A hint: a thread that wakes one must check whether it
    /// still has a thread.
    called: Marks,
    /// The number of workers that search for work. A hint: it can be -1 for a moment, if a woken
    /// worker ends its search before its waker has counted it.
    searching: AtomicIsize,
    /// Those of the regular workers.
    parkers: Box<[Parker]>,
    spare_parkers: OnDemand<Parker>,
    /// The number of regular workers; those with higher numbers are spare.
    regular: usize,
}

impl Sleepers {
    pub(super) fn new(regular: usize, spares: usize) -> Self {
        let workers = regular + spares;
        Self {
            asleep: Marks::of_words(workers, |index| !regular_bits(regular, index)),
            stalled: Marks::new(workers),
            blocking: Marks::new(workers),
            called: Marks::new(workers),
            searching: AtomicIsize::new(0),
            parkers: (0..regular).map(|_| Parker::new()).collect(),
            spare_parkers: OnDemand::new(spares, Parker::new),
            regular,
        }
    }

    // Called by a worker that sleeps.

    /// Must be called by the worker's thread before it first sleeps.
    pub(super) fn adopt_current_thread(&self, worker: usize) {
        self.parker(worker).adopt_current_thread();
    }

    /// Announces that the worker is about to sleep. The caller must check for work once more, as
    /// [`fall_asleep`](Self::fall_asleep) does, or make another worker check.
    pub(super) fn announce(&self, worker: usize) {
        self.asleep.insert(worker);
        // Pairs with the fence in `nobody_awake`: of a sleeper and a maker of work, at least one
        // sees the other.
        fence(SeqCst);
    }

    /// Announces the worker's sleep and checks for work a last time. Returns `true` if there is
    /// none, so that the worker may block. In either case the caller must call
    /// [`wake_up`](Self::wake_up) afterwards.
    pub(super) fn fall_asleep(&self, worker: usize, sees_work: impl FnOnce() -> bool) -> bool {
        self.announce(worker);
        !sees_work()
    }

    /// Blocks until notified, or until the deadline. May return spuriously.
    pub(super) fn park(&self, worker: usize, deadline: Option<Instant>) {
        self.parker(worker).park(deadline);
    }

    /// Blocks in the poller by calling `wait`, unless the worker has been notified.
    pub(super) fn lead(&self, worker: usize, wait: impl FnOnce()) {
        let parker = self.parker(worker);
        if parker.begin_lead() {
            wait();
            parker.end_lead();
        }
    }

    /// Marks the worker as awake. Returns `true` if another thread has claimed it, so that it
    /// counts as searching.
    pub(super) fn wake_up(&self, worker: usize) -> bool {
        !self.asleep.remove(worker)
    }

    // Called by threads that make work.

    /// Publishes work, by `push`, where every worker checks for it, and wakes a worker if otherwise
    /// none would find it.
    #[inline]
    pub(super) fn publish(&self, poller: &impl WakePoller, push: impl FnOnce()) -> Found {
        push();
        if !self.nobody_awake() {
            return Found::Awake;
        }
        // Another thread may have woken the sleeper that was seen; that worker then checks for
        // work.
        match self.wake_one(poller) || !self.nobody_awake() {
            true => Found::Woken,
            false => Found::Nobody,
        }
    }

    /// Wakes a sleeping regular worker, which then counts as searching. Returns `false` if there is
    /// none.
    pub(crate) fn wake_one(&self, poller: &impl WakePoller) -> bool {
        let claimed = self.asleep.remove_lowest(|index| self.regular_bits(index));
        if let Some(worker) = claimed {
            self.wake_claimed(worker, poller);
        }
        claimed.is_some()
    }

    /// Wakes a worker that the caller has claimed, which then counts as searching.
    pub(super) fn wake_claimed(&self, worker: usize, poller: &impl WakePoller) {
        self.join_search();
        self.unpark(worker, poller);
    }

    /// Claims a spare worker. The caller must wake it by [`wake_claimed`](Self::wake_claimed), or
    /// start its thread. Until that thread searches it does not count as searching: before that it
    /// runs the user's code.
    pub(super) fn claim_spare(&self) -> Option<usize> {
        self.asleep.remove_lowest(|index| self.spare_bits(index))
    }

    /// Like [`claim_spare`](Self::claim_spare), for one that has been called and sleeps.
    pub(super) fn claim_called(&self) -> Option<usize> {
        self.asleep
            .remove_lowest(|index| self.called.words()[index].load(Relaxed))
    }

    /// Like [`claim_spare`](Self::claim_spare), for one that has not been called.
    pub(super) fn claim_uncalled(&self) -> Option<usize> {
        self.asleep.remove_lowest(|index| {
            self.spare_bits(index) & !self.called.words()[index].load(Relaxed)
        })
    }

    /// Returns `false` if this changes nothing.
    pub(super) fn set_called(&self, spare: usize, called: bool) -> bool {
        match called {
            true => self.called.insert(spare),
            false => self.called.remove(spare),
        }
    }

    pub(crate) fn is_called(&self, spare: usize) -> bool {
        self.called.contains(spare)
    }

    /// Returns whether a spare worker has been called and not been sent to rest since.
    pub(crate) fn any_called(&self) -> bool {
        let mut words = self.called.words().iter();
        words.any(|word| word.load(Relaxed) != 0)
    }

    /// Ends the worker's block, or prevents its next one.
    pub(super) fn unpark(&self, worker: usize, poller: &impl WakePoller) {
        if self.parker(worker).notify() == Unblock::WakePoller {
            poller.wake_poller();
        }
    }

    /// Ends the blocks of the first `workers` workers, or prevents their next ones. The leader's
    /// last: its thread has often just run on the caller's core, takes it over when it wakes, and
    /// would keep the others asleep meanwhile.
    pub(super) fn unpark_all(&self, workers: usize, poller: &impl WakePoller) {
        let notified = (0..workers).map(|worker| self.parker(worker).notify());
        if notified.fold(false, |leads, todo| leads | (todo == Unblock::WakePoller)) {
            poller.wake_poller();
        }
    }

    /// Must be called after work has been left for this worker alone: wakes it if it sleeps.
    fn wake_for_its_own(&self, worker: usize, poller: &impl WakePoller) {
        // Pairs with the fence in `announce`.
        fence(SeqCst);
        if self.asleep.contains(worker) {
            self.unpark(worker, poller);
        }
    }

    /// Must be called after work has been published: returns whether all workers that could find it
    /// sleep or are absent.
    fn nobody_awake(&self) -> bool {
        // Pairs with the fences in `announce` and `mark`.
        fence(SeqCst);
        let absent = self.stalled.words().iter().zip(self.blocking.words());
        let words = self.asleep.words().iter().zip(absent);
        let mut words = words.map(|(asleep, (stalled, blocking))| {
            let asleep = asleep.load(SeqCst);
            asleep == FULL || asleep | stalled.load(SeqCst) | blocking.load(SeqCst) == FULL
        });
        words.all(|nobody| nobody)
    }

    // Workers that are awake and absent.

    /// Records whether the worker is stalled. Called by the watchdog only, which must afterwards,
    /// if the worker is stalled, check for work once more and for a worker to do it.
    pub(crate) fn set_stalled(&self, worker: usize, stalled: bool) {
        mark(&self.stalled, worker, stalled);
    }

    /// Records whether the worker runs code known to block. Called by the worker itself only, which
    /// must afterwards, if it blocks, check for work once more and for a worker to do it.
    pub(super) fn set_blocking(&self, worker: usize, blocking: bool) {
        mark(&self.blocking, worker, blocking);
    }

    pub(crate) fn is_stalled(&self, worker: usize) -> bool {
        self.stalled.contains(worker)
    }

    pub(crate) fn is_blocking(&self, worker: usize) -> bool {
        self.blocking.contains(worker)
    }

    // Which workers sleep.

    pub(crate) fn is_asleep(&self, worker: usize) -> bool {
        self.asleep.contains(worker)
    }

    /// Returns whether a worker that may be woken for work sleeps: a regular one, or a spare one
    /// that has been called.
    pub(super) fn any_asleep(&self) -> bool {
        let asleep = |index: usize| self.asleep.words()[index].load(Relaxed);
        let mut regular = 0..self.regular_words();
        let mut called = self.called.words().iter().enumerate();
        regular.any(|index| asleep(index) & self.regular_bits(index) != 0)
            || called.any(|(index, called)| match called.load(Relaxed) {
                0 => false,
                called => asleep(index) & called != 0,
            })
    }

    pub(crate) fn all_asleep(&self) -> bool {
        let mut words = self.asleep.words().iter();
        words.all(|word| word.load(SeqCst) == FULL)
    }

    /// Like [`all_asleep`](Self::all_asleep), but ordered after everything that the caller did
    /// before, by a fence.
    pub(crate) fn all_asleep_now(&self) -> bool {
        fence(SeqCst);
        self.all_asleep()
    }

    /// Returns the number of regular workers that are awake.
    pub(super) fn awake_regulars(&self) -> usize {
        let words = self.asleep.words()[..self.regular_words()]
            .iter()
            .enumerate();
        let counts = words.map(|(index, asleep)| {
            (self.regular_bits(index) & !asleep.load(Relaxed)).count_ones() as usize
        });
        counts.sum()
    }

    /// Returns whether every other worker sleeps, so that there is none to steal from.
    pub(super) fn is_alone(&self, worker: usize) -> bool {
        let mut words = self.asleep.words().iter().enumerate();
        words.all(|(index, word)| {
            let awake = !word.load(Relaxed);
            awake == 0 || awake == bit(worker) && index == worker / WORD
        })
    }

    /// Returns whether one of these workers is awake and not absent. A hint, without any ordering.
    pub(super) fn any_present(&self, workers: Range<usize>) -> bool {
        let mut words = workers.start / WORD..workers.end.div_ceil(WORD);
        words.any(|index| {
            let away = [&self.asleep, &self.stalled, &self.blocking]
                .map(|marks| marks.words()[index].load(Relaxed));
            let [below, up_to] = [workers.start, workers.end]
                .map(|worker| lowest_bits(worker.saturating_sub(index * WORD)));
            up_to & !below & !away.into_iter().fold(0, BitOr::bitor) != 0
        })
    }

    /// Returns the number of spare workers that are awake, including stalled ones.
    pub(super) fn awake_spares(&self) -> usize {
        let words = self.asleep.words().iter().enumerate();
        let counts = words.map(|(index, asleep)| {
            (self.spare_bits(index) & !asleep.load(Relaxed)).count_ones() as usize
        });
        counts.sum()
    }

    // Which workers search.

    pub(super) fn anyone_searching(&self) -> bool {
        self.searching.load(SeqCst) > 0
    }

    /// Counts the worker as searching. Returns `false`, and does not, if enough others search: more
    /// of them would only contend.
    pub(super) fn start_search(&self) -> bool {
        if 2 * self.searching.load(Relaxed) >= self.regular as isize {
            return false;
        }
        self.join_search();
        true
    }

    /// Counts the worker, which has seen work, as searching, however many others search.
    pub(super) fn join_search(&self) {
        self.searching.fetch_add(1, SeqCst);
    }

    /// Returns `true` if this was the last searcher, so that no worker searches for further work
    /// now.
    pub(super) fn end_search(&self) -> bool {
        // Less than one if the worker was not counted yet.
        self.searching.fetch_sub(1, SeqCst) <= 1
    }

    /// Ends the search of a worker that has found nothing yet, because it is about to run the
    /// user's code, which may block. Returns `true` if no worker searches now: the caller must then
    /// check for work, whose makers may have relied on this worker.
    pub(super) fn interrupt_search(&self) -> bool {
        let was_last = self.end_search();
        // Pairs with the fence in `nobody_awake`: a thread that makes work sees that this worker
        // does not search, or this worker sees the work.
        fence(SeqCst);
        was_last
    }

    fn parker(&self, worker: usize) -> &Parker {
        let regular = self.parkers.get(worker);
        regular.unwrap_or_else(|| &self.spare_parkers.all()[worker - self.regular])
    }

    fn spare_bits(&self, index: usize) -> u64 {
        let workers = self.regular + self.spare_parkers.count();
        lowest_bits(workers - index * WORD) & !self.regular_bits(index)
    }

    /// Returns the number of words that have bits of regular workers.
    fn regular_words(&self) -> usize {
        self.regular.div_ceil(WORD)
    }

    fn regular_bits(&self, index: usize) -> u64 {
        regular_bits(self.regular, index)
    }
}

fn regular_bits(regular: usize, index: usize) -> u64 {
    lowest_bits(regular.saturating_sub(index * WORD))
}

fn mark(marks: &Marks, worker: usize, set: bool) {
    match set {
        true => marks.insert(worker),
        false => marks.remove(worker),
    };
    // Pairs with the fence in `nobody_awake`, like that of `announce`.
    fence(SeqCst);
}
