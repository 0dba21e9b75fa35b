//! The part of the workers that all threads see: of the regular ones, and of the spare ones that
//! have been needed.
//!
//! Any thread reads it. A spare worker's place is made when it is first needed, and stays.

use super::on_demand::OnDemand;
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

/// The part of a worker that other threads see. On cache lines of its own (128 bytes are two, since
/// adjacent lines are prefetched together), because the worker writes to it at each poll.
#[repr(align(128))]
pub(crate) struct Remote {
    /// The data that the worker publishes about itself.
    pub(crate) pulse: Pulse,
    /// Set by the watchdog while the worker makes no progress.
    pub(crate) makes_no_progress: AtomicBool,
    /// Set by the watchdog at each of its checks, and by a worker that calls the roll: this worker
    /// must look beyond its own queue after the current poll, however few polls it has done since
    /// the last look.
    pub(crate) look_up: AtomicBool,
    /// Set by the worker while most of its tasks are queued again after each poll.
    pub(crate) recurs: AtomicBool,
    /// Set by the watchdog while tasks have blocked or hogged lately: every task that this worker
    /// makes ready must be within reach of others at once.
    pub(crate) alert: AtomicBool,
    /// Set by the worker while others should share the joins that it is in.
    pub(crate) shares_halves: AtomicBool,
    pub(crate) queue: StealQueue,
    pub(crate) next: NextSlot,
    pub(crate) timers: Arc<TimerShard>,
    pub(crate) pinned: Pinned,
    /// Foreign wakers that this worker is about to call.
    pub(crate) foreign: Mutex<VecDeque<GuardedWaker>>,
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
            foreign: Mutex::new(VecDeque::new()),
        }
    }
}

/// All workers, by number: the regular ones first.
pub(crate) struct Workers {
    regular: Box<[Remote]>,
    spare: OnDemand<OnceLock<Box<Remote>>>,
    /// Number of spare workers that have a place.
    places: AtomicUsize,
}

impl Workers {
    pub(super) fn new(regular: Box<[Remote]>, max_spares: usize) -> Self {
        Self {
            regular,
            spare: OnDemand::new(max_spares, OnceLock::new),
            places: AtomicUsize::new(0),
        }
    }

    /// Returns the number of regular workers.
    pub(crate) fn regular(&self) -> usize {
        self.regular.len()
    }

    /// Returns the number of workers, including spare ones that have been needed.
    pub(crate) fn len(&self) -> usize {
        // Acquire: see the places themselves.
        self.regular.len() + self.places.load(Acquire)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Remote> {
        (0..self.len()).map(|worker| &self[worker])
    }

    /// Makes, by `make`, the places of spare workers that there are not yet, up to this worker's:
    /// the thread that was to make a lower one may come later, and this worker must not be left out
    /// meanwhile.
    pub(super) fn make_up_to(&self, worker: usize, make: impl Fn(usize) -> Remote) {
        let regular = self.regular.len();
        let places = &self.spare.all()[..=worker - regular];
        for (spare, place) in places.iter().enumerate() {
            place.get_or_init(|| Box::new(make(regular + spare)));
        }
        // AcqRel: see the places themselves.
        self.places.fetch_max(places.len(), AcqRel);
    }

    /// Returns whether the worker, and so each with a lower number, has its place.
    pub(super) fn has_place(&self, worker: usize) -> bool {
        worker < self.len()
    }

    fn place_of_spare(&self, worker: usize) -> Option<&Remote> {
        let spare = &self.spare.if_made()?[worker - self.regular.len()];
        spare.get().map(|place| &**place)
    }
}

impl Index<usize> for Workers {
    type Output = Remote;

    fn index(&self, worker: usize) -> &Remote {
        match self.regular.get(worker) {
            Some(remote) => remote,
            None => self
                .place_of_spare(worker)
                .expect("a worker's number is used only after its place is made"),
        }
    }
}
