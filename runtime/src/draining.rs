//! The state of a graceful shutdown: whether one is in progress, and how the thread that waits for
//! the last task and the last job learns of their end.
//!
//! The thread that shuts a runtime down waits; the threads that complete tasks and jobs notify it.
//! Invariant: a change of the awaited state is made before its notification, which is sent with the
//! lock acquired in between.

use crate::cancellation::CancellationToken;
use crate::sync::Rank;
use crate::sync::lock::{Condvar, Mutex};
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Instant;

/// Whether a graceful shutdown is in progress, and the means to wait for its end.
pub(crate) struct Draining {
    has_begun: AtomicBool,
    token: CancellationToken,
    /// Acquired between a change and its notification, so that the waiting thread misses no change.
    lock: Mutex<()>,
    changed: Condvar,
}

impl Draining {
    pub(crate) fn new() -> Self {
        Self {
            has_begun: AtomicBool::new(false),
            token: CancellationToken::new(),
            lock: Mutex::ranked(Rank::Draining, ()),
            changed: Condvar::new(),
        }
    }

    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }

    pub(crate) fn has_begun(&self) -> bool {
        self.has_begun.load(Relaxed)
    }

    pub(crate) fn begin(&self) {
        self.has_begun.store(true, SeqCst);
        self.token.cancel();
    }

    /// Called when a task has left the registry, or a blocking job the pool, without holding the
    /// lock of either.
    pub(crate) fn work_ended(&self) {
        // Relaxed: the waiting thread sets it before it checks the registry and the pool, and their
        // locks order the two.
        if self.has_begun.load(Relaxed) {
            drop(self.lock.lock());
            self.changed.notify_all();
        }
    }

    /// Waits until the condition holds, or until the deadline.
    pub(crate) fn wait(&self, deadline: Option<Instant>, condition: impl Fn() -> bool) {
        let mut lock = self.lock.lock();
        self.changed
            .wait_while(&mut lock, deadline, |()| !condition());
    }
}
