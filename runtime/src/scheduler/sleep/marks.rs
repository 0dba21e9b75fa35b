//! A set of workers: one bit for each, in any number of words.
//!
//! Any thread may read; each use of a set documents which threads may write which bit. Every change
//! is SeqCst, because the protocol in `PROTOCOL.md` orders some of them against fences.

use crate::sync::atomic::{
    AtomicU64,
    Ordering::{Relaxed, SeqCst},
};

pub(super) const WORD: usize = u64::BITS as usize;

pub(super) struct Marks(Box<[AtomicU64]>);

impl Marks {
    /// Creates an empty set for this number of workers.
    pub(super) fn new(workers: usize) -> Self {
        Self::of_words(workers, |_| 0)
    }

    /// Creates a set for this number of workers, of these words.
    pub(super) fn of_words(workers: usize, word: impl Fn(usize) -> u64) -> Self {
        let words = 0..workers.div_ceil(WORD);
        Self(words.map(|index| AtomicU64::new(word(index))).collect())
    }

    pub(super) fn words(&self) -> &[AtomicU64] {
        &self.0
    }

    /// Returns `false` if the worker was in the set already.
    pub(super) fn insert(&self, worker: usize) -> bool {
        let before = self.0[worker / WORD].fetch_or(bit(worker), SeqCst);
        before & bit(worker) == 0
    }

    /// Returns `false` if the worker was not in the set.
    pub(super) fn remove(&self, worker: usize) -> bool {
        let before = self.0[worker / WORD].fetch_and(!bit(worker), SeqCst);
        before & bit(worker) != 0
    }

    pub(super) fn contains(&self, worker: usize) -> bool {
        self.0[worker / WORD].load(Relaxed) & bit(worker) != 0
    }

    /// Removes the lowest worker among those that `among` allows in each word. Taking the lowest
    /// keeps the same few workers warm.
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

/// Returns a word with its lowest `count` bits set, or all if `count` exceeds its length.
pub(super) fn lowest_bits(count: usize) -> u64 {
    match count {
        WORD.. => u64::MAX,
        count => (1 << count) - 1,
    }
}
