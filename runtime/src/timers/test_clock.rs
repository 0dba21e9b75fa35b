//! A runtime's clock that can be paused, and the count of the threads that are awake. Only with the
//! feature `test-util`; without it, the clock is in `clock`.
//!
//! While the clock is paused, time passes in jumps: when all threads and tasks wait, the worker
//! that leads the poller moves the clock to the next timer (see `scheduler/paused.rs`).
//!
//! Invariant: a thread that can create work without being a worker is counted as awake from before
//! it is woken until it waits again.

use super::clock;
use crate::sync::Rank;
use crate::sync::lock::Mutex;
use crate::waking::{GuardedWaker, wake_all};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

/// Minimum time that [`advance`](super::advance) waits for tasks that do not come to rest.
const SETTLING: Duration = Duration::from_millis(100);
/// Minimum number of polls that it waits for them: on a busy machine they may not have had a core
/// yet.
const SETTLING_POLLS: u64 = 10_000;
/// Maximum time that it waits, in case polls do not end.
const LONGEST_SETTLING: Duration = Duration::from_secs(2);

/// Whether any clock was ever paused. Until then all show the system's time.
static EVER_PAUSED: AtomicBool = AtomicBool::new(false);

/// A runtime's clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<State>);

struct State {
    /// One lock for all, so that a thread that is awake either is counted or sees the time after
    /// the jump.
    reading: Mutex<Reading>,
    /// Wakes a worker to check whether everything waits.
    check: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

struct Reading {
    /// What the clock shows while it is paused, or showed at `runs_since`.
    shows: Instant,
    /// The system's time at which the clock started to run; `None` while it is paused.
    runs_since: Option<Instant>,
    /// Number of threads, other than workers, that are awake and may create work.
    awake: usize,
    /// Number of jobs of the blocking pool that have not ended.
    jobs: usize,
    /// Number of changes of either.
    changes: u64,
    /// Callers of `advance` that wait for the tasks to come to rest.
    settling: Vec<Settling>,
    has_ended: bool,
}

struct Settling {
    waker: GuardedWaker,
    since: Instant,
    /// How many polls the workers had made at that time.
    polls: u64,
}

impl Settling {
    fn is_exhausted(&self, polls: u64) -> bool {
        let waited = self.since.elapsed();
        let are_restless = polls.wrapping_sub(self.polls) >= SETTLING_POLLS;
        waited >= LONGEST_SETTLING || waited >= SETTLING && are_restless
    }
}

/// Proof that no thread but workers is awake. It is valid as long as `changes` stays the same.
#[derive(Clone, Copy)]
pub(crate) struct Quiescence(u64);

impl Clock {
    pub(crate) fn new(paused: bool) -> Self {
        // Never before the origin, which may be fixed long after a clock was paused.
        let now = Instant::now().max(clock::origin());
        if paused {
            EVER_PAUSED.store(true, Relaxed);
        }
        Self(Arc::new(State {
            reading: Mutex::ranked(
                Rank::TestClock,
                Reading {
                    shows: now,
                    runs_since: (!paused).then_some(now),
                    awake: 0,
                    jobs: 0,
                    changes: 0,
                    settling: Vec::new(),
                    has_ended: false,
                },
            ),
            check: OnceLock::new(),
        }))
    }

    /// Sets how a worker of the runtime that uses this clock is woken to check whether everything
    /// waits.
    pub(crate) fn set_quiescence_check(&self, check: impl Fn() + Send + Sync + 'static) {
        let fresh = self.0.check.set(Box::new(check)).is_ok();
        assert!(fresh, "each runtime has a clock of its own");
    }

    /// Returns whether any runtime's clock has ever been paused. If not, no clock needs to be
    /// queried.
    pub(crate) fn was_any_paused() -> bool {
        EVER_PAUSED.load(Relaxed)
    }

    /// Returns what this clock shows when the system's clock shows `now`.
    pub(crate) fn at(&self, now: Instant) -> Instant {
        if !EVER_PAUSED.load(Relaxed) {
            return now;
        }
        let reading = self.0.reading.lock();
        match reading.runs_since {
            Some(since) => reading.shows + now.saturating_duration_since(since),
            None => reading.shows,
        }
    }

    /// Returns what the system's clock will show when this one reaches `deadline`, or `None` if
    /// this clock is paused.
    pub(super) fn when(&self, deadline: Instant) -> Option<Instant> {
        if !EVER_PAUSED.load(Relaxed) {
            return Some(deadline);
        }
        let reading = self.0.reading.lock();
        let ahead = deadline.saturating_duration_since(reading.shows);
        Some(clock::after(reading.runs_since?, ahead))
    }

    pub(crate) fn is_paused(&self) -> bool {
        EVER_PAUSED.load(Relaxed) && self.0.reading.lock().runs_since.is_none()
    }

