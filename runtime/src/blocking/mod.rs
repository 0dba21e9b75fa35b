//! The pool of threads for work that blocks: started on demand, retired when idle.
//!
//! Any thread submits jobs; the pool's own threads take them in order. One lock protects the queue
//! and the counts. `growth` decides how many threads the jobs need, and `thread` is what each
//! thread does. `attendant` is for threads that the user's code holds up before they reach the
//! queue.
//!
//! Invariant: while a job waits, some thread will check the queue: one that was called, one that
//! watches the working threads, or, when the limit is reached, one that finishes its job. This also
//! holds after the pool is closed, since it runs all jobs that it has accepted.

mod attendant;
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
use crate::sync::lock::Mutex;
use crate::tasks::{Failures, JoinHandle, Notified, Origin, PanicsOnly, new_task};
use crate::thread_count::{CountOut, ThreadCount};
use crate::timers::Clock;
use growth::Growth;
use std::any::Any;
use std::collections::{HashMap, VecDeque};
use std::io;
use std::mem;
use std::sync::{Arc, Weak};
use std::thread::JoinHandle as Thread;
use std::time::{Duration, Instant};
use task::{BlockingSchedule, BlockingTask};

pub(crate) type StartThread = Box<dyn Fn(ThreadParts) -> io::Result<Thread<()>> + Send + Sync>;

/// Starts pool threads. The runtime provides the names, the stack size and the hooks.
pub(crate) struct Starter {
    pub(crate) start: StartThread,
    /// What `start` needs to be alive.
    pub(crate) runtime: Weak<dyn Any + Send + Sync>,
    /// Whether `start` calls the user's code.
    pub(crate) calls_user: bool,
    /// Whether the user's code runs before a thread reaches the queue, in `start` or on the thread.
    pub(crate) user_goes_first: bool,
}

/// What a pool thread runs.
pub(crate) struct ThreadParts {
    /// Before the hooks.
    pub(crate) first: Box<dyn FnOnce() + Send>,
    pub(crate) body: Box<dyn FnOnce() + Send>,
    /// Dropped at the very end, after the hooks.
    pub(crate) count: CountOut,
}

#[cfg(all(test, not(loom)))]
impl ThreadParts {
    /// Runs them without hooks.
    pub(crate) fn run(self) {
        (self.first)();
        (self.body)();
    }
}

#[cfg(all(test, not(loom)))]
impl Starter {
    pub(crate) fn without_user(
        start: impl Fn(ThreadParts) -> io::Result<Thread<()>> + Send + Sync + 'static,
    ) -> Self {
        Self {
            start: Box::new(start),
            runtime: Weak::<()>::new(),
            calls_user: false,
            user_goes_first: false,
        }
    }
}

/// The pool's settings.
pub(crate) struct Limits {
    pub(crate) max_threads: usize,
    /// Number of threads that are useful for jobs that only compute.
    pub(crate) cores: usize,
    pub(crate) keep_alive: Duration,
}

pub(crate) struct BlockingPool(Arc<Pool>);

struct Pool {
    starter: Starter,
    limits: Limits,
    failures: Arc<Failures>,
    /// Counts jobs, so that a paused clock does not jump while one runs.
    clock: Clock,
    state: Mutex<State>,
    /// Notified when jobs end.
    draining: Arc<Draining>,
    /// The threads that have not ended, including their hooks, and those that are being started.
    unfinished: Arc<ThreadCount>,
}

struct State {
    queue: VecDeque<Job>,
    /// The jobs that a thread is about to cancel.
    cancelled: VecDeque<Job>,
    growth: Growth,
    /// Resting threads, the last to have worked at the end. That one works first again, so that
    /// superfluous threads can retire.
    idle: Vec<Arc<Sleeper>>,
    /// Threads by number; `None` while one is being started.
    threads: HashMap<usize, Option<Thread<()>>>,
    /// Number of threads that take jobs or are being started.
    alive: usize,
    /// How many of those are still being started.
    starting: usize,
    /// The new threads, by number, that count as coming.
    expected: Vec<usize>,
    is_attended: bool,
    next_thread: usize,
    closed: bool,
    /// Number of jobs ever accepted.
    accepted: u64,
    /// Number of jobs that are running.
    running: usize,
}

struct Job {
    number: u64,
    task: Notified,
    at_deadline: AtDeadline,
}

/// What happens to a job that no thread has taken by the deadline of a graceful shutdown.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) enum AtDeadline {
    #[default]
    Cancel,
    /// A caller has been promised that the job will run.
    Run,
}

/// Threads that were called and must still be woken or started.
struct Called {
    at_rest: Vec<Arc<Sleeper>>,
    new: Vec<NewThread>,
}

struct NewThread {
    id: usize,
    count: CountOut,
}

impl State {
    fn jobs(&self) -> usize {
        self.queue.len() + self.running
    }

    /// Returns whether there is a thread that takes jobs, or will once it has been woken.
    fn any_thread(&self) -> bool {
        self.alive > self.starting
    }

