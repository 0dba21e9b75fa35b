//! Spare workers, which run tasks while regular workers are stalled.
//!
//! A spare worker is a worker like any other, with a number beyond those of the regular ones. While
//! it is not needed it counts as asleep, whether or not it has a thread; it differs from a sleeping
//! regular worker in that only a stall claims it. Once it has been called, it sleeps and is woken
//! like a regular worker. When it becomes surplus, its mark in `called` is removed: it hands its
//! tasks over and rests, and after a while its thread ends.
//!
//! Invariant: the thread that has cleared a spare worker's bit in `Sleepers` has the sole right to
//! unpark it or to start its thread. The worker has a thread, or is about to get one, exactly while
//! its [`Place`] says so.

#[cfg(all(test, loom))]
mod loom_tests;
mod place;
#[cfg(all(test, not(loom)))]
mod tests;

use super::on_demand::OnDemand;
use super::pinned::Pinned;
use super::queue::WorkerQueue;
use super::workers::Remote;
use super::{Seat, Shared};
use crate::blocking::AtDeadline;
use crate::errand;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use crate::tasks::Origin;
use place::Place;
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Starts a thread for the spare worker of this number; the runtime supplies name, stack size and
/// hooks.
pub(crate) type StartSpare = Box<dyn Fn(usize) -> io::Result<()> + Send + Sync>;

/// How long no spare worker is started after an attempt has failed: the pause after the first
/// failure, and the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(10);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

pub(crate) struct Spares {
    places: OnDemand<Place>,
    start: StartSpare,
    /// Whether `start` calls user code.
    starts_by_user: bool,
    refusals: Mutex<Refusals>,
    /// How long a resting worker keeps its thread.
    pub(super) keep_alive: Duration,
    /// Number of times that a spare worker was put to work.
    pub(super) called: AtomicU64,
    /// Whether the user has been warned that no spare worker can be had.
    has_warned: AtomicBool,
}

/// The failures to start a thread since the last success.
#[derive(Default)]
pub(super) struct Refusals {
    pause: Duration,
    pub(super) until: Option<Instant>,
}

impl Refusals {
    /// Returns whether another attempt is due.
    pub(super) fn are_over(&self, now: Instant) -> bool {
        self.until.is_none_or(|until| now >= until)
    }

    pub(super) fn note(&mut self, now: Instant) {
        self.pause = (self.pause * 2).clamp(FIRST_PAUSE, LONGEST_PAUSE);
        self.until = now.checked_add(self.pause);
    }
}

impl Spares {
    pub(crate) fn new(
        most: usize,
        keep_alive: Duration,
        start: StartSpare,
        starts_by_user: bool,
    ) -> Self {
        Self {
            places: OnDemand::new(most, Place::new),
            start,
            starts_by_user,
            refusals: Mutex::new(Refusals::default()),
            keep_alive,
            called: AtomicU64::new(0),
            has_warned: AtomicBool::new(false),
        }
    }

    pub(super) fn most(&self) -> usize {
        self.places.count()
    }
}

impl Shared {
    /// Puts a spare worker to work. Returns `false` if none can be had.
    pub(crate) fn call_spare(self: &Arc<Self>) -> bool {
        if self.is_shut_down() {
            return false;
        }
        let Some(worker) = self.sleepers.claim_spare() else {
            // A user who has configured none needs no warning.
            if self.spares.most() > 0 {
                self.warn_once(
                    &self.spares.has_warned,
                    format!(
                        "all {} spare workers are stalled by tasks that block; other tasks wait \
                         (see `Builder::max_spare_workers`)",
                        self.spares.most()
                    ),
                );
            }
            return false;
        };
        self.put_to_work(worker)
    }

    /// Calls one more spare worker, if there is one left, before it is needed.
    pub(crate) fn call_standby(self: &Arc<Self>) {
        if self.is_shut_down() {
            return;
        }
        if let Some(worker) = self.sleepers.claim_uncalled() {
            self.put_to_work(worker);
        }
    }

    /// Wakes a spare worker that has been called and sleeps. Returns `false` if there is none.
    pub(super) fn wake_called(self: &Arc<Self>) -> bool {
        // The worker may just have been sent to rest, and its thread may even have ended.
        let claimed = self.sleepers.claim_called();
        claimed.is_some_and(|worker| self.put_to_work(worker))
    }

