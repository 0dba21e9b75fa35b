//! How workers sleep, and how whoever makes work finds one that is awake.
//!
//! Every worker announces its sleep here, and every thread that publishes work looks here whether
//! somebody must be woken. [`Sleepers`] owns both sides, the parkers included, so that the models
//! run the steps that the scheduler does. The protocol, and why no wake-up is lost, is in
//! `PROTOCOL.md` beside this file.
//!
//! Invariant: a worker announces its sleep *before* it looks for work a last time, and work is
//! published *before* its maker looks for sleepers.

mod due;
#[cfg(all(test, loom))]
mod loom_tests;
mod marks;
mod parker;

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

/// What wakes a worker that blocks in the poller and not in its parker.
pub(crate) trait WakePoller {
    /// Ends the leader's wait, or makes its next one return at once.
    fn wake_poller(&self);
}

/// Whether published work will be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(super) enum Found {
    /// A worker is awake, and will look for it.
    Awake,
    /// A worker has been woken for it.
    Woken,
    /// No regular worker is awake but absent ones, and none can be woken: a spare one is needed.
    Nobody,
}

/// On lines of its own, as `Driver`: each worker that falls asleep or wakes writes it.
#[repr(align(128))]
pub(crate) struct Sleepers {
    /// Who sleeps or is about to. A worker marks itself; whoever wakes it takes the mark away.
    /// Spare workers count as asleep until a stall claims them, with or without a thread.
    asleep: Marks,
    /// Who is awake but stalled in a poll, as far as is known: nobody is to count on it. Written by
    /// the watchdog only.
    stalled: Marks,
    /// Who runs what it knows to block. Written by the worker itself only: with one set for both,
    /// one writer would at times undo what the other had just said.
    blocking: Marks,
    /// Spare workers that have been called, and not been sent to rest since: while they sleep they
    /// may be woken as regular ones are. A hint; who wakes one must look whether it still has a
    /// thread.
    called: Marks,
    /// Workers looking for work to steal. A hint (may be -1 for a moment, between a woken worker's
    /// end of search and its waker's counting it in).
    searching: AtomicIsize,
    parkers: Box<[Parker]>,
    /// How many workers are regular; those beyond are spare.
    regular: usize,
}

impl Sleepers {
    pub(super) fn new(regular: usize, spares: usize) -> Self {
        let workers = regular + spares;
        let sleepers = Self {
            asleep: Marks::new(workers),
            stalled: Marks::new(workers),
            blocking: Marks::new(workers),
            called: Marks::new(workers),
            searching: AtomicIsize::new(0),
            parkers: (0..workers).map(|_| Parker::new()).collect(),
            regular,
        };
        (regular..workers).for_each(|spare| _ = sleepers.asleep.insert(spare));
        sleepers
    }

    // A worker that sleeps.

    /// To be called by the worker's thread, before it first sleeps.
    pub(super) fn adopt_current_thread(&self, worker: usize) {
        self.parkers[worker].adopt_current_thread();
    }

    /// Announces that the worker is about to sleep. Whoever calls it must look for work once more,
    /// or see to it that somebody else does, as [`fall_asleep`](Self::fall_asleep) does.
    pub(super) fn announce(&self, worker: usize) {
        self.asleep.insert(worker);
        // Pairs with the fence in `nobody_awake`: of a sleeper and a maker of work, at least one
        // sees the other.
        fence(SeqCst);
    }

    /// Announces the worker's sleep, and looks for work a last time. `true`: there is none, and the
    /// worker may block. Either way it must [`wake_up`](Self::wake_up) afterwards.
    pub(super) fn fall_asleep(&self, worker: usize, sees_work: impl FnOnce() -> bool) -> bool {
        self.announce(worker);
        !sees_work()
    }

    /// Blocks until notified, or until the deadline. May return for no reason.
    pub(super) fn park(&self, worker: usize, deadline: Option<Instant>) {
        self.parkers[worker].park(deadline);
    }

    /// Blocks in the poller, by `wait`, unless the worker has been notified.
    pub(super) fn lead(&self, worker: usize, wait: impl FnOnce()) {
        if self.parkers[worker].begin_lead() {
            wait();
            self.parkers[worker].end_lead();
        }
    }

    /// The worker is awake. `true`: somebody claimed it, so it counts as searching.
    pub(super) fn wake_up(&self, worker: usize) -> bool {
        !self.asleep.remove(worker)
    }