    /// Calls `wanted` threads, or as many as rest or may be started.
    fn call(&mut self, wanted: usize, pool: &Pool) -> Called {
        let rest = self.idle.len().saturating_sub(wanted);
        let at_rest: Vec<_> = self.idle.drain(rest..).collect();
        for sleeper in &at_rest {
            sleeper.mark_called();
        }
        let room = pool.limits.max_threads - self.alive;
        let new = (wanted - at_rest.len()).min(room);
        let first = self.next_thread;
        self.next_thread += new;
        self.alive += new;
        self.starting += new;
        self.threads
            .extend((first..first + new).map(|id| (id, None)));
        self.expected.extend(first..first + new);
        self.growth.called(at_rest.len() + new);
        Called {
            at_rest,
            new: (first..first + new)
                .map(|id| NewThread {
                    id,
                    count: pool.unfinished.count(),
                })
                .collect(),
        }
    }

    /// No longer counts a new thread as coming.
    fn expect_no_more(&mut self, id: usize) {
        if let Some(place) = self.expected.iter().position(|&expected| expected == id) {
            self.expected.swap_remove(place);
            self.growth.came();
        }
    }
}

impl BlockingPool {
    pub(crate) fn new(
        limits: Limits,
        failures: Arc<Failures>,
        clock: Clock,
        draining: Arc<Draining>,
        starter: Starter,
    ) -> Self {
        let state = State {
            queue: VecDeque::new(),
            cancelled: VecDeque::new(),
            growth: Growth::new(limits.cores),
            idle: Vec::new(),
            threads: HashMap::new(),
            alive: 0,
            starting: 0,
            expected: Vec::new(),
            is_attended: false,
            next_thread: 0,
            closed: false,
            accepted: 0,
            running: 0,
        };
        Self(Arc::new(Pool {
            starter,
            limits,
            failures,
            clock,
            draining,
            state: Mutex::ranked(Rank::BlockingPool, state),
            unfinished: ThreadCount::new(),
        }))
    }

    /// Queues a closure. If the pool has been closed, the closure is cancelled.
    ///
    /// # Errors
    ///
    /// Returns an error if no thread could be started, and no other thread will take the job.
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
        self.queue(task, at_deadline)?;
        Ok(handle)
    }

    /// The part of `spawn` that is the same for all closures, so that it is compiled only once.
    fn queue(&self, task: Notified, at_deadline: AtDeadline) -> io::Result<()> {
        let mut state = self.0.state.lock();
        if state.closed {
            drop(state);
            task.cancel();
            return Ok(());
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
        // A thread that another job has called may fail to start. Only an errand then serves this
        // one as well.
        let wanted = match state.any_thread() || self.0.starter.calls_user {
            true => state.growth.wanted_by_submit(waiting, any_idle),
            false => 1,
        };
        if wanted > 0 {
            let called = state.call(wanted, &self.0);
            drop(state);
            let came = self.0.make_come(called);
            came.or_else(|error| self.0.withdraw(number, error))?;
        }
        Ok(())
    }

    /// Returns the number of threads that take jobs or are being started.
    pub(crate) fn num_threads(&self) -> usize {
        self.0.state.lock().alive
    }

    /// Returns how many of them wait for a job.
    pub(crate) fn num_idle_threads(&self) -> usize {
        self.0.state.lock().idle.len()
    }

    /// Returns the number of jobs that no thread has taken yet.
    pub(crate) fn queue_depth(&self) -> usize {
        self.0.state.lock().queue.len()
    }

    /// Returns the number of jobs that have not ended.
    pub(crate) fn jobs(&self) -> usize {
        self.0.state.lock().jobs()
    }

    /// Returns the number of jobs ever accepted.
    pub(crate) fn accepted(&self) -> u64 {
        self.0.state.lock().accepted
    }

    /// Cancels the jobs that no thread has taken yet, except those that must run. Their destructors
    /// run on a thread of their own, which [`join`](Self::join) waits for.
    pub(crate) fn cancel_waiting(&self) {
        let mut state = self.0.state.lock();
        let waiting = mem::take(&mut state.queue).into_iter();
        let (cancelled, kept) = waiting.partition(|job| job.at_deadline == AtDeadline::Cancel);
        (state.cancelled, state.queue) = (cancelled, kept);
        if state.cancelled.is_empty() {
            return;
        }
        let count = self.0.unfinished.count();
        drop(state);
        let pool = self.0.clone();
        let cancel = move || {
            let _count = count;
            pool.end_cancelled();
        };
        if errand::start(Box::new(cancel)).is_err() {
            self.0.end_cancelled();
        }
    }

    /// Closes the pool: it accepts no more jobs, and its threads end when all accepted jobs are
    /// done.
    pub(crate) fn close(&self) {
        let mut state = self.0.state.lock();
        state.closed = true;
        let at_rest = state.idle.len();
        let called = state.call(at_rest, &self.0);
        drop(state);
        for sleeper in called.at_rest {
            sleeper.unpark();
        }
    }

    /// Joins the threads, which end when all jobs have ended. Returns `false` if some had not ended
    /// by the deadline.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> bool {
        if !self.0.unfinished.wait(deadline) {
            return false;
        }
        let threads = mem::take(&mut self.0.state.lock().threads);
        for thread in threads.into_values().flatten() {
            // The thread has been counted out, so this does not block. The thread's body catches
            // panics of jobs, and a panic of a stop hook has been reported.
            panics::discard(thread.join());
        }
        true
    }
}