    /// Wakes a spare worker that has been claimed, or starts its thread. Returns `false` if it gets
    /// none.
    fn put_to_work(self: &Arc<Self>, worker: usize) -> bool {
        let place = self.spare_place(worker);
        if place.take_over() {
            if self.sleepers.set_called(worker, true) {
                self.spares.called.fetch_add(1, Relaxed);
            }
            self.sleepers.wake_claimed(worker, &**self);
            return true;
        }
        if !self.spares.refusals.lock().are_over(Instant::now()) {
            place.give_up(worker, &self.sleepers);
            return false;
        }
        if !self.workers.has_place(worker) {
            self.workers.make_up_to(worker, |spare| self.furnish(spare));
        }
        self.sleepers.set_called(worker, true);
        if !self.spares.starts_by_user {
            return self.start_spare(worker);
        }
        // This thread has other things to do than to wait for the user's code.
        let shared = self.clone();
        match errand::start(Box::new(move || _ = shared.start_spare(worker))) {
            Ok(()) => true,
            Err(error) => {
                self.spare_is_refused(worker, &error);
                false
            }
        }
    }

    /// Starts the thread of a spare worker that has been claimed. Returns `false` if it gets none.
    fn start_spare(&self, worker: usize) -> bool {
        match (self.spares.start)(worker) {
            Ok(()) => {
                self.spares.called.fetch_add(1, Relaxed);
                *self.spares.refusals.lock() = Refusals::default();
                true
            }
            Err(error) => {
                self.spare_is_refused(worker, &error);
                false
            }
        }
    }

    fn spare_is_refused(&self, worker: usize, error: &io::Error) {
        self.warn_once(
            &self.spares.has_warned,
            format!("a task blocks its worker, and no spare one can be started: {error}"),
        );
        self.spares.refusals.lock().note(Instant::now());
        self.spare_place(worker).give_up(worker, &self.sleepers);
    }

    /// Makes what a spare worker needs. Returns the part that all threads see.
    fn furnish(&self, worker: usize) -> Remote {
        let queue = WorkerQueue::new();
        let pinned = Pinned::new(self.failures.clone(), self.draining.clone());
        let remote = Remote::new(&queue, pinned, self.driver.clock());
        self.spare_place(worker).furnish(queue);
        remote
    }

    fn spare_place(&self, worker: usize) -> &Place {
        &self.spares.places.all()[worker - self.workers.regular()]
    }

    /// Warns once why tasks wait. This is done on a thread of the blocking pool: a blocked task may
    /// hold the lock of the output, and the calling thread must not wait for it.
    pub(super) fn warn_once(&self, has_warned: &AtomicBool, why: String) {
        if has_warned.swap(true, Relaxed) {
            return;
        }
        let warn = move || {
            #[cfg(feature = "tracing")]
            tracing::warn!("{why}");
            #[cfg(not(feature = "tracing"))]
            eprintln!("heist: {why}");
        };
        // If no thread can be had, a later call warns.
        if self
            .blocking
            .spawn(warn, Origin::caller(), AtDeadline::Cancel)
            .is_err()
        {
            has_warned.store(false, Relaxed);
        }
    }

    /// Sends this many of the called spare workers to rest: the highest first, because the lowest
    /// are called first.
    pub(crate) fn retire_spares(&self, count: usize) {
        let numbers = (self.workers.regular()..self.workers.len()).rev();
        let called = numbers.filter(|&number| self.sleepers.is_called(number));
        for number in called.take(count) {
            self.sleepers.set_called(number, false);
            self.unpark(number);
        }
    }

    /// Returns the seat of a spare worker whose thread has started.
    pub(crate) fn spare_seat(self: &Arc<Self>, worker: usize) -> Seat {
        let queue = self.spare_place(worker).move_in();
        Seat::new(self.clone(), worker, queue)
    }

    /// Must be called when a spare worker's thread ends. Its queue is empty.
    pub(super) fn leave_spare(self: &Arc<Self>, worker: usize, queue: WorkerQueue) {
        self.sleepers.set_called(worker, false);
        self.spare_place(worker)
            .leave(worker, queue, &self.sleepers);
        self.replace_one_awake();
    }

    /// Must be called after a worker that was awake has announced its sleep without checking for
    /// work: makes another worker check, and lead if no thread does. A spare one is only called if
    /// all that are awake are absent, as others check at their next look.
    pub(super) fn replace_one_awake(self: &Arc<Self>) {
        // Ordered by the fence of the announcement: a worker that is not seen to fall asleep sees
        // the work that was published before.
        let is_any_present = || self.sleepers.any_present(0..self.workers.len());
        if !self.wake_one() && self.has_shared_work() && !is_any_present() {
            self.call_spare();
        }
    }
}
