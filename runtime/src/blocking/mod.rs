//! The pool of threads for work that blocks: started on demand, retired when idle.
//!
//! Any thread submits; the pool's own threads take jobs in order. One lock guards
//! the queue and the counts. `growth` says how many threads the jobs are worth, `thread`
//! what each does.
//!
//! Invariant: while a job waits some thread will look at the queue: one that is coming, one
//! that watches those at work, or, when there can be no more, one that ends its job. That holds
//! when the pool is closed, too: what it has accepted it runs.

mod growth;
mod task;
#[cfg(all(test, not(loom)))]
mod tests;
mod thread;

use self::thread::Sleeper;
use crate::draining::Draining;
use crate::errand;
use crate::panics;
use crate::sync::Rank;
use crate::sync::lock::{Condvar, Mutex};
use crate::tasks::{Failures, JoinHandle, Notified, Origin, PanicsOnly, new_task};
use crate::timers::Clock;
use growth::Growth;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::ops::Range;
use std::sync::Arc;
use std::thread::JoinHandle as Thread;
use std::time::{Duration, Instant};
use task::{BlockingSchedule, BlockingTask};

/// Starts a pool thread that runs the given body; the runtime supplies the name,
/// the stack size and the hooks.
pub(crate) type StartThread = Box<dyn Fn(ThreadBody) -> io::Result<Thread<()>> + Send + Sync>;

/// What a pool thread does. The guard it gives is for the very end, after the hooks.
pub(crate) type ThreadBody = Box<dyn FnOnce() -> CountOut + Send>;

/// The pool's settings.
pub(crate) struct Limits {
    pub(crate) max_threads: usize,
    /// How many threads are worth having for jobs that only compute.
    pub(crate) cores: usize,
    pub(crate) keep_alive: Duration,
}

pub(crate) struct BlockingPool(Arc<Pool>);

struct Pool {
    start_thread: StartThread,
    /// Whether `start_thread` calls code of the user's.
    starts_by_user: bool,
    limits: Limits,
    failures: Arc<Failures>,
    /// To be told of jobs, for whose time it must not jump.
    clock: Clock,
    state: Mutex<State>,
    /// To be told when jobs end.
    draining: Arc<Draining>,
    /// A thread has ended.
    ended: Condvar,
}

struct State {
    queue: VecDeque<Job>,
    growth: Growth,
    /// Threads at rest, the last to have worked at the end: it is the first to work again,
    /// and those that are too many get to retire.
    idle: Vec<Arc<Sleeper>>,
    /// By number; `None` while one is being started.
    threads: HashMap<usize, Option<Thread<()>>>,
    /// Threads that take jobs, or are being started.
    alive: usize,
    /// Of those, the ones that the system has yet to give.
    starting: usize,
    /// Threads that have not come to their end, hooks included.
    unfinished: usize,
    next_thread: usize,
    closed: bool,
    /// How many jobs were ever accepted.
    accepted: u64,
    /// Jobs that threads run.
    running: usize,
}

struct Job {
    number: u64,
    task: Notified,
    at_deadline: AtDeadline,
}

/// What becomes of a job that no thread has taken at the deadline of a graceful shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum AtDeadline {
    #[default]
    Cancel,
    /// Somebody was told that it is as good as done.
    Run,
}

/// Threads that were called, and have yet to be woken or started.
struct Called {
    at_rest: Vec<Arc<Sleeper>>,
    new: Range<usize>,
}

impl State {
    fn jobs(&self) -> usize {
        self.queue.len() + self.running
    }

    /// Whether there is a thread that takes jobs, or will when it has been called.
    fn any_thread(&self) -> bool {
        self.alive > self.starting
    }

    /// Calls `wanted` threads, or as many as rest or may be started.
    fn call(&mut self, wanted: usize, limits: &Limits) -> Called {
        let rest = self.idle.len().saturating_sub(wanted);
        let at_rest: Vec<_> = self.idle.drain(rest..).collect();
        for sleeper in &at_rest {
            sleeper.mark_called();
        }
        let room = limits.max_threads - self.alive;
        let new = (wanted - at_rest.len()).min(room);
        let first = self.next_thread;
        self.next_thread += new;
        self.alive += new;
        self.starting += new;
        self.unfinished += new;
        self.threads
            .extend((first..first + new).map(|id| (id, None)));
        self.growth.called(at_rest.len() + new);
        Called {
            at_rest,
            new: first..first + new,
        }
    }
}

impl BlockingPool {
    pub(crate) fn new(
        limits: Limits,
        failures: Arc<Failures>,
        clock: Clock,
        draining: Arc<Draining>,
        start_thread: StartThread,
        starts_by_user: bool,
    ) -> Self {
        let state = State {
            queue: VecDeque::new(),
            growth: Growth::new(limits.cores),
            idle: Vec::new(),
            threads: HashMap::new(),
            alive: 0,
            starting: 0,
            unfinished: 0,
            next_thread: 0,
            closed: false,
            accepted: 0,
            running: 0,
        };
        Self(Arc::new(Pool {
            start_thread,
            starts_by_user,
            limits,
            failures,
            clock,
            draining,
            state: Mutex::ranked(Rank::BlockingPool, state),
            ended: Condvar::new(),
        }))
    }

