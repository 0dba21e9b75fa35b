//! The pool of threads for work that blocks: started on demand, retired when idle.
//!
//! Any thread submits; the pool's own threads take jobs in order. One lock guards
//! the queue and the counts.
//!
//! Invariant: a job in the queue has a thread that will come for it: one that was
//! notified, or one that has been started and not yet looked.

mod task;

use crate::task::{Failures, JoinHandle, Notified, Origin, PanicsOnly, new_task};
use crate::time::Clock;
use parking_lot::{Condvar, Mutex};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};
use task::{BlockingSchedule, BlockingTask};

/// Starts a pool thread that runs the given body; the runtime supplies the name,
/// the stack size and the hooks.
pub(crate) type StartThread =
    Box<dyn Fn(ThreadBody) -> io::Result<thread::JoinHandle<()>> + Send + Sync>;

/// What a pool thread does. The guard it gives is for the very end, after the hooks.
pub(crate) type ThreadBody = Box<dyn FnOnce() -> CountOut + Send>;

/// The pool's settings.
pub(crate) struct Limits {
    pub(crate) max_threads: usize,
    pub(crate) keep_alive: Duration,
}

pub(crate) struct BlockingPool(Arc<Pool>);

struct Pool {
    start_thread: StartThread,
    limits: Limits,
    failures: Arc<Failures>,
    /// To be told of jobs, for whose time it must not jump.
    clock: Clock,
    state: Mutex<State>,
    work: Condvar,
    /// For `wait_idle`: a job has ended.
    ended: Condvar,
}

#[derive(Default)]
struct State {
    queue: VecDeque<Notified>,
    /// Threads that wait for work and have not been notified of any.
    idle: usize,
    /// Notifications on their way to idle threads.
    notified: usize,
    threads: HashMap<usize, thread::JoinHandle<()>>,
    /// Threads that take jobs.
    alive: usize,
    /// Threads that have not come to their end, hooks included.
    unfinished: usize,
    next_thread: usize,
    closed: bool,
    /// Whether somebody waits for the jobs to end.
    draining: bool,
    /// Jobs that threads run.
    running: usize,
}

impl State {
    fn jobs(&self) -> usize {
        self.queue.len() + self.running
    }
}

impl BlockingPool {
    pub(crate) fn new(
        limits: Limits,
        failures: Arc<Failures>,
        clock: Clock,
        start_thread: StartThread,
    ) -> Self {
        Self(Arc::new(Pool {
            start_thread,
            limits,
            failures,
            clock,
            state: Mutex::new(State::default()),
            work: Condvar::new(),
            ended: Condvar::new(),
        }))
    }