impl Pool {
    /// Wakes and starts the threads that were called, without running the user's code.
    ///
    /// # Errors
    ///
    /// Returns an error if a thread could not be started.
    fn make_come(self: &Arc<Self>, called: Called) -> io::Result<()> {
        for sleeper in called.at_rest {
            sleeper.unpark();
        }
        let is_any_new = !called.new.is_empty();
        let mut came = Ok(());
        for new in called.new {
            came = came.and(self.start_quickly(new));
        }
        if is_any_new && self.starter.user_goes_first {
            self.have_attended();
        }
        came
    }

    /// Starts a thread without running the user's code on this one.
    fn start_quickly(self: &Arc<Self>, new: NewThread) -> io::Result<()> {
        match self.starter.calls_user {
            true => self.start_apart(new),
            false => self.start(new),
        }
    }

    fn start_apart(self: &Arc<Self>, new: NewThread) -> io::Result<()> {
        let (pool, id) = (self.clone(), new.id);
        // Otherwise the runtime could be gone when the errand comes, and the job would be refused a
        // thread.
        let runtime = self.starter.runtime.upgrade();
        let start = move || {
            let _runtime = runtime;
            if pool.start(new).is_err() {
                pool.serve_rest(Self::start);
            }
        };
        errand::start(Box::new(start)).or_else(|error| self.is_refused(id, error))
    }

    fn start(self: &Arc<Self>, new: NewThread) -> io::Result<()> {
        let NewThread { id, count } = new;
        let [pool, same] = [self.clone(), self.clone()];
        let parts = ThreadParts {
            first: Box::new(move || same.state.lock().expect_no_more(id)),
            body: Box::new(move || pool.run(id)),
            count,
        };
        match (self.starter.start)(parts) {
            Ok(thread) => {
                let mut state = self.state.lock();
                state.starting -= 1;
                // Unless the thread has already retired.
                if let Some(place) = state.threads.get_mut(&id) {
                    *place = Some(thread);
                }
                Ok(())
            }
            Err(error) => self.is_refused(id, error),
        }
    }

    /// Reverts the counts for a thread that could not be started.
    fn is_refused(&self, id: usize, error: io::Error) -> io::Result<()> {
        let mut state = self.state.lock();
        state.threads.remove(&id);
        state.expect_no_more(id);
        state.alive -= 1;
        state.starting -= 1;
        if !state.queue.is_empty() && !state.idle.is_empty() {
            // A thread that submitted a job let a resting thread rest because this one was to come.
            let called = state.call(1, self);
            drop(state);
            for sleeper in called.at_rest {
                sleeper.unpark();
            }
        }
        Err(error)
    }

    /// Takes a job back whose thread could not be started, unless another thread has it or will
    /// take it.
    fn withdraw(self: &Arc<Self>, number: u64, error: io::Error) -> io::Result<()> {
        let mut state = self.state.lock();
        if state.any_thread() {
            return Ok(());
        }
        let place = state.queue.iter().position(|job| job.number == number);
        let job = place.and_then(|place| state.queue.remove(place));
        drop(state);
        self.cancel(job);
        self.serve_rest(Self::start_quickly);
        Err(error)
    }

    /// Must be called after a thread was refused: starts one by `start` for the jobs that were not
    /// allowed one by the limit, if there is no other. If that is refused as well, cancels them.
    fn serve_rest(self: &Arc<Self>, start: fn(&Arc<Self>, NewThread) -> io::Result<()>) {
        let called = {
            let mut state = self.state.lock();
            if state.alive > 0 || state.queue.is_empty() {
                return;
            }
            state.call(1, self)
        };
        let mut new = called.new.into_iter();
        if new.all(|new| start(self, new).is_ok()) {
            if self.starter.user_goes_first {
                self.have_attended();
            }
            return;
        }
        let mut state = self.state.lock();
        if state.alive == 0 {
            let queue = mem::take(&mut state.queue);
            drop(state);
            self.cancel(queue);
        }
    }

    /// Cancels the jobs that have been set aside for that.
    fn end_cancelled(self: &Arc<Self>) {
        let cancelled = mem::take(&mut self.state.lock().cancelled);
        self.cancel(cancelled);
    }

    fn cancel(&self, jobs: impl IntoIterator<Item = Job>) {
        for job in jobs {
            job.task.cancel();
            self.clock.leave_job();
        }
    }
}
