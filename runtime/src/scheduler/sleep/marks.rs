//! A set of workers: one bit for each, in any number of words.
//!
//! Any thread reads; who may write which bit is said where a set is used. Every change is SeqCst,
//! as the protocol in `PROTOCOL.md` orders some of them against fences.

use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

pub(super) const WORD: usize = u64::BITS as usize;

pub(super) struct Marks(Box<[AtomicU64]>);

impl Marks {
    /// A set with none of so many workers in it.
    pub(super) fn new(workers: usize) -> Self {
        let words = workers.div_ceil(WORD);
        Self((0..words).map(|_| AtomicU64::new(0)).collect())
    }

    pub(super) fn words(&self) -> &[AtomicU64] {
        &self.0
    }

    /// `false`: it was in it.
    pub(super) fn insert(&self, worker: usize) -> bool {
        let before = self.0[worker / WORD].fetch_or(bit(worker), SeqCst);
        before & bit(worker) == 0
    }

    /// `false`: it was not in it.
    pub(super) fn remove(&self, worker: usize) -> bool {
        let before = self.0[worker / WORD].fetch_and(!bit(worker), SeqCst);
        before & bit(worker) != 0
    }

    pub(super) fn contains(&self, worker: usize) -> bool {
        self.0[worker / WORD].load(Relaxed) & bit(worker) != 0
    }

    /// Takes out the lowest of those that `among` allows, by word: the same few workers stay warm.
    pub(super) fn remove_lowest(&self, among: impl Fn(usize) -> u64) -> Option<usize> {
        for (index, word) in self.0.iter().enumerate() {
            let among = among(index);
            let mut now = word.load(SeqCst) & among;
            while now != 0 {
                let lowest = now & now.wrapping_neg();
                let before = word.fetch_and(!lowest, SeqCst);
                if before & lowest != 0 {
                    return Some(index * WORD + lowest.trailing_zeros() as usize);
                }
                now = before & among;
            }
        }
        None
    }
}

pub(super) fn bit(worker: usize) -> u64 {
    1 << (worker % WORD)
}

/// A word with its lowest `count` bits set, of which there may be more than it has.
pub(super) fn lowest_bits(count: usize) -> u64 {
    match count {
        WORD.. => u64::MAX,
        count => (1 << count) - 1,
    }
}
