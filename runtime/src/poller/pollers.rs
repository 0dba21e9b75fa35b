//! `Pollers`: the wakers that wait for one direction of a source through the `poll_*` functions.
//!
//! These functions are passed a waker and nothing else: they learn neither which task it belongs to
//! nor when that task stops waiting. Therefore all wakers are kept until an event takes them, and
//! each is woken. Some callers come with a new waker each time (a `FuturesUnordered` created anew
//! in each iteration of a loop). When there are too many, all are woken early, and the tasks that
//! still wait come back.
//!
//! Protected by the lock of the source's waiters. Invariant: a waker is removed only in order to be
//! woken.

use crate::waking::GuardedWaker;
use std::mem;
use std::task::Waker;
use std::time::{Duration, Instant};

/// More tasks than usually share a descriptor. An idle connection should not keep many wakers, as
/// each may keep the memory of a task alive.
const FEW: usize = 16;

/// Waking early is meant for tasks that no longer wait. A crowd that really waits comes back at
/// once and would evict itself again and again, so for this time after an early waking the list may
/// grow beyond `FEW`.
const PACE: Duration = Duration::from_secs(1);

/// The upper bound of that growth. Each search goes through all wakers, which takes about 1 µs at
/// this size.
const MANY: usize = 1024;

#[derive(Default)]
pub(super) struct Pollers {
    /// Usually the only one.
    first: Option<GuardedWaker>,
    others: Option<Box<Others>>,
}

#[derive(Default)]
struct Others {
    wakers: Vec<GuardedWaker>,
    /// When the wakers were last woken early.
    swept: Option<Instant>,
}

impl Pollers {
    pub(super) fn is_empty(&self) -> bool {
        self.first.is_none()
    }

    pub(super) fn contains(&self, waker: &Waker) -> bool {
        let Some(first) = &self.first else {
            return false;
        };
        let mut others = self.others.iter().flat_map(|others| &others.wakers);
        first.will_wake(waker) || others.any(|known| known.will_wake(waker))
    }

    /// Adds a waker that is not in the list. Returns the wakers that had to make room, which the
    /// caller must wake.
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

    #[inline]
    pub(super) fn take(&mut self, woken: &mut Vec<GuardedWaker>) {
        // There are no others without a first one.
        let Some(first) = self.first.take() else {
            return;
        };
        woken.push(first);
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
