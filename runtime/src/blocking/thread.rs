//! The life of a pool thread: it comes to the queue, works or watches, and rests until it is
//! called.
//!
//! Runs on the pool's threads. Invariant: a thread is in the list of resting threads, or counted as
//! coming, or at the queue. A thread that takes another off the list counts it as coming and
//! unparks it. A new thread counts as coming until it runs the user's hook, which may block.

use super::growth::{Arrival, LOOK};
use super::{Pool, State};
use crate::poll_context::UNLIMITED;
use crate::sync::lock::MutexGuard;
use std::sync::Arc;
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};
use std::thread::{self, Thread};
use std::time::Instant;

/// A resting thread, as seen by the threads that call it.
pub(super) struct Sleeper {
    thread: Thread,
    called: AtomicBool,
}

impl Sleeper {
    /// To be called by the thread that took it off the list, under the pool's lock.
    pub(super) fn mark_called(&self) {
        // Release: the called thread must see that it is off the list.
        self.called.store(true, Release);
    }

    /// Unparks the thread after [`mark_called`](Self::mark_called), preferably without the lock.
    pub(super) fn unpark(&self) {
        self.thread.unpark();
    }
}

impl Pool {
    /// Runs the pool's thread with this number, which has come.
    pub(super) fn run(self: &Arc<Self>, id: usize) {
        let sleeper = Arc::new(Sleeper {
            thread: thread::current(),
            called: AtomicBool::new(false),
        });
        let mut state = self.state.lock();
        loop {
            if Self::is_needed(&mut state) {
                self.work(&mut state);
            }
            if state.closed || !self.rest(&mut state, &sleeper) {
                break;
            }
            state.growth.came();
        }
        state.alive -= 1;
        if !state.closed {
            // Retired, and not joined: detach the thread.
            state.threads.remove(&id);
        }
    }

    /// Returns whether the thread should take a job. If the other threads make progress, it watches
    /// them first.
    fn is_needed(state: &mut MutexGuard<'_, State>) -> bool {
        loop {
            let waiting = state.queue.len();
            match state.growth.arrive(waiting) {
                Arrival::Work => return true,
                Arrival::Rest => return false,
                Arrival::Watch(taken) => {
                    MutexGuard::unlocked(state, || thread::sleep(LOOK));
                    let waiting = state.queue.len();
                    state.growth.end_watch(taken, waiting);
                }
            }
        }
    }

    /// Runs jobs until the queue is empty.
    fn work(self: &Arc<Self>, state: &mut MutexGuard<'_, State>) {
        let mut start = Instant::now();
        while let Some(job) = state.queue.pop_front() {
            let waiting = state.queue.len();
            let wanted = state.growth.wanted_by_taker(waiting);
            let help = (wanted > 0).then(|| state.call(wanted, self));
            let taken = state.growth.take();
            state.running += 1;
            let end = MutexGuard::unlocked(state, || {
                if let Some(help) = help {
                    // It does not matter if a thread cannot be started, since this one is
                    // available.
                    let _ = self.make_come(help);
                    start = Instant::now();
                }
                let again = job.task.run(UNLIMITED);
                debug_assert!(again.is_none(), "a blocking task completes in one poll");
                self.clock.leave_job();
                Instant::now()
            });
            state.growth.end(taken, end.duration_since(start));
            start = end;
            state.running -= 1;
            if self.draining.has_begun() {
                MutexGuard::unlocked(state, || self.draining.work_ended());
            }
        }
    }

    /// Rests until the thread is called. Returns `false` if it was not called within the keep-alive
    /// time.
    fn rest(&self, state: &mut MutexGuard<'_, State>, sleeper: &Arc<Sleeper>) -> bool {
        state.idle.push(sleeper.clone());
        MutexGuard::unlocked(state, || {
            let retire_at = Instant::now().checked_add(self.limits.keep_alive);
            while !sleeper.called.load(Acquire) {
                match retire_at {
                    None => thread::park(),
                    Some(at) => {
                        let left = at.saturating_duration_since(Instant::now());
                        if left.is_zero() {
                            break;
                        }
                        thread::park_timeout(left);
                    }
                }
            }
        });
        let called = sleeper.called.load(Relaxed);
        sleeper.called.store(false, Relaxed);
        if !called {
            state.idle.retain(|other| !Arc::ptr_eq(other, sleeper));
        }
        called
    }
}
