//! The clock that tests can pause, behind the feature `test-util`.
//!
//! While it stands, time passes in jumps: the worker that leads the poller moves the
//! clock to the next timer when everybody waits (see `scheduler/paused.rs`).
//!
//! Invariant: whoever can make work without being a worker is counted as awake from
//! before it is woken until it waits again.

use super::clock;
use crate::runtime::context;
use crate::scheduler::Shared;
use crate::task::wake_guarded;
use parking_lot::Mutex;
use std::future::poll_fn;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, OnceLock, Weak};
use std::task::{Poll, Waker};
use std::time::{Duration, Instant};

/// How long [`advance`] waits for tasks that do not come to rest.
const SETTLING: Duration = Duration::from_millis(100);

/// Whether any clock was ever paused: until then all show the system's time.
static EVER_PAUSED: AtomicBool = AtomicBool::new(false);

/// A runtime's clock.
#[derive(Clone)]
pub(crate) struct Clock(Arc<State>);

struct State {
    /// One lock for all, so that whoever is awake is seen, or sees the time after
    /// the jump.
    reading: Mutex<Reading>,
    runtime: OnceLock<Weak<Shared>>,
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
    /// Who waits for the tasks to come to rest, and since when.
    settling: Vec<(Waker, Instant)>,
}

/// Nobody but workers is awake. It lasts as long as `changes` stays the same.
#[derive(Clone, Copy)]
pub(crate) struct Lull(u64);

impl Clock {
    pub(crate) fn new(paused: bool) -> Self {
        let now = Instant::now();
        if paused {
            EVER_PAUSED.store(true, Relaxed);
        }
        Self(Arc::new(State {
            reading: Mutex::new(Reading {
                shows: now,
                runs_since: (!paused).then_some(now),
                awake: 0,
                jobs: 0,
                changes: 0,
                settling: Vec::new(),
            }),
            runtime: OnceLock::new(),
        }))
    }

    /// Of the runtime that goes by this clock.
    pub(crate) fn belongs_to(&self, runtime: Weak<Shared>) {
        let fresh = self.0.runtime.set(runtime).is_ok();
        assert!(fresh, "each runtime has a clock of its own");
    }

