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

/// A measurement's weight in the moving average is one part in this many.
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

    /// A number of threads have been called, or will not come after all.
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

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    const QUICK: Duration = Duration::from_nanos(200);
    const SLOW: Duration = Duration::from_millis(5);

    /// A thread comes, and takes one of the waiting jobs.
    fn come_and_take(growth: &mut Growth, waiting: usize) -> Taken {
        growth.came();
        assert_eq!(growth.arrive(waiting), Arrival::Work);
        growth.take()
    }

    /// The pool has seen some jobs of one length.
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
            // Meanwhile the second thread comes, and looks now and then.
            if waiting % 100 == 50 {
                match watched {
                    Some(taken) => growth.end_watch(taken, waiting),
                    None => growth.came(),
                }
                let Arrival::Watch(taken) = growth.arrive(waiting) else {
                    panic!("the first thread gets on");
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
    fn a_job_that_does_not_end_is_made_up_for() {
        let mut growth = after_jobs_of(QUICK);
        growth.called(1);
        let blocked = come_and_take(&mut growth, 1);
        // The next job, and one more thread, which cannot know.
        assert_eq!(growth.wanted_by_submit(1, true), 1);
        growth.called(1);
        growth.came();
        let Arrival::Watch(taken) = growth.arrive(1) else {
            panic!("the first thread may get on");
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
        // The one that is coming starts the others; those at rest are woken at once.
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
    fn a_backlog_that_takes_a_while_gets_the_cores_and_no_more() {
        let mut growth = after_jobs_of(Duration::from_micros(10));
        for _ in 0..4 {
            growth.called(1);
            come_and_take(&mut growth, 100);
        }
        growth.called(1);
        growth.came();
        assert!(matches!(growth.arrive(100), Arrival::Watch(_)));
        // With somebody watching already the next one is not needed at all.
        growth.called(1);
        growth.came();
        assert_eq!(growth.arrive(100), Arrival::Rest);
    }
}
