//! `Pollers`: who waits for one direction of a source through the `poll_*` functions.
//!
//! These are told a waker and nothing else: not which task it is, and not when that has gone on to
//! something else. So all wakers are kept until an event takes them, and each is woken. Some
//! callers come with a new waker each time (a `FuturesUnordered` made anew in each turn of a loop):
//! when there are too many, all are woken early, and those who still wait come back.
//!
//! Under the lock of the source's waiters. Invariant: a waker leaves to be woken, never otherwise.

use crate::waking::GuardedWaker;
use std::mem;
use std::task::Waker;
use std::time::{Duration, Instant};

/// More than share a descriptor, as a rule; and a connection at rest is not to keep many wakers, as
/// each may hold on to the memory of a task.
const FEW: usize = 16;

/// Waking early is for those who have gone. A crowd that really waits comes back at once, and would
/// drive itself out again and again: so within this time of the last such waking it may grow.
const PACE: Duration = Duration::from_secs(1);

/// Up to this size. Each look goes through all of them, about 1 µs here.
const MANY: usize = 1024;

#[derive(Default)]
pub(super) struct Pollers {
    /// The only one, as a rule.
    first: Option<GuardedWaker>,
    others: Option<Box<Others>>,
}

#[derive(Default)]
struct Others {
    wakers: Vec<GuardedWaker>,
    /// When they were last woken early.
    swept: Option<Instant>,
}

impl Pollers {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn know(&self, waker: &Waker) -> bool {
        let mut all = self
            .first
            .iter()
            .chain(self.others.iter().flat_map(|others| &others.wakers));
        all.any(|known| known.will_wake(waker))
    }

    /// Adds one that is not there. Returns those who had to make room: they are to be woken.
    #[must_use]
    pub(super) fn add(&mut self, waker: GuardedWaker) -> Vec<GuardedWaker> {
        match self.first {
            None => {
                self.first = Some(waker);
                Vec::new()
            }
            Some(_) => self.others.get_or_insert_default().add(waker),
        }
    }

    pub(super) fn take(&mut self, woken: &mut Vec<GuardedWaker>) {
        if let Some(first) = self.first.take() {
            woken.push(first);
        }
        if let Some(others) = &mut self.others {
            woken.append(&mut others.wakers);
        }
    }
}

impl Others {
    fn add(&mut self, waker: GuardedWaker) -> Vec<GuardedWaker> {
        let mut displaced = Vec::new();
        if self.is_full() {
            self.swept = Some(Instant::now());
            displaced = mem::take(&mut self.wakers);
        }
        self.wakers.push(waker);
        displaced
    }

    fn is_full(&self) -> bool {
        let len = self.wakers.len();
        let is_long_ago = || self.swept.is_none_or(|swept| swept.elapsed() >= PACE);
        len >= MANY || (len >= FEW && is_long_ago())
    }
}
