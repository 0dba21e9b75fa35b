//! What all threads see of the workers: the regular ones, and the spare ones that have been needed.
//!
//! Any thread reads; a spare worker's place is made when it is first needed, and stays.

use super::pinned::Pinned;
use super::pulse::Pulse;
use super::queue::{NextSlot, StealQueue, WorkerQueue};
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicBool, AtomicUsize,
    Ordering::{AcqRel, Acquire},
};
use crate::timers::{Clock, TimerShard};
use crate::waking::GuardedWaker;
use std::collections::VecDeque;
use std::ops::Index;
use std::sync::{Arc, OnceLock};

/// What others see of a worker. On lines of its own (128 bytes: two, as adjacent
/// lines are prefetched together), since the worker publishes at each poll.
#[repr(align(128))]
pub(crate) struct Remote {
    /// What it publishes of itself.
    pub(crate) pulse: Pulse,
    /// Set by the watchdog while it makes no progress.
    pub(crate) makes_no_progress: AtomicBool,
    /// Set by the watchdog at each of its checks, and by who calls the roll: the worker is to look
    /// beyond its own queue after the current poll, however few it has done.
    pub(crate) look_up: AtomicBool,
    /// Set by the worker while it has little but tasks that are queued again after each poll.
    pub(crate) recurs: AtomicBool,
    /// Set by the watchdog while tasks have blocked or hogged lately: whatever this worker makes
    /// ready is to be within reach of others at once.
    pub(crate) alert: AtomicBool,
    /// Set by the worker while others are to share the joins it is in.
    pub(crate) shares_halves: AtomicBool,
    pub(crate) queue: StealQueue,
    pub(crate) next: NextSlot,
    pub(crate) timers: Arc<TimerShard>,
    pub(crate) pinned: Pinned,
    /// Wakers of others that this worker is about to call.
    pub(crate) strangers: Mutex<VecDeque<GuardedWaker>>,
}

impl Remote {
    pub(super) fn new(queue: &WorkerQueue, pinned: Pinned, clock: &Clock) -> Self {
        Self {
            pulse: Pulse::new(),
            makes_no_progress: AtomicBool::new(false),
            look_up: AtomicBool::new(false),
            recurs: AtomicBool::new(false),
            alert: AtomicBool::new(false),
            shares_halves: AtomicBool::new(false),
            queue: queue.stealer(),
            next: NextSlot::new(),
            timers: Arc::new(TimerShard::new(clock.clone())),
            pinned,
            strangers: Mutex::new(VecDeque::new()),
        }
    }
}

/// All workers, by their numbers: the regular ones first.
pub(crate) struct Workers {
    regular: Box<[Remote]>,
    spare: Box<[OnceLock<Box<Remote>>]>,
    /// How many of the spare ones have a place.
    places: AtomicUsize,
}

impl Workers {
    pub(super) fn new(regular: Box<[Remote]>, max_spares: usize) -> Self {
        Self {
            regular,
            spare: (0..max_spares).map(|_| OnceLock::new()).collect(),
            places: AtomicUsize::new(0),
        }
    }

    /// How many are regular.
    pub(crate) fn regular(&self) -> usize {
        self.regular.len()
    }

    /// How many there are, the spare ones that have been needed included.
    pub(crate) fn len(&self) -> usize {
        // Acquire: their places are there.
        self.regular.len() + self.places.load(Acquire)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Remote> {
        (0..self.len()).map(|worker| &self[worker])
    }

    /// Makes a place for a spare worker, the lowest that has none.
    pub(super) fn add(&self, worker: usize, place: Remote) {
        let is_new = self.spare[worker - self.regular.len()].set(Box::new(place));
        assert!(is_new.is_ok(), "a spare worker's place is made once");
        // Of two that are made at once the second may be there first.
        let places = self.spare.iter().take_while(|place| place.get().is_some());
        self.places.fetch_max(places.count(), AcqRel);
    }

    pub(super) fn has_place(&self, worker: usize) -> bool {
        let spare = worker.checked_sub(self.regular.len());
        spare.is_none_or(|spare| self.spare[spare].get().is_some())
    }
}

impl Index<usize> for Workers {
    type Output = Remote;

    fn index(&self, worker: usize) -> &Remote {
        match self.regular.get(worker) {
            Some(remote) => remote,
            None => self.spare[worker - self.regular.len()]
                .get()
                .expect("a worker that runs has a place"),
        }
    }
}
