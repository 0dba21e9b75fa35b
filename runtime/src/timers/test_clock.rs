//! A runtime's clock that can be paused, and who is awake by it. Only with the feature
//! `test-util`; without it `clock` has another.
//!
//! While it stands, time passes in jumps: the worker that leads the poller moves the
//! clock to the next timer when everybody waits (see `scheduler/paused.rs`).
//!
//! Invariant: whoever can make work without being a worker is counted as awake from
//! before it is woken until it waits again.

use super::clock;
use crate::sync::Rank;
use crate::sync::lock::Mutex;
use crate::waking::{GuardedWaker, wake_all};
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock};
use std::task::Poll;
use std::time::{Duration, Instant};

/// How long [`advance`](super::advance) waits at least for tasks that do not come to rest,
const SETTLING: Duration = Duration::from_millis(100);
/// and for how many polls: on a busy machine they may not have had a core yet.
const SETTLING_POLLS: u64 = 10_000;
/// How long it waits at most, for polls that do not end.
const LONGEST_SETTLING: Duration = Duration::from_secs(2);

/// Whether any clock was ever paused: until then all show the system's time.
static EVER_PAUSED: AtomicBool = AtomicBool::new(false);

/// A runtime's clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<State>);

struct State {
    /// One lock for all, so that whoever is awake is seen, or sees the time after
    /// the jump.
    reading: Mutex<Reading>,
    /// Has a worker look whether everybody waits.
    look: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

struct Reading {
    /// What the clock shows, or showed at `runs_since`.
    shows: Instant,
    /// By the system's clock; `None`: it is paused.
    runs_since: Option<Instant>,
    /// Threads, other than workers, that are awake and may make work.
    awake: usize,
    /// Jobs of the blocking pool that have not ended.
    jobs: usize,
    /// Counts the changes of both.
    changes: u64,
    /// Who waits for the tasks to come to rest.
    settling: Vec<Settling>,
    has_ended: bool,
}

struct Settling {
    waker: GuardedWaker,
    since: Instant,
    /// How many polls the workers had made by then.
    polls: u64,
}

impl Settling {
    fn is_tired(&self, polls: u64) -> bool {
        let waited = self.since.elapsed();
        let are_restless = polls.wrapping_sub(self.polls) >= SETTLING_POLLS;
        waited >= LONGEST_SETTLING || waited >= SETTLING && are_restless
    }
}

/// Nobody but workers is awake. It lasts as long as `changes` stays the same.
#[derive(Clone, Copy)]
pub(crate) struct Lull(u64);

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
            look: OnceLock::new(),
        }))
    }

    /// Says how a worker of the runtime that goes by this clock is made to look whether everybody
    /// waits.
    pub(crate) fn set_look(&self, look: impl Fn() + Send + Sync + 'static) {
        let fresh = self.0.look.set(Box::new(look)).is_ok();
        assert!(fresh, "each runtime has a clock of its own");
    }

    /// Whether any runtime's clock has been paused so far: then none can be asked in vain.
    pub(crate) fn any_was_paused() -> bool {
        EVER_PAUSED.load(Relaxed)
    }

    /// What this clock shows when the system's shows `now`.
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

    /// When the system's clock will show what this one shows at `deadline`; `None`:
    /// not by itself.
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

    /// `false`: it is paused already.
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

    /// `false`: it is not paused.
    pub(crate) fn resume(&self) -> bool {
        let mut reading = self.0.reading.lock();
        let paused = reading.runs_since.is_none();
        if paused {
            reading.runs_since = Some(Instant::now());
        }
        paused
    }

    /// `false`: it is not paused.
    pub(crate) fn advance(&self, duration: Duration) -> bool {
        let mut reading = self.0.reading.lock();
        let paused = reading.runs_since.is_none();
        if paused {
            reading.shows = clock::after(reading.shows, duration);
        }
        paused
    }

    /// A thread that is not a worker is awake from now on.
    pub(crate) fn enter(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.awake += 1;
    }

    /// A thread that is not a worker waits, or has ended.
    pub(crate) fn leave(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.awake -= 1;
        let look_again = reading.awake == 0;
        drop(reading);
        if look_again {
            self.look_again();
        }
    }

    /// A job was given to the blocking pool.
    pub(crate) fn enter_job(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.jobs += 1;
    }

    /// A job of the blocking pool has ended, and told whom it had to.
    pub(crate) fn leave_job(&self) {
        let mut reading = self.0.reading.lock();
        reading.changes += 1;
        reading.jobs -= 1;
        drop(reading);
        self.look_again();
    }

    /// Has the workers look whether everybody waits now.
    fn look_again(&self) {
        if self.is_paused() {
            if let Some(look) = self.0.look.get() {
                look();
            }
        }
    }

    /// Whether nobody but workers is awake.
    pub(crate) fn lull(&self) -> Option<Lull> {
        let reading = self.0.reading.lock();
        (reading.awake == 0).then_some(Lull(reading.changes))
    }

    /// The tasks have come to rest, in this lull: gives who waited for that.
    pub(crate) fn end_settling(&self, lull: Lull, woken: &mut Vec<GuardedWaker>) {
        let mut reading = self.0.reading.lock();
        if reading.changes == lull.0 {
            woken.extend(reading.settling.drain(..).map(|settling| settling.waker));
        }
    }

    /// Everybody waits, in this lull: moves a paused clock on to `time`, unless it is
    /// there. `false`: the lull is over, or a job has not ended.
    pub(crate) fn jump(&self, lull: Lull, time: Instant) -> bool {
        let mut reading = self.0.reading.lock();
        let may = reading.changes == lull.0 && reading.jobs == 0 && reading.runs_since.is_none();
        if may {
            reading.shows = reading.shows.max(time);
        }
        may
    }

    /// The runtime has ended, and somebody waits for `time`: moves a paused clock on.
    pub(super) fn jump_late(&self, time: Instant) {
        let mut reading = self.0.reading.lock();
        if reading.runs_since.is_none() {
            reading.shows = reading.shows.max(time);
        }
    }

    /// The runtime ends: no tasks come to rest any more.
    pub(crate) fn end(&self) {
        let mut reading = self.0.reading.lock();
        reading.has_ended = true;
        let settling = std::mem::take(&mut reading.settling);
        drop(reading);
        wake_all(settling.into_iter().map(|settling| settling.waker));
    }

    /// At a check of the watchdog, by which the workers have made `polls` polls: wakes who has
    /// waited for too long.
    pub(crate) fn give_up_settling(&self, polls: u64) {
        if !EVER_PAUSED.load(Relaxed) {
            return;
        }
        let mut reading = self.0.reading.lock();
        let all = std::mem::take(&mut reading.settling);
        let (tired, rest) = all
            .into_iter()
            .partition::<Vec<_>, _>(|settling| settling.is_tired(polls));
        reading.settling = rest;
        drop(reading);
        wake_all(tired.into_iter().map(|settling| settling.waker));
    }

    /// Waits until the tasks have come to rest. `polls`: how many the workers have made.
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
