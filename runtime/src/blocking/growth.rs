//! Decides how many threads the pool should have for the waiting jobs: numbers only, kept under the
//! pool's lock.
//!
//! Long jobs need a thread each, at once: they may even wait for each other. Jobs that end before
//! another thread has woken are finished soonest by the threads that are already working. Of which
//! kind the next job is, is not known. Therefore, while jobs wait, there is always one thread more
//! than are working (within the limit): one that is being woken or started, or one that *watches*,
//! which checks after every [`LOOK`] whether any job has been taken, and starts to work if none
//! has.
//!
//! Invariant: jobs are taken in order, and a job waits no longer than a thread takes to wake, plus
//! one [`LOOK`], without another job being taken, unless every thread that may exist has a job.

use std::time::Duration;

/// How long a watching thread lets jobs wait without any being taken. Several times what a thread
/// needs to wake, and little compared with a job that blocks.
pub(super) const LOOK: Duration = Duration::from_micros(200);

/// Average duration from which jobs get a thread each. A wake-up costs about as much.
const SLOW_NS: u64 = 20_000;

/// Upper bound of the duration recorded for one job, so that a few quick jobs outweigh earlier long
/// ones, and a single long job, which may only have waited for a core, does not change the mode.
const LONGEST_NS: u64 = 3 * SLOW_NS;

/// A measurement has a weight of one in this many in the moving average.
const WEIGHT: u64 = 4;

/// Additional cost of a job on a further thread, for the lock and the cache lines that move.
const HANDOVER_NS: u64 = 500;

/// Backlog of quick jobs, in time, that justifies a further thread, up to the number of cores.
const BACKLOG_NS: u64 = 50_000;

/// Maximum number of threads called at once; each of them calls further ones.
const CALLS: usize = 2;

pub(super) struct Growth {
    cores: usize,
    /// Moving average of the duration of a job.
    job_ns: u64,
    /// Number of jobs taken so far.
    taken: u64,
    /// Number of threads whose job is not known to be long.
    moving: usize,
    /// All running jobs with numbers below this are known to be long.
    known_long: u64,
    /// Number of threads that were called and have reached neither the queue nor, if they are new,
    /// the user's hook, and that are not known to be held up.
    coming: usize,
    /// Whether a thread watches.
    watched: bool,
}

/// A job that a thread has taken.
#[derive(Clone, Copy)]
pub(super) struct Taken(u64);