    // Whoever makes work.

    /// Publishes work, by `push`, where any worker will look, and wakes a worker if nobody would
    /// find it otherwise.
    #[inline]
    pub(super) fn publish(&self, poller: &impl WakePoller, push: impl FnOnce()) -> Found {
        push();
        if !self.nobody_awake() {
            return Found::Awake;
        }
        // The sleeper that was seen may have been woken by somebody else meanwhile: then it will
        // look.
        match self.wake_one(poller) || !self.nobody_awake() {
            true => Found::Woken,
            false => Found::Nobody,
        }
    }

    /// Wakes a sleeping regular worker, which counts as searching. `false`: there is none.
    pub(crate) fn wake_one(&self, poller: &impl WakePoller) -> bool {
        let claimed = self.claim(|index| self.regular_bits(index));
        if let Some(worker) = claimed {
            self.unpark(worker, poller);
        }
        claimed.is_some()
    }

    /// Chooses a spare worker and counts it as searching. The caller must unpark or start it.
    pub(super) fn claim_spare(&self) -> Option<usize> {
        self.claim(|index| !self.regular_bits(index))
    }

    /// As [`claim_spare`](Self::claim_spare), of one that has been called and sleeps.
    pub(super) fn claim_called(&self) -> Option<usize> {
        self.claim(|index| self.called.words()[index].load(Relaxed))
    }

    /// As [`claim_spare`](Self::claim_spare), of one that has not been called.
    pub(super) fn claim_uncalled(&self) -> Option<usize> {
        self.claim(|index| !self.regular_bits(index) & !self.called.words()[index].load(Relaxed))
    }

    /// `false`: it was so already.
    pub(super) fn set_called(&self, spare: usize, called: bool) -> bool {
        match called {
            true => self.called.insert(spare),
            false => self.called.remove(spare),
        }
    }

    pub(crate) fn is_called(&self, spare: usize) -> bool {
        self.called.contains(spare)
    }

    /// Whether a spare worker has been called, and not been sent to rest since.
    pub(crate) fn any_called(&self) -> bool {
        let mut words = self.called.words().iter();
        words.any(|word| word.load(Relaxed) != 0)
    }

    /// Takes a claim back, of a spare worker that has no thread and got none.
    pub(super) fn unclaim(&self, spare: usize) {
        self.end_search();
        self.announce(spare);
    }

    fn claim(&self, among: impl Fn(usize) -> u64) -> Option<usize> {
        let worker = self.asleep.remove_lowest(among)?;
        self.searching.fetch_add(1, SeqCst);
        Some(worker)
    }

    /// Ends the worker's block, or prevents its next one.
    pub(super) fn unpark(&self, worker: usize, poller: &impl WakePoller) {
        if self.parkers[worker].notify() == Unblock::WakePoller {
            poller.wake_poller();
        }
    }

    /// After something was left for this worker alone: wakes it if it sleeps.
    fn wake_for_its_own(&self, worker: usize, poller: &impl WakePoller) {
        // Pairs with the fence in `announce`.
        fence(SeqCst);
        if self.asleep.contains(worker) {
            self.unpark(worker, poller);
        }
    }

    /// After work was published: whether nobody is awake to find it, but for those that are absent.
    fn nobody_awake(&self) -> bool {
        // Pairs with the fences in `announce` and `mark`.
        fence(SeqCst);
        let absent = self.stalled.words().iter().zip(self.blocking.words());
        let words = self.asleep.words().iter().zip(absent).enumerate();
        let mut words = words.map(|(index, (asleep, (stalled, blocking)))| {
            let away = asleep.load(SeqCst) | stalled.load(SeqCst) | blocking.load(SeqCst);
            away == self.full(index)
        });
        words.all(|nobody| nobody)
    }

    // Workers that are awake and absent.

    /// The watchdog says whether the worker is stalled. If it is, the watchdog must look for work
    /// once more, and for somebody to do it.
    pub(crate) fn set_stalled(&self, worker: usize, stalled: bool) {
        mark(&self.stalled, worker, stalled);
    }

    /// The worker says whether it runs what it knows to block. If it does, it must look for work
    /// once more, and for somebody to do it.
    pub(super) fn set_blocking(&self, worker: usize, blocking: bool) {
        mark(&self.blocking, worker, blocking);
    }

