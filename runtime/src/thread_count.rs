//! A count of threads that have not ended, and the wait for their end.
//!
//! Whoever starts a thread counts it in before, and the thread counts itself out; the thread that
//! ends a runtime waits. Invariant: a lock is held only to change the count, so the wait has a
//! deadline whatever the threads do.

use crate::sync::Rank;
use crate::sync::lock::{Condvar, Mutex};
use std::sync::Arc;
use std::time::Instant;

pub(crate) struct ThreadCount {
    count: Mutex<usize>,
    ended: Condvar,
}

impl ThreadCount {
    pub(crate) fn new() -> Arc<Self> {
        Arc::new(Self {
            count: Mutex::ranked(Rank::ThreadCount, 0),
            ended: Condvar::new(),
        })
    }

    /// Counts a thread in, until the guard is dropped.
    pub(crate) fn count(self: &Arc<Self>) -> CountOut {
        *self.count.lock() += 1;
        CountOut(self.clone())
    }

    /// Waits until all have been counted out. Returns `false` if the deadline passed first.
    pub(crate) fn wait(&self, deadline: Option<Instant>) -> bool {
        let mut count = self.count.lock();
        self.ended
            .wait_while(&mut count, deadline, |count| *count > 0)
    }
}

/// Counts a thread out when it is dropped.
pub(crate) struct CountOut(Arc<ThreadCount>);

impl Drop for CountOut {
    fn drop(&mut self) {
        let mut count = self.0.count.lock();
        *count -= 1;
        let is_last = *count == 0;
        drop(count);
        if is_last {
            // Waiting threads wait for all, so notifying them earlier would wake them for nothing.
            self.0.ended.notify_all();
        }
    }
}