    /// Pauses the clock. Returns `false` if it is paused already.
    pub(crate) fn pause(&self) -> bool {
        EVER_PAUSED.store(true, Relaxed);
        let mut reading = self.0.reading.lock();
        match reading.runs_since.take() {
            Some(since) => {
                reading.shows += since.elapsed();
                true
            }
            None => false,
        }
    }

    /// Lets the clock run again. Returns `false` if it is not paused.
    pub(crate) fn resume(&self) -> bool {
        let mut reading = self.0.reading.lock();
        let paused = reading.runs_since.is_none();
        if paused {
            reading.runs_since = Some(Instant::now());
        }
        paused
    }

    /// Moves the paused clock forward. Returns `false` if it is not paused.
    pub(crate) fn advance(&self, duration: Duration) -> bool {
        let mut reading = self.0.reading.lock();
        let paused = reading.runs_since.is_none();
        if paused {
            reading.shows = clock::after(reading.shows, duration);
        }
        paused
    }

    /// Records that a thread that is not a worker is awake from now on.
    pub(crate) fn enter(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.awake += 1;
    }

    /// Records that a thread that is not a worker waits, or has ended.
    pub(crate) fn leave(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.awake -= 1;
        let is_quiet = reading.awake == 0;
        drop(reading);
        if is_quiet {
            self.check_quiescence();
        }
    }

    /// Records that a job was given to the blocking pool.
    pub(crate) fn enter_job(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.jobs += 1;
    }

    /// Records that a job of the blocking pool has ended, after it has woken its waiter.
    pub(crate) fn leave_job(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.jobs -= 1;
        drop(reading);
        self.check_quiescence();
    }

    /// Has a worker check whether everything waits now.
    fn check_quiescence(&self) {
        if self.is_paused() {
            if let Some(check) = self.0.check.get() {
                check();
            }
        }
    }

    /// Returns a proof that no thread but workers is awake, if that is the case.
    pub(crate) fn quiescence(&self) -> Option<Quiescence> {
        let reading = self.0.reading.lock();
        (reading.awake == 0).then_some(Quiescence(reading.changes))
    }

    /// Called when the tasks have come to rest in this lull: hands out the wakers that wait for it.
    pub(crate) fn end_settling(&self, quiescence: Quiescence, woken: &mut Vec<GuardedWaker>) {
        let mut reading = self.0.reading.lock();
        if reading.changes == quiescence.0 {
            woken.extend(reading.settling.drain(..).map(|settling| settling.waker));
        }
    }

    /// Called when everything waits in this lull: moves a paused clock to `time`, unless it is
    /// already later. Returns `false` if the lull is over, or a job has not ended.
    pub(crate) fn advance_to(&self, quiescence: Quiescence, time: Instant) -> bool {
        let mut reading = self.0.reading.lock();
        let may =
            reading.changes == quiescence.0 && reading.jobs == 0 && reading.runs_since.is_none();
        if may {
            reading.shows = reading.shows.max(time);
        }
        may
    }

    /// Moves a paused clock to `time`, which a task or thread waits for after the runtime has
    /// ended.
    pub(super) fn advance_late_to(&self, time: Instant) {
        let mut reading = self.0.reading.lock();
        if reading.runs_since.is_none() {
            reading.shows = reading.shows.max(time);
        }
    }

    /// Called when the runtime shuts down: ends all waiting for tasks to come to rest.
    pub(crate) fn end(&self) {
        let mut reading = self.0.reading.lock();
        reading.has_ended = true;
        let settling = std::mem::take(&mut reading.settling);
        drop(reading);
        wake_all(settling.into_iter().map(|settling| settling.waker));
    }

    /// Called at a check of the watchdog, when the workers have made `polls` polls: wakes callers
    /// that have waited too long.
    pub(crate) fn end_overdue_settling(&self, polls: u64) {
        if !EVER_PAUSED.load(Relaxed) {
            return;
        }
        let mut reading = self.0.reading.lock();
        let all = std::mem::take(&mut reading.settling);
        let (exhausted, rest) = all
            .into_iter()
            .partition::<Vec<_>, _>(|settling| settling.is_exhausted(polls));
        reading.settling = rest;
        drop(reading);
        wake_all(exhausted.into_iter().map(|settling| settling.waker));
    }

    /// Waits until the tasks have come to rest. `polls` is the number of polls that the workers
    /// have made.
    pub(crate) async fn settle(&self, polls: u64) {
        let mut waited = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            let waiting = Settling {
                waker: cx.waker().into(),
                since: Instant::now(),
                polls,
            };
            let mut reading = self.0.reading.lock();
            if reading.has_ended {
                return Poll::Ready(());
            }
            reading.settling.push(waiting);
            Poll::Pending
        })
        .await;
    }
}