    /// What this clock shows when the system's shows `now`.
    pub(super) fn at(&self, now: Instant) -> Instant {
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
    fn pause(&self) -> bool {
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
    fn resume(&self) -> bool {
        let mut reading = self.0.reading.lock();
        let paused = reading.runs_since.is_none();
        if paused {
            reading.runs_since = Some(Instant::now());
        }
        paused
    }

    /// `false`: it is not paused.
    fn advance(&self, duration: Duration) -> bool {
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
            if let Some(runtime) = self.0.runtime.get().and_then(Weak::upgrade) {
                runtime.look_whether_all_wait();
            }
        }
    }

    /// Whether nobody but workers is awake.
    pub(crate) fn lull(&self) -> Option<Lull> {
        let reading = self.0.reading.lock();
        (reading.awake == 0).then_some(Lull(reading.changes))
    }

    /// The tasks have come to rest, in this lull: gives who waited for that.
    pub(crate) fn end_settling(&self, lull: Lull, woken: &mut Vec<Waker>) {
        let mut reading = self.0.reading.lock();
        if reading.changes == lull.0 {
            woken.extend(reading.settling.drain(..).map(|(waker, _)| waker));
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

    /// At a tick of the driver thread: wakes who has waited for too long.
    pub(crate) fn give_up_settling(&self) {
        if !EVER_PAUSED.load(Relaxed) {
            return;
        }
        let mut reading = self.0.reading.lock();
        let all = std::mem::take(&mut reading.settling);
        let (tired, rest) = all
            .into_iter()
            .partition::<Vec<_>, _>(|(_, since)| since.elapsed() >= SETTLING);
        reading.settling = rest;
        drop(reading);
        for (waker, _) in tired {
            wake_guarded(waker);
        }
    }

    /// Waits until the tasks have come to rest.
    async fn settle(&self) {
        let mut waited = false;
        poll_fn(|cx| {
            if std::mem::replace(&mut waited, true) {
                return Poll::Ready(());
            }
            let waiting = (cx.waker().clone(), Instant::now());
            self.0.reading.lock().settling.push(waiting);
            Poll::Pending
        })
        .await;
    }
}

/// What the current runtime's clock shows; outside of one, the system's.
pub(super) fn now() -> Instant {
    let now = Instant::now();
    if !EVER_PAUSED.load(Relaxed) {
        return now;
    }
    context::try_with_current(|handle| handle.shared().driver.clock().at(now)).unwrap_or(now)
}

/// Stops the current runtime's clock. Feature `test-util` only.
///
/// From now on [`Instant::now`](super::Instant::now) stands still, and time passes in
/// jumps: when all tasks wait, to the next timer at once. So a test with an hour's
/// timeout takes no time. [`advance`] moves the clock by hand, [`resume`] lets it run
/// again. `std::time::Instant` is not affected.
///
/// This works with any number of workers. Time does not jump by itself while a task
/// runs, while an event of a socket is there to be handled, while a thread is awake in
/// `block_on`, or while a job of `spawn_blocking` has not ended. What it cannot know
/// of is work that other threads or processes are about to hand in: a task that waits
/// for such, under a timeout, meets the timeout first.
///
/// # Panics
///
/// Outside a runtime, and if the clock is paused already.
///
/// # Examples
///
/// ```
/// use heist_runtime::time::{self, Duration, Instant};
///
/// # heist_runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// let (start, real) = (Instant::now(), std::time::Instant::now());
/// time::sleep(Duration::from_secs(3600)).await;
/// assert_eq!(start.elapsed(), Duration::from_secs(3600));
/// assert!(real.elapsed() < Duration::from_secs(60));
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn pause() {
    let paused = context::with_current(|handle| handle.shared().driver.clock().pause());
    assert!(paused, "the clock is paused already");
}

/// Lets the current runtime's clock run again, from what it shows. Feature
/// `test-util` only.
///
/// # Panics
///
/// Outside a runtime, and if the clock is not paused.
///
/// # Examples
///
/// ```
/// use heist_runtime::time::{self, Duration, Instant};
///
/// # heist_runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// time::advance(Duration::from_secs(3600)).await;
/// time::resume();
/// time::sleep(Duration::from_millis(1)).await; // a real millisecond
/// # });
/// # std::io::Result::Ok(())
/// ```
#[track_caller]
pub fn resume() {
    let resumed = context::with_current(|handle| {
        let shared = handle.shared();
        let resumed = shared.driver.clock().resume();
        // They wait for no timer while it is paused.
        shared.unpark_all();
        resumed
    });
    assert!(resumed, "the clock is not paused");
}

/// Moves the paused clock on, in one jump, and fires the timers that are due by then.
/// Feature `test-util` only.
///
/// Returns when the tasks that were woken have run and wait again; or after 100 ms, if
/// some task never waits. Jobs of `spawn_blocking` are not waited for.
///
/// # Panics
///
/// Outside a runtime, and if the clock is not paused.
///
/// # Cancellation safety
///
/// The clock has moved once this was polled, and not before.
///
/// # Examples
///
/// ```
/// use heist_runtime::time::{self, Duration};
///
/// # heist_runtime::Runtime::new()?.block_on(async {
/// time::pause();
/// let task = heist_runtime::spawn(time::sleep(Duration::from_secs(10)));
/// time::advance(Duration::from_secs(9)).await;
/// assert!(!task.is_finished());
/// time::advance(Duration::from_secs(1)).await;
/// assert!(task.is_finished());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub async fn advance(duration: Duration) {
    let shared = context::with_current(|handle| handle.shared().clone());
    let clock = shared.driver.clock();
    assert!(clock.advance(duration), "the clock is not paused");
    shared.fire_due();
    clock.settle().await;
}
