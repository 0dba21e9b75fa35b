//! Whether a graceful shutdown is under way, and how whoever waits for the last task and the last
//! job learns of their end.
//!
//! The thread that ends a runtime waits; the threads that complete tasks and jobs tell it.
//! Invariant: a change of what is waited for is made before it is told of, and told of under the
//! lock.

use crate::cancellation::CancellationToken;
use crate::sync::Rank;
use crate::sync::lock::{Condvar, Mutex};
use std::sync::atomic::{
    AtomicBool,
    Ordering::{Relaxed, SeqCst},
};
use std::time::Instant;

/// Whether a graceful shutdown is under way, and how its end is found.
pub(crate) struct Draining {
    has_begun: AtomicBool,
    token: CancellationToken,
    /// Held to change what is waited for, so that no change goes unnoticed.
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

    /// A task has left the registry, or a blocking closure the pool, whose lock is not held.
    pub(crate) fn work_ended(&self) {
        // Relaxed: the waiter sets it before it looks there, and the locks order the two.
        if self.has_begun.load(Relaxed) {
            drop(self.lock.lock());
            self.changed.notify_all();
        }
    }

    /// Waits until it is so, or until the deadline.
    pub(crate) fn wait(&self, deadline: Option<Instant>, is_so: impl Fn() -> bool) {
        let mut lock = self.lock.lock();
        self.changed.wait_while(&mut lock, deadline, |()| !is_so());
    }
}
