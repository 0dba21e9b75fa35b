//! Tasks that are queued again after each poll, as those do that yield or wake themselves.
//!
//! To move a task to another core costs as much as several short polls, and so a queue of those is
//! left alone (see `pace`). But it is paid once, and such tasks bring it in again and again: if a
//! worker has had little else for a while, the others are to have their share.

use super::LocalWorker;
use crate::sync::atomic::Ordering::Relaxed;
use std::cell::Cell;
use std::time::{Duration, Instant};

/// For how long a worker has to have little else: what has gone on for as long as waking another
/// one takes, will go on for as long again.
const LONG_ENOUGH: Duration = Duration::from_micros(100);

/// So many have to wait.
pub(in crate::scheduler) const MANY: usize = 8;

pub(super) struct Recurrent {
    /// How often a task was queued again in this window.
    requeued: Cell<u64>,
    /// Since when most polls end so.
    since: Cell<Option<Instant>>,
}

impl Recurrent {
    pub(super) fn new() -> Self {
        Self {
            requeued: Cell::new(0),
            since: Cell::new(None),
        }
    }

    #[inline]
    pub(super) fn count(&self) {
        self.requeued.set(self.requeued.get() + 1);
    }

    /// A window of so many polls has ended. Whether the others should have their share.
    fn end_window(&self, polls: u64, now: Instant) -> bool {
        let has_little_else = 2 * self.requeued.take() > polls;
        let since = has_little_else.then(|| self.since.get().unwrap_or(now));
        self.since.set(since);
        since.is_some_and(|since| now.saturating_duration_since(since) >= LONG_ENOUGH)
    }
}

impl LocalWorker {
    /// Says whether the others should have their share of what is queued again and again.
    pub(super) fn note_recurrent(&self, polls: u64, now: Instant) {
        let recurs = self.recurrent.end_window(polls, now);
        let told = &self.remote().recurs;
        if told.load(Relaxed) != recurs {
            told.store(recurs, Relaxed);
        }
    }

    /// Wakes another worker for its share.
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
        let window = |requeued: u64, micros: u64| {
            (0..requeued).for_each(|_| recurrent.count());
            recurrent.end_window(61, start + Duration::from_micros(micros))
        };
        assert!(!window(61, 0));
        assert!(!window(40, 99));
        assert!(window(31, 100));
        assert!(window(61, 500));
        // Something else.
        assert!(!window(30, 501));
        assert!(!window(61, 502));
        assert!(window(61, 602));
    }
}