/// What a thread that has reached the queue should do.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Arrival {
    /// Take jobs until the queue is empty.
    Work,
    /// Check again after [`LOOK`], by calling [`Growth::end_watch`] with this value.
    Watch(u64),
    /// Rest: other threads do the work.
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

    /// Returns how many threads to call after a job was queued, when `waiting` jobs are in the
    /// queue, or was found to wait.
    pub(super) fn wanted_by_submit(&self, waiting: usize, any_idle: bool) -> usize {
        let is_unserved = if self.jobs_are_slow() {
            // Starting a thread takes long, so one that is already coming is enough.
            self.coming == 0 || any_idle && self.coming < waiting
        } else {
            self.coming == 0 && !(self.watched && self.moving > 0)
        };
        usize::from(is_unserved)
    }

    /// Returns how many threads to call after a thread has taken a job and left `waiting` jobs.
    pub(super) fn wanted_by_taker(&self, waiting: usize) -> usize {
        if self.jobs_are_slow() {
            waiting.saturating_sub(self.coming).min(CALLS)
        } else {
            usize::from(waiting > 0 && self.coming == 0 && !self.watched)
        }
    }

    /// Records that threads have been called.
    pub(super) fn called(&mut self, threads: usize) {
        self.coming += threads;
    }

    /// Records that a called thread does not count as coming any more.
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

    /// Ends a watch, with the value from [`Arrival::Watch`]. The thread must arrive again.
    pub(super) fn end_watch(&mut self, taken_before: u64, waiting: usize) {
        self.watched = false;
        if waiting > 0 && self.taken == taken_before {
            self.known_long = self.taken;
            self.moving = 0;
            self.record(LOOK);
        }
    }

    /// Records that a thread takes a job.
    pub(super) fn take(&mut self) -> Taken {
        let job = Taken(self.taken);
        self.taken += 1;
        self.moving += 1;
        job
    }

    /// Records that the job has ended.
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_nanos(200);
    const SLOW: Duration = Duration::from_millis(5);

    /// A called thread reaches the queue and takes one of the waiting jobs.
    fn come_and_take(growth: &mut Growth, waiting: usize) -> Taken {
        growth.came();
        assert_eq!(growth.arrive(waiting), Arrival::Work);
        growth.take()
    }

    /// Returns the state after some jobs of this duration.
    fn after_jobs_of(took: Duration) -> Growth {
        let mut growth = Growth::new(4);
        for _ in 0..10 {
            let job = growth.take();
            growth.end(job, took);
        }
        growth
    }

    #[test]
    fn a_burst_of_quick_jobs_keeps_one_thread_and_one_that_watches() {
        let mut growth = Growth::new(4);
        let mut calls = 0;
        let mut call = |growth: &mut Growth, wanted| {
            growth.called(wanted);
            calls += wanted;
        };
        for waiting in 1..=1_000 {
            let wanted = growth.wanted_by_submit(waiting, false);
            call(&mut growth, wanted);
        }
        let mut job = come_and_take(&mut growth, 1_000);
        let mut watched = None;
        for waiting in (0..1_000).rev() {
            let wanted = growth.wanted_by_taker(waiting);
            call(&mut growth, wanted);
            // In the meantime the second thread arrives, and checks from time to time.
            if waiting % 100 == 50 {
                match watched {
                    Some(taken) => growth.end_watch(taken, waiting),
                    None => growth.came(),
                }
                let Arrival::Watch(taken) = growth.arrive(waiting) else {
                    panic!("the first thread makes progress");
                };
                watched = Some(taken);
            }
            growth.end(job, QUICK);
            if waiting > 0 {
                job = growth.take();
            }
        }
        growth.end_watch(watched.unwrap(), 0);
        assert_eq!(growth.arrive(0), Arrival::Rest);
        assert_eq!(calls, 2);
    }

    #[test]
    fn a_thread_is_added_for_a_job_that_does_not_end() {
        let mut growth = after_jobs_of(QUICK);
        growth.called(1);
        let blocked = come_and_take(&mut growth, 1);
        // Before the next job is queued, it cannot be known that the first one blocks, so one
        // thread is called.
        assert_eq!(growth.wanted_by_submit(1, true), 1);
        growth.called(1);
        growth.came();
        let Arrival::Watch(taken) = growth.arrive(1) else {
            panic!("the first thread may make progress");
        };
        growth.end_watch(taken, 1);
        assert_eq!(growth.arrive(1), Arrival::Work);
        let second = growth.take();
        growth.end(second, QUICK);
        // From now on it is known.
        growth.called(1);
        let third = come_and_take(&mut growth, 1);
        growth.end(blocked, SLOW);
        growth.end(third, QUICK);
        assert_eq!(growth.moving, 0);
    }

    #[test]
    fn slow_jobs_get_a_thread_each() {
        let mut growth = after_jobs_of(SLOW);
        // The thread that is coming starts the others; resting threads are woken at once.
        growth.called(1);
        assert_eq!(growth.wanted_by_submit(5, false), 0);
        assert_eq!(growth.wanted_by_submit(5, true), 1);
        for waiting in (0..10).rev() {
            come_and_take(&mut growth, waiting + 1);
            let wanted = growth.wanted_by_taker(waiting);
            assert!(wanted + growth.coming >= waiting.min(CALLS), "{waiting}");
            growth.called(wanted);
        }
        assert_eq!(growth.coming, 0);
    }

    #[test]
    fn one_long_job_among_quick_ones_changes_nothing() {
        let mut growth = after_jobs_of(QUICK);
        for _ in 0..3 {
            let job = growth.take();
            growth.end(job, SLOW);
            assert!(!growth.jobs_are_slow());
            for _ in 0..10 {
                let job = growth.take();
                growth.end(job, QUICK);
            }
        }
    }

    #[test]
    fn a_long_backlog_of_quick_jobs_gets_one_thread_per_core() {
        let mut growth = after_jobs_of(Duration::from_micros(10));
        for _ in 0..4 {
            growth.called(1);
            come_and_take(&mut growth, 100);
        }
        growth.called(1);
        growth.came();
        assert!(matches!(growth.arrive(100), Arrival::Watch(_)));
        // While one thread watches, the next one is not needed.
        growth.called(1);
        growth.came();
        assert_eq!(growth.arrive(100), Arrival::Rest);
    }
}
