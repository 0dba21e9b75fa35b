//! Halves that lie in no worker's deque: those of threads that are no workers, and those that
//! somebody took who must not run them.
//!
//! Any thread. The invariant: an owner that sleeps finds its half here, or is woken when it comes
//! here.

use super::half::{Half, HalfRef};
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sync::{Mutex, Rank};
use std::collections::VecDeque;

pub(in crate::scheduler) struct Strays {
    /// How many there are, readable without the lock: a hint for all but the owners.
    len: AtomicUsize,
    halves: Mutex<VecDeque<HalfRef>>,
}

impl Strays {
    pub(super) fn new() -> Self {
        Self {
            len: AtomicUsize::new(0),
            halves: Mutex::ranked(Rank::Last, VecDeque::new()),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    pub(super) fn put(&self, half: HalfRef) {
        let mut halves = self.halves.lock();
        // Under the lock, as it may be taken, and gone, right after. An owner that falls asleep
        // says so before it takes the lock to look here: so it finds its half, or is seen.
        let owner = half.sleeping_owner();
        halves.push_back(half);
        self.len.store(halves.len(), Relaxed);
        drop(halves);
        if let Some(owner) = owner {
            owner.unpark();
        }
    }

    /// The oldest, as the largest.
    pub(super) fn take(&self) -> Option<HalfRef> {
        if self.len() == 0 {
            return None;
        }
        let mut halves = self.halves.lock();
        let half = halves.pop_front();
        self.len.store(halves.len(), Relaxed);
        half
    }

    /// For its owner: whether it was here, and is the owner's again.
    pub(super) fn take_back(&self, half: &Half) -> bool {
        let mut halves = self.halves.lock();
        let mut places = (0..halves.len()).rev();
        let Some(place) = places.find(|&place| halves[place].is(half)) else {
            return false;
        };
        halves.remove(place);
        self.len.store(halves.len(), Relaxed);
        true
    }
}
