//! Tasks that come back: those that yield or wake themselves, and those that wake each other.
//!
//! To move a task to another core costs as much as several short polls, and so a queue of those is
//! left alone (see `pace`). But it is paid once, and a task that comes back brings it in again and
//! again: if a worker has had little else for a while, the others are to have their share, unless
//! that has been tried and found to gain nothing (see `gain`).
//!
//! A task that is polled at some moment, chosen without regard to which, stands for all: if it has
//! been polled before, most have.

use super::LocalWorker;
use crate::scheduler::gain::Gain;
use crate::sync::atomic::Ordering::Relaxed;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// For how long a worker has to have little else: what has gone on for as long as waking another
/// one takes, will go on for as long again.
const LONG_ENOUGH: Duration = Duration::from_micros(100);

/// A task that has been polled so often comes back. One that is spawned to wait for something once
/// or twice has fewer polls.
const OFTEN: u32 = 4;

/// How many tasks in a row must say otherwise until that is believed.
const SURE: i8 = 3;

/// So many have to wait.
pub(in crate::scheduler) const MANY: usize = 8;

pub(super) struct Recurrent {
    /// Above zero: most of the tasks that were looked at come back.
    balance: Cell<i8>,
    /// Since when that is so.
    since: Cell<Option<Instant>>,
    /// How many workers were awake when the last window ended.
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

    /// A task is polled that was chosen without regard to how often it had been.
    pub(super) fn look_at(&self, polls_before: u32) {
        let step = if polls_before >= OFTEN { 1 } else { -1 };
        self.balance
            .set((self.balance.get() + step).clamp(-SURE, SURE));
    }

    /// A window has ended. Whether most tasks have come back for long enough.
    fn end_window(&self, now: Instant) -> bool {
        let come_back = self.balance.get() > 0;
        let since = come_back.then(|| self.since.get().unwrap_or(now));
        self.since.set(since);
        since.is_some_and(|since| now.saturating_duration_since(since) >= LONG_ENOUGH)
    }
}

impl LocalWorker {
    /// After a window of `polls` polls: says whether the others should have their share of what
    /// comes back.
    pub(super) fn note_recurrent(&self, polls: u64, took: Duration, now: Instant) {
        if Gain::learns_nothing(polls, took) {
            // Few polls before it sleeps, as a rule: there is nothing to be shared.
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
        let told = &self.remote().recurs;
        if told.load(Relaxed) != recurs {
            told.store(recurs, Relaxed);
        }
    }

    /// Wakes another worker for its share: at each look, and when tasks are woken, since they may
    /// all be done by the next look.
    pub(super) fn share_recurrent(&self) {
        let shared = &self.shared;
        if self.remote().recurs.load(Relaxed)
            && self.queue.len() >= MANY
            && shared.sleepers.any_asleep()
            && !shared.sleepers.anyone_searching()
        {
            shared.wake_one();
        }
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn only_what_goes_on_is_shared() {
        let (recurrent, start) = (Recurrent::new(), Instant::now());
        let window = |polls_before: u32, micros: u64| {
            recurrent.look_at(polls_before);
            recurrent.end_window(start + Duration::from_micros(micros))
        };
        assert!(!window(OFTEN, 0));
        assert!(!window(OFTEN, 99));
        assert!(window(100, 100));
        assert!(window(OFTEN, 500));
        // One that is new, and more of them.
        assert!(window(0, 501));
        assert!(window(OFTEN - 1, 502));
        assert!(!window(0, 503));
        assert!(!window(OFTEN, 504));
        assert!(!window(OFTEN, 602));
        assert!(window(OFTEN, 604));
    }
}