    pub(crate) fn is_stalled(&self, worker: usize) -> bool {
        self.stalled.contains(worker)
    }

    pub(crate) fn is_blocking(&self, worker: usize) -> bool {
        self.blocking.contains(worker)
    }

    // Who sleeps.

    pub(crate) fn is_asleep(&self, worker: usize) -> bool {
        self.asleep.contains(worker)
    }

    /// Whether a worker sleeps that may be woken for work: a regular one, or a spare one that has
    /// been called.
    pub(super) fn any_asleep(&self) -> bool {
        let mut words = self.asleep.words().iter().enumerate();
        words.any(|(index, word)| {
            let asleep = word.load(Relaxed);
            asleep & self.regular_bits(index) != 0
                || asleep != 0 && asleep & self.called.words()[index].load(Relaxed) != 0
        })
    }

    pub(crate) fn all_asleep(&self) -> bool {
        let mut words = self.asleep.words().iter().enumerate();
        words.all(|(index, word)| word.load(SeqCst) == self.full(index))
    }

    /// As [`all_asleep`](Self::all_asleep), seen in order with what the caller did before.
    pub(crate) fn all_asleep_now(&self) -> bool {
        fence(SeqCst);
        self.all_asleep()
    }

    /// How many regular workers are awake.
    pub(super) fn awake_regulars(&self) -> usize {
        let words = self.asleep.words().iter().enumerate();
        let counts = words.map(|(index, asleep)| {
            (self.regular_bits(index) & !asleep.load(Relaxed)).count_ones() as usize
        });
        counts.sum()
    }

    /// Whether every worker but this one sleeps: then there is nobody to steal from.
    pub(super) fn is_alone(&self, worker: usize) -> bool {
        let mut words = self.asleep.words().iter().enumerate();
        words.all(|(index, word)| {
            let mine = match index == worker / WORD {
                true => bit(worker),
                false => 0,
            };
            word.load(Relaxed) | mine == self.full(index)
        })
    }

    /// Whether another worker is awake and not absent.
    pub(super) fn another_present(&self, worker: usize) -> bool {
        let absent = self.stalled.words().iter().zip(self.blocking.words());
        let mut words = self.asleep.words().iter().zip(absent).enumerate();
        words.any(|(index, (asleep, (stalled, blocking)))| {
            let away = asleep.load(SeqCst) | stalled.load(SeqCst) | blocking.load(SeqCst);
            let mine = match index == worker / WORD {
                true => bit(worker),
                false => 0,
            };
            away | mine != self.full(index)
        })
    }

    /// Whether one of these is awake and not absent. A hint: nothing is in order with it.
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

    /// How many spare workers are awake, stalled ones included.
    pub(super) fn awake_spares(&self) -> usize {
        let words = self.asleep.words().iter().enumerate();
        let counts = words.map(|(index, asleep)| {
            let spares = self.full(index) & !self.regular_bits(index);
            (spares & !asleep.load(Relaxed)).count_ones() as usize
        });
        counts.sum()
    }

    // Who searches.

    pub(super) fn anyone_searching(&self) -> bool {
        self.searching.load(SeqCst) > 0
    }

    /// The worker wants to search. `false`: enough others do; more would only contend.
    pub(super) fn start_search(&self) -> bool {
        if 2 * self.searching.load(Relaxed) >= self.regular as isize {
            return false;
        }
        self.join_search();
        true
    }

    /// The worker has seen work, and searches however many others do.
    pub(super) fn join_search(&self) {
        self.searching.fetch_add(1, SeqCst);
    }

    /// `true`: it was the last searcher, so nobody looks for further work now.
    pub(super) fn end_search(&self) -> bool {
        self.searching.fetch_sub(1, SeqCst) == 1
    }

    fn full(&self, index: usize) -> u64 {
        lowest_bits(self.parkers.len() - index * WORD)
    }

    fn regular_bits(&self, index: usize) -> u64 {
        lowest_bits(self.regular.saturating_sub(index * WORD))
    }
}

fn mark(marks: &Marks, worker: usize, set: bool) {
    match set {
        true => marks.insert(worker),
        false => marks.remove(worker),
    };
    // Pairs with the fence in `nobody_awake`, as that of `announce`.
    fence(SeqCst);
}
