//! A spare worker's place: whether it has a thread, and its queue while it has none.
//!
//! Touched by whoever has claimed the worker in [`Sleepers`], by its thread when that starts, and
//! by its thread when that ends. Invariant: a thread that ends has left the place *before* it
//! announces the worker, so that whoever claims it then finds it without one.

use crate::scheduler::queue::WorkerQueue;
use crate::scheduler::sleep::Sleepers;
use crate::sync::{Mutex, Rank};

pub(super) struct Place(Mutex<Tenancy>);

struct Tenancy {
    /// Or is about to.
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

    /// Of whoever has claimed the worker. `true`: it has a thread, to be unparked. `false`: it
    /// counts as having one from now on, which the caller must start, or
    /// [`give_up`](Self::give_up).
    pub(super) fn take_over(&self) -> bool {
        std::mem::replace(&mut self.0.lock().has_thread, true)
    }

    /// The worker's first queue.
    pub(super) fn furnish(&self, queue: WorkerQueue) {
        self.0.lock().queue = Some(queue);
    }

    /// Of whoever has taken it over, and got no thread. The worker may be claimed again.
    pub(super) fn give_up(&self, spare: usize, sleepers: &Sleepers) {
        self.0.lock().has_thread = false;
        sleepers.unclaim(spare);
    }

    /// Of the worker's thread, which has started.
    pub(super) fn move_in(&self) -> WorkerQueue {
        let queue = self.0.lock().queue.take();
        queue.expect("a spare worker without a thread has its queue")
    }

    /// Of the worker's thread, which ends. The worker may be claimed again.
    pub(super) fn leave(&self, spare: usize, queue: WorkerQueue, sleepers: &Sleepers) {
        *self.0.lock() = Tenancy {
            has_thread: false,
            queue: Some(queue),
        };
        sleepers.announce(spare);
    }
}
