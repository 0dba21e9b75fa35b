//! How one worker blocks, and how other threads end that.
//!
//! A worker blocks in its thread's parker, or in the poller when it leads. Its own thread moves the
//! state between EMPTY and a blocked state; any thread may set NOTIFIED.
//!
//! Invariant: a notification is never lost. It ends the current block, or prevents the next one.

use crate::sync::atomic::{
    AtomicU8,
    Ordering::{AcqRel, Acquire},
};
use crate::sync::thread::{self, Thread};
use crate::sync::{Mutex, Rank};
use std::time::Instant;

const EMPTY: u8 = 0;
/// Blocked, or about to block, in `thread::park`.
const PARKED: u8 = 1;
/// Blocked, or about to block, in the poller.
const LEADING: u8 = 2;
const NOTIFIED: u8 = 3;

/// What the caller of [`Parker::notify`] must do to end the block.
#[derive(Debug, PartialEq, Eq)]
#[must_use]
pub(super) enum Unblock {
    /// Nothing: the worker is awake, or has been unparked.
    Done,
    /// Wake the poller, where the worker leads.
    WakePoller,
}

pub(super) struct Parker {
    state: AtomicU8,
    /// The worker's thread, set by it when it starts.
    thread: Mutex<Option<Thread>>,
}

impl Parker {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicU8::new(EMPTY),
            thread: Mutex::ranked(Rank::Last, None),
        }
    }

    /// Must be called by the worker's thread before it first parks.
    pub(super) fn adopt_current_thread(&self) {
        *self.thread.lock() = Some(thread::current());
    }

    /// Blocks until notified, or until the deadline. May return spuriously.
    pub(super) fn park(&self, deadline: Option<Instant>) {
        if self.begin(PARKED) {
            match deadline {
                None => thread::park(),
                Some(deadline) => park_until(deadline),
            }
            self.end();
        }
    }

    /// Must be called before the worker blocks in the poller. Returns `false` if it was notified
    /// and must not block.
    pub(super) fn begin_lead(&self) -> bool {
        self.begin(LEADING)
    }

    /// Must be called when the worker no longer blocks in the poller.
    pub(super) fn end_lead(&self) {
        self.end();
    }

    /// Ends the worker's block, or prevents its next one.
    pub(super) fn notify(&self) -> Unblock {
        // AcqRel: the woken worker sees what this thread did before.
        match self.state.swap(NOTIFIED, AcqRel) {
            PARKED => {
                let thread = self.thread.lock();
                let thread = thread.as_ref().expect("a parked worker has a thread");
                thread.unpark();
                Unblock::Done
            }
            LEADING => Unblock::WakePoller,
            _ => Unblock::Done,
        }
    }

    fn begin(&self, blocked: u8) -> bool {
        let begun = self
            .state
            .compare_exchange(EMPTY, blocked, AcqRel, Acquire)
            .is_ok();
        if !begun {
            // Consume the notification. By a swap, not a store, to see what the latest notifier
            // published, and not only the one that the exchange saw.
            self.state.swap(EMPTY, AcqRel);
        }
        begun
    }

    fn end(&self) {
        // Acquire: see what a notifier published. If a notification has come, this consumes it: the
        // worker is awake and checks for work anyway.
        self.state.swap(EMPTY, AcqRel);
    }
}

#[cfg(not(loom))]
fn park_until(deadline: Instant) {
    thread::park_timeout(deadline.saturating_duration_since(Instant::now()));
}

#[cfg(loom)]
fn park_until(_deadline: Instant) {
    // loom has no clock.
    thread::yield_now();
}
