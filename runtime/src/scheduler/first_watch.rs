//! The first watch: how the watchdog's thread is started only when it is first needed.
//!
//! A thread takes a third of the life of a runtime that ends at once. Therefore the last regular
//! worker at first sleeps, and starts the watchdog's thread when it wakes: because there is work
//! for it, or because the first watch is over.
//!
//! Invariant: while the watchdog has no thread, the last regular worker sleeps, until the end of
//! the first watch at the latest, and no user code runs on its thread. So a task can block the
//! others, but the thread is started all the same. Only a system that refuses the thread breaks
//! this; then each worker that wakes or calls the roll tries again, with the pauses of spare
//! workers.

use super::Shared;
use super::spares::Refusals;
use crate::sync::Mutex;
use crate::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::io;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Starts the watchdog's thread.
pub(crate) type StartWatchdog = Box<dyn Fn(Arc<Shared>) -> io::Result<()> + Send + Sync>;

/// How long the first watch lasts at most, however much later the watchdog would first check: some
/// two lives of a runtime that runs 100 short tasks. Its worker does not lead the poller meanwhile,
/// nor help. (With 1 ms, 100 tasks of 10 µs took 0.62 ms longer than without a first watch, and
/// with this 0.14 ms.)
const LONGEST_WATCH: Duration = Duration::from_micros(300);

pub(super) struct FirstWatch {
    start: StartWatchdog,
    pub(super) until: Instant,
    is_on: AtomicBool,
    /// Whether the watchdog's thread has been refused, and no worker is about to try again.
    is_refused: AtomicBool,
    refusals: Mutex<Refusals>,
    has_warned: AtomicBool,
}

impl FirstWatch {
    /// `check` is the time after which the watchdog first checks.
    pub(super) fn new(start: StartWatchdog, check: Duration) -> Self {
        Self {
            start,
            until: Instant::now() + check.min(LONGEST_WATCH),
            is_on: AtomicBool::new(true),
            is_refused: AtomicBool::new(false),
            refusals: Mutex::new(Refusals::default()),
            has_warned: AtomicBool::new(false),
        }
    }
}

impl Shared {
    /// Returns the first watch if it is this worker's.
    pub(super) fn first_watch_of(&self, worker: usize) -> Option<&FirstWatch> {
        let watch = self.first_watch.as_ref();
        watch.filter(|_| worker + 1 == self.workers.regular())
    }

    /// Returns whether no worker sleeps but the one that keeps the first watch. It is not woken to
    /// help with a backlog, which may be over before the watchdog's thread has started. A hint.
    pub(super) fn only_first_watch_sleeps(&self) -> bool {
        let watch = self.first_watch.as_ref();
        let is_on = watch.is_some_and(|watch| watch.is_on.load(Relaxed));
        is_on && self.sleepers.awake_regulars() + 1 >= self.workers.regular()
    }

    /// Starts the watchdog's thread. Must be called by the worker whose watch it was, or with the
    /// mark of a refusal taken.
    pub(super) fn end_first_watch(self: &Arc<Self>, watch: &FirstWatch) {
        watch.is_on.store(false, Relaxed);
        if self.is_shut_down() {
            return;
        }
        if let Err(error) = (watch.start)(self.clone()) {
            watch.refusals.lock().note(Instant::now());
            self.warn_once(
                &watch.has_warned,
                format!(
                    "the watchdog's thread cannot be started, and until it is, a task that blocks \
                     delays others: {error}"
                ),
            );
            watch.is_refused.store(true, Relaxed);
        }
    }

    /// Tries again to start the watchdog's thread if it has been refused.
    #[inline]
    pub(super) fn make_up_for_refusal(self: &Arc<Self>) {
        if let Some(watch) = &self.first_watch {
            if watch.is_refused.load(Relaxed) {
                self.start_watchdog_again(watch);
            }
        }
    }

    #[cold]
    fn start_watchdog_again(self: &Arc<Self>, watch: &FirstWatch) {
        let may_try = watch.refusals.lock().are_over(Instant::now());
        if may_try && watch.is_refused.swap(false, Relaxed) {
            self.end_first_watch(watch);
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use crate::scheduler::tests::bare_on_first_watch;
    use std::thread;

    fn wait_until(condition: impl Fn() -> bool) {
        let give_up = Instant::now() + Duration::from_secs(60);
        while !condition() {
            assert!(Instant::now() < give_up);
            thread::yield_now();
        }
    }

    #[test]
    fn a_runtime_that_ends_at_once_starts_no_watchdog() {
        let (shared, starts, mut seats) = bare_on_first_watch(2);
        shared.begin_shutdown();
        seats.pop().unwrap().run();
        assert_eq!(starts.count(), 0);
    }

    #[test]
    fn the_last_worker_starts_the_watchdog_after_the_first_watch() {
        let (shared, starts, mut seats) = bare_on_first_watch(2);
        let last = seats.pop().unwrap();
        let worker = thread::spawn(move || last.run());
        wait_until(|| starts.count() == 1);
        shared.begin_shutdown();
        worker.join().unwrap();
        seats.pop().unwrap().run();
        assert_eq!(starts.count(), 1, "no other worker starts it");
    }

    #[test]
    fn a_watchdog_that_is_refused_is_asked_for_again_after_a_pause() {
        let (shared, starts, mut seats) = bare_on_first_watch(1);
        starts.refuse(true);
        let watch = shared.first_watch.as_ref().unwrap();
        let refusals = || watch.refusals.lock();
        shared.end_first_watch(watch);
        assert_eq!(starts.count(), 1);
        // A worker that wakes tries again, but not at once.
        refusals().until = Some(Instant::now() + Duration::from_secs(3600));
        shared.make_up_for_refusal();
        assert_eq!(starts.count(), 1);
        refusals().until = None;
        shared.make_up_for_refusal();
        assert_eq!(starts.count(), 2, "refused again");
        assert!(refusals().until.take().is_some());
        starts.refuse(false);
        shared.resume_checks();
        shared.resume_checks();
        assert_eq!(starts.count(), 3, "started once");
        shared.begin_shutdown();
        seats.pop().unwrap().run();
    }

    #[test]
    fn during_the_first_watch_its_worker_is_not_woken_to_help() {
        let (shared, _, _seats) = bare_on_first_watch(2);
        let group = shared.groups.of(0);
        group.pace.set_alert(true);
        assert!(!shared.needs_help(group, 1));
        shared.end_first_watch(shared.first_watch.as_ref().unwrap());
        assert!(shared.needs_help(group, 1), "it sleeps like any other");

        // Others are woken.
        let (shared, _, _seats) = bare_on_first_watch(3);
        let group = shared.groups.of(0);
        group.pace.set_alert(true);
        assert!(!shared.needs_help(group, 1));
        shared.sleepers.announce(1);
        assert!(shared.needs_help(group, 1));
    }
}