    /// Queues a closure. On a pool that has been closed it is cancelled.
    ///
    /// # Errors
    ///
    /// No thread could be started, and none exists that would come for the job.
    pub(crate) fn spawn<F, R>(&self, f: F, origin: Origin) -> io::Result<JoinHandle<R>>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        let scheduler = BlockingSchedule(self.0.failures.clone());
        let (_, job, handle) =
            new_task::<PanicsOnly, _, _>(BlockingTask::new(f), scheduler, origin);
        let mut state = self.0.state.lock();
        if state.closed {
            drop(state);
            job.cancel();
            return Ok(handle);
        }
        self.0.clock.enter_job();
        state.queue.push_back(job);
        if state.idle > 0 {
            state.idle -= 1;
            state.notified += 1;
            self.0.work.notify_one();
        } else if state.alive < self.0.limits.max_threads {
            self.start(&mut state)?;
        }
        Ok(handle)
    }

    fn start(&self, state: &mut State) -> io::Result<()> {
        let id = state.next_thread;
        let pool = self.0.clone();
        match (self.0.start_thread)(Box::new(move || {
            pool.run(id);
            CountOut(pool)
        })) {
            Ok(thread) => {
                state.next_thread += 1;
                state.alive += 1;
                state.unfinished += 1;
                state.threads.insert(id, thread);
                Ok(())
            }
            // The threads there are will come for it.
            Err(_) if state.alive > 0 => Ok(()),
            Err(error) => {
                if let Some(job) = state.queue.pop_back() {
                    job.cancel();
                    self.0.clock.leave_job();
                }
                Err(error)
            }
        }
    }

    /// How many threads take jobs.
    #[allow(dead_code, reason = "for the metrics")]
    pub(crate) fn num_threads(&self) -> usize {
        self.0.state.lock().alive
    }

    /// How many of them wait for a job.
    #[allow(dead_code, reason = "for the metrics")]
    pub(crate) fn num_idle_threads(&self) -> usize {
        self.0.state.lock().idle
    }

    /// How many jobs no thread has taken yet.
    #[allow(dead_code, reason = "for the metrics")]
    pub(crate) fn queue_depth(&self) -> usize {
        self.0.state.lock().queue.len()
    }

    /// How many jobs have not ended.
    pub(crate) fn jobs(&self) -> usize {
        self.0.state.lock().jobs()
    }

    /// Waits until all jobs have ended. `false`: not by the deadline.
    pub(crate) fn wait_idle(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.0.state.lock();
        state.draining = true;
        while state.jobs() > 0 {
            match deadline {
                None => self.0.ended.wait(&mut state),
                Some(deadline) => {
                    if self.0.ended.wait_until(&mut state, deadline).timed_out() {
                        return state.jobs() == 0;
                    }
                }
            }
        }
        true
    }

    /// Cancels the jobs that have not started, and tells the threads to end.
    pub(crate) fn close(&self) {
        let mut state = self.0.state.lock();
        state.closed = true;
        let queue = std::mem::take(&mut state.queue);
        self.0.work.notify_all();
        drop(state);
        for job in queue {
            job.cancel();
            self.0.clock.leave_job();
        }
    }

    /// Joins the threads, which end when the jobs they run do. `false`: not all
    /// had by the deadline.
    pub(crate) fn join(&self, deadline: Option<Instant>) -> bool {
        let mut state = self.0.state.lock();
        while state.unfinished > 0 {
            match deadline {
                None => self.0.work.wait(&mut state),
                Some(deadline) => {
                    if self.0.work.wait_until(&mut state, deadline).timed_out() {
                        return state.unfinished == 0;
                    }
                }
            }
        }
        let threads = std::mem::take(&mut state.threads);
        drop(state);
        for (_, thread) in threads {
            // It has counted itself out, so this takes no time. The thread's body
            // catches panics of jobs; one of a stop hook has been reported.
            let _ = thread.join();
        }
        true
    }
}

/// Counts a pool thread out when it comes to its end.
pub(crate) struct CountOut(Arc<Pool>);

impl Drop for CountOut {
    fn drop(&mut self) {
        self.0.state.lock().unfinished -= 1;
        // For `join`.
        self.0.work.notify_all();
    }
}

impl Pool {
    /// A pool thread's life.
    fn run(&self, id: usize) {
        let mut state = self.state.lock();
        loop {
            while let Some(job) = state.queue.pop_front() {
                state.running += 1;
                drop(state);
                let again = job.run();
                debug_assert!(again.is_none(), "a blocking task completes in one poll");
                self.clock.leave_job();
                state = self.state.lock();
                state.running -= 1;
                if state.draining {
                    self.ended.notify_all();
                }
            }
            if state.closed || !self.wait_for_work(&mut state) {
                break;
            }
        }
        state.alive -= 1;
        if !state.closed {
            // Retired, and not waited for: detach.
            state.threads.remove(&id);
        }
    }

    /// Waits as an idle thread. `false`: nothing came within the keep-alive time.
    fn wait_for_work(&self, state: &mut parking_lot::MutexGuard<'_, State>) -> bool {
        state.idle += 1;
        let retire_at = Instant::now().checked_add(self.limits.keep_alive);
        loop {
            let timed_out = match retire_at {
                Some(at) => self.work.wait_until(state, at).timed_out(),
                None => {
                    self.work.wait(state);
                    false
                }
            };
            if state.notified > 0 {
                // Whichever thread wakes first takes a notification; whoever was
                // meant by the system's own choice finds none and waits on.
                state.notified -= 1;
                return true;
            }
            if state.closed {
                return true;
            }
            if timed_out {
                state.idle -= 1;
                return false;
            }
        }
    }
}
