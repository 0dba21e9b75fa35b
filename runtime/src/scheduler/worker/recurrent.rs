//! Tasks that come back: those that yield or wake themselves, and those that wake each other.
//!
//! To move a task to another core costs as much as several short polls, so a queue of tasks with
//! short polls is left alone (see `pace`). But the price is paid once, and a task that comes back
//! recovers it again and again. If a worker has had little else for a while, other workers get a
//! share, unless that has been tried and found to gain nothing (see `gain`).
//!
//! A task that is taken from the queue at an independently chosen moment is a sample of all that
//! wait there: if it has been polled before, most have. The next slot's tasks are not shared, and
//! say nothing about the others: a task that awaits ten thousand new ones is polled as often as all
//! of them together.

use super::LocalWorker;
use crate::scheduler::gain::Gain;
use crate::sync::atomic::Ordering::Relaxed;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// How long a worker must have had little else: what has lasted for as long as waking another
/// worker takes is expected to last for as long again.
const LASTING: Duration = Duration::from_micros(100);

/// A task that has been polled this many times comes back. A task that is spawned to wait for
/// something once or twice has fewer polls.
const RECURRENT_POLLS: u32 = 4;

/// Number of sampled tasks in a row that must contradict the current view to change it.
const CONFIDENCE: i8 = 3;

/// Number of tasks that must be waiting for other workers to get a share.
pub(in crate::scheduler) const MANY: usize = 8;

pub(super) struct Recurrent {
    /// Positive if most of the sampled tasks come back.
    balance: Cell<i8>,
    /// Since when that has been so.
    since: Cell<Option<Instant>>,
    /// Number of workers that were awake when the last window ended.
    awake: Cell<usize>,
}

impl Recurrent {
    pub(super) fn new() -> Self {
        Self {
            balance: Cell::new(0),
            since: Cell::new(None),
            awake: Cell::new(0),
        }
    }

    /// Records a sample: a task that is taken from the queue now, chosen independently of how often
    /// it has been polled before.
    pub(super) fn sample(&self, polls_before: u32) {
        let step = if polls_before >= RECURRENT_POLLS {
            1
        } else {
            -1
        };
        self.balance
            .set((self.balance.get() + step).clamp(-CONFIDENCE, CONFIDENCE));
    }

    /// Returns whether most tasks come back.
    pub(super) fn come_back(&self) -> bool {
        self.balance.get() > 0
    }

    /// Records that a window has ended. Returns whether most tasks have come back for long enough.
    fn end_window(&self, now: Instant) -> bool {
        let since = self.come_back().then(|| self.since.get().unwrap_or(now));
        self.since.set(since);
        since.is_some_and(|since| now.saturating_duration_since(since) >= LASTING)
    }
}

impl LocalWorker {
    /// Records a window of `polls` polls, and publishes whether other workers should get a share of
    /// the tasks that come back.
    pub(super) fn note_recurrent(&self, polls: u64, took: Duration, now: Instant) {
        if Gain::is_negligible(polls, took) {
            // Usually a few polls before it sleeps: there is nothing to share.
            return;
        }
        let shared = &self.shared;
        let mut recurs = self.recurrent.end_window(now);
        if recurs {
            let awake = shared.sleepers.awake_regulars();
            if self.recurrent.awake.replace(awake) == awake {
                shared.gain.record(polls, took, awake);
            }
            recurs = shared.gain.is_worth_sharing(now);
        }
        let published = &self.remote().recurs;
        if published.load(Relaxed) != recurs {
            published.store(recurs, Relaxed);
        }
    }

    /// Wakes another worker for its share. Called at each look, and when tasks are woken, since
    /// these may all be done by the next look.
    pub(super) fn share_recurrent(&self) {
        let shared = &self.shared;
        let recurs = self.remote().recurs.load(Relaxed);
        if recurs && self.queue.len() >= MANY && shared.may_wake_helper() {
            shared.wake_one();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_lasting_recurrence_is_shared() {
        let (recurrent, start) = (Recurrent::new(), Instant::now());
        let window = |polls_before: u32, micros: u64| {
            recurrent.sample(polls_before);
            recurrent.end_window(start + Duration::from_micros(micros))
        };
        assert!(!window(RECURRENT_POLLS, 0));
        assert!(!window(RECURRENT_POLLS, 99));
        assert!(window(100, 100));
        assert!(window(RECURRENT_POLLS, 500));
        // First one task that is new, then more.
        assert!(window(0, 501));
        assert!(window(RECURRENT_POLLS - 1, 502));
        assert!(!window(0, 503));
        assert!(!window(RECURRENT_POLLS, 504));
        assert!(!window(RECURRENT_POLLS, 602));
        assert!(window(RECURRENT_POLLS, 604));
    }
}
