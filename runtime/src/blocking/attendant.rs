//! The attendant: makes sure that no job waits for a new thread that the user's code holds up, in
//! the function that names it or in a hook.
//!
//! It is an errand, started with the first such thread, and ends when no new thread is expected any
//! more. Invariant: a thread that has been expected for as long as the attendant is patient does
//! not count as coming any more, and if a job waits then, the attendant calls threads for it.

use super::Pool;
use crate::errand;
use crate::sync::lock::MutexGuard;
use std::mem;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

/// How long a new thread is expected without doubt: on a busy machine one may take milliseconds to
/// start. Doubled each time that another one is called, so that a slow hook does not start threads
/// by the dozen.
const PATIENCE: Duration = Duration::from_millis(10);

impl Pool {
    /// Must be called after threads have been started that run the user's code first.
    pub(super) fn have_attended(self: &Arc<Self>) {
        if mem::replace(&mut self.state.lock().is_attended, true) {
            return;
        }
        let pool = self.clone();
        if errand::start(Box::new(move || pool.attend())).is_err() {
            // Then there is no thread for the waiting jobs either.
            self.state.lock().is_attended = false;
        }
    }

    fn attend(self: &Arc<Self>) {
        let mut patience = PATIENCE;
        let mut state = self.state.lock();
        loop {
            let seen = state.expected.clone();
            MutexGuard::unlocked(&mut state, || thread::sleep(patience));
            for id in seen {
                state.expect_no_more(id);
            }
            let (waiting, any_idle) = (state.queue.len(), !state.idle.is_empty());
            let wanted = match waiting {
                0 => 0,
                _ => state.growth.wanted_by_submit(waiting, any_idle),
            };
            let called = state.call(wanted, self);
            let is_any_new = !called.new.is_empty();
            if wanted > 0 {
                MutexGuard::unlocked(&mut state, || {
                    if self.make_come(called).is_err() {
                        self.serve_rest(Self::start);
                    }
                });
                patience *= 2;
            }
            // One of the new threads may have reached the user's hook by now, and a job may wait.
            if !is_any_new && state.expected.is_empty() {
                state.is_attended = false;
                return;
            }
        }
    }
}
