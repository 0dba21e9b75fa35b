//! What all tasks of a run share: its clock, its phases, and the recorders of replies and errors.
//!
//! The phases are delimited by two moments on the clock. They are set once, when all connections
//! are up, and the end is brought forward if the user stops the run early; tasks only read them.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

use heist_tools::schedule::Schedule;

use crate::args::Args;
use crate::errors::{ErrorKind, ErrorLog};
use crate::stats::{Phase, Recorder};

/// For how long after the end the open loop still sends the requests that are overdue.
const OVERDUE: Duration = Duration::from_secs(2);

/// A run of the load tester.
pub(crate) struct Run {
    clock: Instant,
    measure_from: AtomicU64,
    end: AtomicU64,
    interrupts: AtomicUsize,
    /// When bytes of a reply arrived last, of those that came after the end.
    last_arrival: AtomicU64,
    /// Connections that are up.
    pub(crate) alive: AtomicUsize,
    /// Requests that were started and never answered.
    pub(crate) unanswered: AtomicU64,
    /// Replies to requests that are no longer awaited: late or duplicated datagrams.
    pub(crate) stray: AtomicU64,
    pub(crate) recorder: Recorder,
    pub(crate) errors: ErrorLog,
    /// Bytes of a request.
    pub(crate) size: u64,
    /// The number of requests that a connection may have outstanding.
    pub(crate) pipeline: usize,
    /// How long a reply may make no progress, and how long connecting may take.
    pub(crate) timeout: Duration,
}

impl Run {
    /// Creates a run that `threads` threads record. Its phases are not yet set: everything is
    /// warm-up.
    pub(crate) fn new(args: &Args, threads: usize) -> Run {
        Run {
            clock: Instant::now(),
            measure_from: AtomicU64::new(u64::MAX),
            end: AtomicU64::new(u64::MAX),
            interrupts: AtomicUsize::new(0),
            last_arrival: AtomicU64::new(0),
            alive: AtomicUsize::new(0),
            unanswered: AtomicU64::new(0),
            stray: AtomicU64::new(0),
            recorder: Recorder::new(threads),
            errors: ErrorLog::default(),
            size: args.size,
            pipeline: args.pipeline as usize,
            timeout: args.timeout(),
        }
    }

    /// Returns the nanoseconds since the run was created.
    pub(crate) fn now(&self) -> u64 {
        self.clock.elapsed().as_nanos() as u64
    }

    /// Converts nanoseconds on the run's clock to an `Instant`.
    pub(crate) fn instant(&self, ns: u64) -> Instant {
        self.clock + Duration::from_nanos(ns)
    }

    /// Returns when replies begin to count.
    pub(crate) fn measure_from(&self) -> u64 {
        self.measure_from.load(Relaxed)
    }

    /// Returns the time until which requests may be started.
    pub(crate) fn end(&self) -> u64 {
        self.end.load(Relaxed)
    }

    /// Returns the phase that a moment lies in.
    pub(crate) fn phase(&self, now: u64) -> Phase {
        if now < self.measure_from() {
            Phase::WarmUp
        } else if now < self.end() {
            Phase::Measured
        } else {
            Phase::Drain
        }
    }

    /// Sets the phases: the warm-up starts now, and the measured time follows.
    pub(crate) fn start(&self, warm_up: Duration, duration: Duration) -> u64 {
        let start = self.now();
        let measure_from = start + warm_up.as_nanos() as u64;
        self.measure_from.store(measure_from, Relaxed);
        self.end
            .fetch_min(measure_from + duration.as_nanos() as u64, Relaxed);
        start
    }

    /// Ends the measured time now, unless it has ended.
    pub(crate) fn stop(&self) {
        self.end.fetch_min(self.now(), Relaxed);
    }

    /// Notes that bytes of a reply have arrived.
    pub(crate) fn arrived(&self, now: u64) {
        // Not before the end, when all cores would contend for it.
        if now >= self.end() {
            self.last_arrival.fetch_max(now, Relaxed);
        }
    }

    /// Returns since when no bytes have arrived after the end.
    pub(crate) fn quiet_since(&self) -> u64 {
        self.last_arrival.load(Relaxed).max(self.end())
    }

    /// Ends the measured time at the user's request; a second request also ends the drain.
    pub(crate) fn interrupt(&self) {
        self.interrupts.fetch_add(1, Relaxed);
        self.stop();
    }

    /// Returns how often the user has requested the end.
    pub(crate) fn interrupts(&self) -> usize {
        self.interrupts.load(Relaxed)
    }

    /// Has a connection no longer send what is overdue, if the end was too long ago.
    pub(crate) fn give_up_overdue(&self, connection: u64, schedule: &mut Schedule, now: u64) {
        if now.saturating_sub(self.end()) >= OVERDUE.as_nanos() as u64 {
            self.count_unsent(connection, schedule);
        }
    }

    /// Takes the requests that a connection should have sent by the end but has not, and counts
    /// them.
    pub(crate) fn count_unsent(&self, connection: u64, schedule: &mut Schedule) {
        let unsent = schedule.overdue(self.end());
        if unsent > 0 {
            let what = || format!("connection {connection}: {unsent} requests");
            self.errors.add_many(unsent, ErrorKind::Unsent, what);
        }
    }
}
