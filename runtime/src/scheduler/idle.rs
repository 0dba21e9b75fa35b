//! Who sleeps, and who searches for work.
//!
//! Every worker writes here when it goes to sleep or wakes; every thread that
//! makes work reads here whether somebody must be woken. The protocol, and why
//! no wake-up is lost, is in `PROTOCOL.md` beside this file.
//!
//! Invariant: a worker announces its sleep *before* it looks for work a last
//! time, and work is published *before* its maker looks for sleepers.

use crate::sync::atomic::{
    AtomicIsize, AtomicU64,
    Ordering::{Relaxed, SeqCst},
    fence,
};

/// One bit per worker, set while it sleeps or is about to; and how many search.
pub(super) struct Idle {
    sleeping: Box<[AtomicU64]>,
    /// One bit per worker, set by the driver thread while the worker is awake but stuck
    /// in a poll, as far as is known: nobody is to count on it.
    stuck: Box<[AtomicU64]>,
    /// The same, set by the worker itself while it runs what it knows to block. Two
    /// marks, so that each has one writer and none undoes what the other has said.
    blocking: Box<[AtomicU64]>,
    /// Workers looking for work to steal. A hint (may be -1 for a moment, between
    /// a woken worker's end of search and its waker's counting it in).
    searching: AtomicIsize,
    /// How many workers are regular. Those beyond are spare: they count as asleep
    /// until a stall claims them.
    regular: usize,
    /// How many there are in all.
    workers: usize,
}

const WORD: usize = u64::BITS as usize;

impl Idle {
    pub(super) fn new(regular: usize, spares: usize) -> Self {
        let workers = regular + spares;
        let words = || (0..workers.div_ceil(WORD)).map(|_| AtomicU64::new(0));
        let idle = Self {
            sleeping: words().collect(),
            stuck: words().collect(),
            blocking: words().collect(),
            searching: AtomicIsize::new(0),
            regular,
            workers,
        };
        for (index, word) in idle.sleeping.iter().enumerate() {
            word.store(idle.full(index) & !idle.regular_bits(index), SeqCst);
        }
        idle
    }

    /// Announces that the worker is about to sleep. It must look for work once
    /// more before it does.
    pub(super) fn announce_sleep(&self, worker: usize) {
        self.sleeping[worker / WORD].fetch_or(bit(worker), SeqCst);
        // Pairs with the fence in `must_wake`: of a sleeper and a maker of work, at
        // least one sees the other.
        fence(SeqCst);
    }

    /// The worker is awake. `true`: somebody claimed it, so it counts as searching.
    pub(super) fn end_sleep(&self, worker: usize) -> bool {
        let before = self.sleeping[worker / WORD].fetch_and(!bit(worker), SeqCst);
        before & bit(worker) == 0
    }

    /// The driver thread announces whether the worker is stuck. If it is, the caller must
    /// look for work once more, and for somebody to do it.
    pub(super) fn set_stuck(&self, worker: usize, stuck: bool) {
        mark(&self.stuck, worker, stuck);
    }

    /// The worker announces whether it runs what it knows to block. If it does, it must
    /// look for work once more, and for somebody to do it.
    pub(super) fn set_blocking(&self, worker: usize, blocking: bool) {
        mark(&self.blocking, worker, blocking);
    }

    pub(super) fn is_stuck(&self, worker: usize) -> bool {
        is_marked(&self.stuck, worker)
    }

    pub(super) fn is_blocking(&self, worker: usize) -> bool {
        is_marked(&self.blocking, worker)
    }

    /// After work was published: whether nobody is awake to find it, but for those
    /// that are stuck.
    pub(super) fn must_wake(&self) -> bool {
        // Pairs with the fences in `announce_sleep` and `mark`.
        fence(SeqCst);
        let marks = self.stuck.iter().zip(&self.blocking);
        let words = self.sleeping.iter().zip(marks).enumerate();
        let mut words = words.map(|(index, (sleeping, (stuck, blocking)))| {
            let away = sleeping.load(SeqCst) | stuck.load(SeqCst) | blocking.load(SeqCst);
            away == self.full(index)
        });
        words.all(|nobody| nobody)
    }