    /// Queues a closure. On a pool that has been closed it is cancelled.
    ///
    /// # Errors
    ///
    /// No thread could be started, and none exists that would come for the job.
    pub(crate) fn spawn<F, R>(
        &self,
        f: F,
        origin: Origin,
        at_deadline: AtDeadline,
    ) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let scheduler = BlockingSchedule(self.0.failures.clone());
        let (_, task, handle) =
            new_task::<PanicsOnly, _, _>(BlockingTask::new(f), scheduler, origin);
        let mut state = self.0.state.lock();
        if state.closed {
            drop(state);
            task.cancel();
            return Ok(handle);
        }
        self.0.clock.enter_job();
        let number = state.accepted;
        state.queue.push_back(Job {
            number,
            task,
            at_deadline,
        });
        state.accepted += 1;
        let (waiting, any_idle) = (state.queue.len(), !state.idle.is_empty());
        let wanted = match state.any_thread() {
            true => state.growth.wanted_by_submit(waiting, any_idle),
            // Another job's may not come.
            false => 1,
        };
        if wanted > 0 {
            let called = state.call(wanted, &self.0.limits);
            drop(state);
            let came = self.0.make_come(called);
            came.or_else(|error| self.0.withdraw(number, error))?;
        }
        Ok(handle)
    }

    /// How many threads take jobs.
    pub(crate) fn num_threads(&self) -> usize {
        self.0.state.lock().alive
    }

    /// How many of them wait for a job.
    pub(crate) fn num_idle_threads(&self) -> usize {
        self.0.state.lock().idle.len()
    }

    /// How many jobs no thread has taken yet.
    pub(crate) fn queue_depth(&self) -> usize {
        self.0.state.lock().queue.len()
    }

    /// How many jobs have not ended.
    pub(crate) fn jobs(&self) -> usize {
        self.0.state.lock().jobs()
    }

    /// How many jobs were ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.0.state.lock().accepted
    }

    /// Cancels the jobs that no thread has taken yet, but for those that are to run even so.
    pub(crate) fn cancel_waiting(&self) {
        let mut state = self.0.state.lock();
        let waiting = std::mem::take(&mut state.queue).into_iter();
        let (cancelled, kept) = waiting.partition(|job| job.at_deadline == AtDeadline::Cancel);
        state.queue = kept;
        drop(state);
        self.0.cancel(cancelled);
    }

    /// Accepts no more jobs, and tells the threads to end when those that it has are done.
    pub(crate) fn close(&self) {
        let mut state = self.0.state.lock();
        state.closed = true;
        let at_rest = state.idle.len();
        let called = state.call(at_rest, &self.0.limits);
        drop(state);
        for sleeper in called.at_rest {
            sleeper.unpark();
        }
    }

    /// Joins the threads, which end when all jobs have. `false`: not all
    /// had by the deadline.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.0.state.lock();
        if !self
            .0
            .ended
            .wait_while(&mut state, deadline, |state| state.unfinished > 0)
        {
            return false;
        }
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        for thread in threads.into_values().flatten() {
            // It has counted itself out, so this takes no time. The thread's body
            // catches panics of jobs; one of a stop hook has been reported.
            panics::discard(thread.join());
        }
        true
    }
}

impl Pool {
    /// Wakes and starts the threads that were called.
    ///
    /// # Errors
    ///
    /// One could not be started.
    fn make_come(self: &Arc<Self>, called: Called) -> io::Result<()> {
        for sleeper in called.at_rest {
            sleeper.unpark();
        }
        let mut came = Ok(());
        for id in called.new {
            came = came.and(self.start(id));
        }
        came
    }

    fn start(self: &Arc<Self>, id: usize) -> io::Result<()> {
        if !self.starts_by_user || !errand::is_kept_clear() {
            return self.start_here(id);
        }
        let pool = self.clone();
        // That it fails there is known to the pool.
        errand::send(move || _ = pool.start_here(id)).or_else(|error| self.is_refused(id, error))
    }

    fn start_here(self: &Arc<Self>, id: usize) -> io::Result<()> {
        let pool = self.clone();
        let body = move || {
            pool.run(id);
            CountOut(pool)
        };
        match (self.start_thread)(Box::new(body)) {
            Ok(thread) => {
                let mut state = self.state.lock();
                state.starting -= 1;
                // Unless it has retired already.
                if let Some(place) = state.threads.get_mut(&id) {
                    *place = Some(thread);
                }
                Ok(())
            }
            Err(error) => self.is_refused(id, error),
        }
    }

    /// A thread could not be started: what was counted is undone.
    fn is_refused(&self, id: usize, error: io::Error) -> io::Result<()> {
        let mut state = self.state.lock();
        state.threads.remove(&id);
        state.growth.came();
        state.alive -= 1;
        state.starting -= 1;
        state.unfinished -= 1;
        self.ended.notify_all();
        if state.alive == 0 {
            // Only those are left whose own thread has been refused, or the limit forbade.
            let queue = std::mem::take(&mut state.queue);
            drop(state);
            self.cancel(queue);
        } else if !state.queue.is_empty() && !state.idle.is_empty() {
            // Whoever submitted a job meanwhile let one rest because this one was to come.
            let called = state.call(1, &self.limits);
            drop(state);
            for sleeper in called.at_rest {
                sleeper.unpark();
            }
        }
        Err(error)
    }

    /// The thread that a job was to have could not be started: the job is taken back, unless
    /// another has it or will come for it.
    fn withdraw(&self, number: u64, error: io::Error) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.any_thread() {
            return Ok(());
        }
        let place = state.queue.iter().position(|job| job.number == number);
        let job = place.and_then(|place| state.queue.remove(place));
        drop(state);
        self.cancel(job);
        Err(error)
    }

    fn cancel(&self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            job.task.cancel();
            self.clock.leave_job();
        }
    }
}

/// Counts a pool thread out when it comes to its end.
pub(crate) struct CountOut(Arc<Pool>);

impl Drop for CountOut {
    fn drop(&mut self) {
        self.0.state.lock().unfinished -= 1;
        // For `join`.
        self.0.ended.notify_all();
    }
}
