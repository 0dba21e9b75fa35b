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
    /// Workers looking for work to steal. A hint (may be -1 for a moment, between
    /// a woken worker's end of search and its waker's counting it in).
    searching: AtomicIsize,
    workers: usize,
}

const WORD: usize = u64::BITS as usize;

impl Idle {
    pub(super) fn new(workers: usize) -> Self {
        Self {
            sleeping: (0..workers.div_ceil(WORD))
                .map(|_| AtomicU64::new(0))
                .collect(),
            searching: AtomicIsize::new(0),
            workers,
        }
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

    /// After work was published: whether nobody is awake to find it.
    pub(super) fn must_wake(&self) -> bool {
        // Pairs with the fence in `announce_sleep`.
        fence(SeqCst);
        self.all_asleep()
    }

    /// Chooses a sleeper and counts it as searching. The caller must unpark it.
    ///
    /// The lowest number first, so that the same few workers stay warm.
    pub(super) fn claim_sleeper(&self) -> Option<usize> {
        for (index, word) in self.sleeping.iter().enumerate() {
            let mut now = word.load(SeqCst);
            while now != 0 {
                let lowest = now & now.wrapping_neg();
                now = word.fetch_and(!lowest, SeqCst);
                if now & lowest != 0 {
                    self.searching.fetch_add(1, SeqCst);
                    return Some(index * WORD + lowest.trailing_zeros() as usize);
                }
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

    pub(super) fn any_asleep(&self) -> bool {
        self.sleeping.iter().any(|word| word.load(Relaxed) != 0)
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
        if 2 * self.searching.load(Relaxed) >= self.workers as isize {
            return false;
        }
        self.searching.fetch_add(1, SeqCst);
        true
    }

    /// `true`: it was the last searcher, so nobody looks for further work now.
    pub(super) fn end_search(&self) -> bool {
        self.searching.fetch_sub(1, SeqCst) == 1
    }

    fn full(&self, index: usize) -> u64 {
        match self.workers - index * WORD {
            rest if rest >= WORD => u64::MAX,
            rest => (1 << rest) - 1,
        }
    }
}

fn bit(worker: usize) -> u64 {
    1 << (worker % WORD)
}
