//! How many threads the waiting jobs are worth: numbers only, kept under the pool's lock.
//!
//! Jobs that take long need a thread each, at once: they may even wait for each other. Jobs that
//! are over before another thread has woken are done soonest by the threads that are at it. Which
//! kind the next job is nobody knows. So while jobs wait there is always one thread more than
//! there are at work (as far as the limit goes): one on its way, or one that *watches*, looks
//! every [`LOOK`] whether any job has been taken meanwhile, and joins in if not.
//!
//! Invariant: a job is taken in order, and waits for no longer than a thread takes to wake, and
//! one [`LOOK`], without another being taken; unless every thread that may exist has a job.

use std::time::Duration;

/// How long a watching thread lets jobs wait without any being taken. Several times what a
/// thread needs to wake, and little beside what a job that blocks takes.
pub(super) const LOOK: Duration = Duration::from_micros(200);

/// Jobs that take longer on average get a thread each: a wake-up costs about as much.
const SLOW_NS: u64 = 20_000;

/// No job counts for more, so that a few quick ones in a row end what long ones began, and one
/// alone, which may just have waited for its core, begins nothing.
const LONGEST_NS: u64 = 3 * SLOW_NS;

/// A measurement's weight in the average is one part in so many.
const WEIGHT: u64 = 4;

/// What a job costs extra on a further thread, for the lock and the lines that move.
const HANDOVER_NS: u64 = 500;

/// A backlog of quick jobs that is worth a further thread, up to the number of cores.
const BACKLOG_NS: u64 = 50_000;

/// How many threads one call is for, at most: each of them calls further ones.
const CALLS: usize = 2;

pub(super) struct Growth {
    cores: usize,
    /// How long jobs take, as a moving average.
    job_ns: u64,
    /// How many jobs have been taken.
    taken: u64,
    /// Threads whose job is not known to take long.
    moving: usize,
    /// Jobs taken before this one are known to take long.
    known_long: u64,
    /// Threads on their way that have not come to the queue yet.
    coming: usize,
    /// Whether a thread watches.
    watched: bool,
}

/// A job that a thread has taken.
#[derive(Clone, Copy)]
pub(super) struct Taken(u64);

/// What a thread that has come to the queue should do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Take jobs until there are none.
    Work,
    /// Look again after [`LOOK`], by [`Growth::end_watch`].
    Watch(u64),
    /// Rest: others do.
    Rest,
}

impl Growth {
    pub(super) fn new(cores: usize) -> Self {
        Self {
            cores,
            job_ns: 0,
            taken: 0,
            moving: 0,
            known_long: 0,
            coming: 0,
            watched: false,
        }
    }

    /// How many threads to call after a job was queued; `waiting` are.
    pub(super) fn wanted_by_submit(&self, waiting: usize, any_idle: bool) -> usize {
        let nobody_looks = if self.jobs_are_slow() {
            // To start a thread takes long. One that comes already does it, too.
            self.coming == 0 || any_idle && self.coming < waiting
        } else {
            self.coming == 0 && !(self.watched && self.moving > 0)
        };
        usize::from(nobody_looks)
    }

    /// How many threads to call by one that has taken a job and left `waiting`.
    pub(super) fn wanted_by_taker(&self, waiting: usize) -> usize {
        if self.jobs_are_slow() {
            waiting.saturating_sub(self.coming).min(CALLS)
        } else {
            usize::from(waiting > 0 && self.coming == 0 && !self.watched)
        }
    }

    /// So many threads have been called, or will not come after all.
    pub(super) fn called(&mut self, threads: usize) {
        self.coming += threads;
    }

    /// A thread that was called has come, or will not.
    pub(super) fn came(&mut self) {
        self.coming -= 1;
    }

    pub(super) fn arrive(&mut self, waiting: usize) -> Arrival {
        if waiting == 0 {
            return Arrival::Rest;
        }
        let few = self.moving < self.cores;
        let backlog = (self.job_ns.saturating_sub(HANDOVER_NS)).saturating_mul(waiting as u64);
        if self.moving == 0 || self.jobs_are_slow() || few && backlog >= BACKLOG_NS {
            return Arrival::Work;
        }
        if self.watched {
            return Arrival::Rest;
        }
        self.watched = true;
        Arrival::Watch(self.taken)
    }

    /// After a look at the queue, with what [`Arrival::Watch`] gave. The thread arrives again.
    pub(super) fn end_watch(&mut self, taken_before: u64, waiting: usize) {
        self.watched = false;
        if waiting > 0 && self.taken == taken_before {
            self.known_long = self.taken;
            self.moving = 0;
            self.record(LOOK);
        }
    }

    /// A thread takes a job.
    pub(super) fn take(&mut self) -> Taken {
        let job = Taken(self.taken);
        self.taken += 1;
        self.moving += 1;
        job
    }

    /// The job has ended.
    pub(super) fn end(&mut self, job: Taken, took: Duration) {
        self.moving -= usize::from(job.0 >= self.known_long);
        self.record(took);
    }

    fn record(&mut self, took: Duration) {
        let took = took.as_nanos().min(u128::from(LONGEST_NS)) as u64;
        self.job_ns = (self.job_ns * (WEIGHT - 1) + took) / WEIGHT;
    }

    fn jobs_are_slow(&self) -> bool {
        self.job_ns >= SLOW_NS
    }
}
