//! A spare worker's place: whether it has a thread, and its queue while it has none.
//!
//! Accessed by the thread that has claimed the worker in [`Sleepers`], and by the worker's thread
//! when it starts and when it ends. Invariant: a thread that ends leaves the place *before* it
//! announces the worker, so that a thread that then claims the worker finds it without one.

use crate::scheduler::queue::WorkerQueue;
use crate::scheduler::sleep::Sleepers;
use crate::sync::{Mutex, Rank};

pub(super) struct Place(Mutex<Tenancy>);

struct Tenancy {
    /// Whether the worker has a thread, or is about to get one.
    has_thread: bool,
    /// The worker's queue, while no thread has it.
    queue: Option<WorkerQueue>,
}

impl Place {
    pub(super) fn new() -> Self {
        Self(Mutex::ranked(
            Rank::SparePlace,
            Tenancy {
                has_thread: false,
                queue: None,
            },
        ))
    }

    /// Must be called by the thread that has claimed the worker. Returns `true` if the worker has a
    /// thread, which the caller must unpark. Returns `false` if it has none; it counts as having
    /// one from now on, and the caller must start one or [`give_up`](Self::give_up).
    pub(super) fn take_over(&self) -> bool {
        std::mem::replace(&mut self.0.lock().has_thread, true)
    }

    /// Stores the worker's first queue.
    pub(super) fn furnish(&self, queue: WorkerQueue) {
        self.0.lock().queue = Some(queue);
    }

    /// Must be called by a thread that has taken over the place but could not start a thread. The
    /// worker may then be claimed again.
    pub(super) fn give_up(&self, spare: usize, sleepers: &Sleepers) {
        self.0.lock().has_thread = false;
        sleepers.announce(spare);
    }

    /// Takes the queue. Must be called by the worker's thread when it has started.
    pub(super) fn move_in(&self) -> WorkerQueue {
        let queue = self.0.lock().queue.take();
        queue.expect("a spare worker without a thread has its queue")
    }

    /// Returns the queue. Must be called by the worker's thread when it ends. The worker may then
    /// be claimed again.
    pub(super) fn leave(&self, spare: usize, queue: WorkerQueue, sleepers: &Sleepers) {
        *self.0.lock() = Tenancy {
            has_thread: false,
            queue: Some(queue),
        };
        sleepers.announce(spare);
    }
}