    /// Whether every worker sleeps, seen in order with what the caller did before.
    pub(super) fn all_asleep_now(&self) -> bool {
        fence(SeqCst);
        self.all_asleep()
    }

    /// Chooses a sleeper among the regular workers and counts it as searching. The
    /// caller must unpark it.
    pub(super) fn claim_sleeper(&self) -> Option<usize> {
        self.claim(|index| self.regular_bits(index))
    }

    /// Chooses a spare worker and counts it as searching. The caller must unpark or
    /// start it.
    pub(super) fn claim_spare(&self) -> Option<usize> {
        self.claim(|index| !self.regular_bits(index))
    }

    /// The lowest number first, so that the same few workers stay warm.
    fn claim(&self, among: impl Fn(usize) -> u64) -> Option<usize> {
        for (index, word) in self.sleeping.iter().enumerate() {
            let among = among(index);
            let mut now = word.load(SeqCst) & among;
            while now != 0 {
                let lowest = now & now.wrapping_neg();
                let before = word.fetch_and(!lowest, SeqCst);
                if before & lowest != 0 {
                    self.searching.fetch_add(1, SeqCst);
                    return Some(index * WORD + lowest.trailing_zeros() as usize);
                }
                now = before & among;
            }
        }
        None
    }

    pub(super) fn all_asleep(&self) -> bool {
        self.sleeping
            .iter()
            .enumerate()
            .all(|(index, word)| word.load(SeqCst) == self.full(index))
    }

    /// Whether a regular worker sleeps.
    pub(super) fn any_asleep(&self) -> bool {
        let mut words = self.sleeping.iter().enumerate();
        words.any(|(index, word)| word.load(Relaxed) & self.regular_bits(index) != 0)
    }

    pub(super) fn is_asleep(&self, worker: usize) -> bool {
        self.sleeping[worker / WORD].load(Relaxed) & bit(worker) != 0
    }

    /// Whether every worker but this one sleeps: then there is nobody to steal from.
    pub(super) fn is_alone(&self, worker: usize) -> bool {
        self.sleeping.iter().enumerate().all(|(index, word)| {
            let mine = if index == worker / WORD {
                bit(worker)
            } else {
                0
            };
            word.load(Relaxed) | mine == self.full(index)
        })
    }

    pub(super) fn anyone_searching(&self) -> bool {
        self.searching.load(SeqCst) > 0
    }

    /// The worker wants to search. `false`: enough others do; more would only
    /// contend.
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

    /// How many spare workers are awake, stuck ones included.
    pub(super) fn awake_spares(&self) -> usize {
        let words = self.sleeping.iter().enumerate();
        let counts = words.map(|(index, sleeping)| {
            let spares = self.full(index) & !self.regular_bits(index);
            (spares & !sleeping.load(Relaxed)).count_ones() as usize
        });
        counts.sum()
    }

    fn full(&self, index: usize) -> u64 {
        lowest_bits(self.workers - index * WORD)
    }

    fn regular_bits(&self, index: usize) -> u64 {
        lowest_bits(self.regular.saturating_sub(index * WORD))
    }
}

fn mark(words: &[AtomicU64], worker: usize, set: bool) {
    let word = &words[worker / WORD];
    match set {
        true => word.fetch_or(bit(worker), SeqCst),
        false => word.fetch_and(!bit(worker), SeqCst),
    };
    // Pairs with the fence in `must_wake`, as that of `announce_sleep`.
    fence(SeqCst);
}

fn is_marked(words: &[AtomicU64], worker: usize) -> bool {
    words[worker / WORD].load(Relaxed) & bit(worker) != 0
}

fn lowest_bits(count: usize) -> u64 {
    match count {
        WORD.. => u64::MAX,
        count => (1 << count) - 1,
    }
}

fn bit(worker: usize) -> u64 {
    1 << (worker % WORD)
}
