//! Halves that are in no worker's deque: those of threads that are not workers, and those that were
//! taken by a thread that must not run them.
//!
//! Used by any thread. Invariant: an owner that sleeps finds its half here, or is woken when the
//! half is put here.

use super::half::{Half, HalfRef};
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::sync::{Mutex, Rank};
use std::collections::VecDeque;

pub(in crate::scheduler) struct Strays {
    /// Number of halves, readable without the lock: a hint for all but the owners.
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
        // Read under the lock, since any thread may take the half, and end its frame, right after.
        // An owner that falls asleep sets AWAITED before it takes the lock to search here. So it
        // finds its half, or this thread sees AWAITED.
        let owner = half.sleeping_owner();
        halves.push_back(half);
        self.len.store(halves.len(), Relaxed);
        drop(halves);
        if let Some(owner) = owner {
            owner.unpark();
        }
    }

    /// Takes the oldest half, which is usually the largest.
    pub(super) fn take(&self) -> Option<HalfRef> {
        if self.len() == 0 {
            return None;
        }
        let mut halves = self.halves.lock();
        let half = halves.pop_front();
        self.len.store(halves.len(), Relaxed);
        half
    }

    /// Takes a half back for its owner. Returns `false` if it is not here.
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
