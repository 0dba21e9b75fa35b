//! `Places`: the tasks that wait for a source through the `async` functions, each in a place of its
//! own.
//!
//! Under the lock of the source's waiters. Invariant: a task is in here from when it has begun to
//! wait until an event that it waits for takes its waker, or it gives its place up.

use crate::poller::Ready;
use crate::waking::GuardedWaker;
use std::mem;
use std::task::Waker;

/// One waiting task's place. Empty until it first waits, and again when it has been woken.
#[derive(Default)]
pub(crate) struct WaiterId(Option<u64>);

impl WaiterId {
    /// Whether somebody may be in it.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.0.is_some()
    }

    /// An event has taken the waker from it.
    #[inline]
    pub(super) fn was_woken(&mut self) {
        self.0 = None;
    }
}

#[derive(Default)]
pub(super) struct Places {
    /// The only one, as a rule.
    first: Option<Waiter>,
    others: Vec<Waiter>,
    next_id: u64,
}

struct Waiter {
    id: u64,
    wanted: Ready,
    waker: GuardedWaker,
}

impl Places {
    /// Whether the waker is in the place already.
    pub(super) fn holds(&mut self, place: &WaiterId, waker: &Waker) -> bool {
        let waiter = self.find(place);
        waiter.is_some_and(|waiter| waiter.waker.will_wake(waker))
    }

    /// Takes the place, if it is not taken, and leaves the waker there. Returns the one that was
    /// there, to be dropped outside the lock.
    #[must_use]
    pub(super) fn wait(
        &mut self,
        place: &mut WaiterId,
        wanted: Ready,
        waker: GuardedWaker,
    ) -> Option<GuardedWaker> {
        if let Some(waiter) = self.find(place) {
            return Some(mem::replace(&mut waiter.waker, waker));
        }
        let id = self.next_id;
        self.next_id += 1;
        place.0 = Some(id);
        let waiter = Waiter { id, wanted, waker };
        match self.first {
            None => self.first = Some(waiter),
            Some(_) => self.others.push(waiter),
        }
        None
    }

    fn find(&mut self, place: &WaiterId) -> Option<&mut Waiter> {
        let id = place.0?;
        let mut all = self.first.iter_mut().chain(&mut self.others);
        all.find(|waiter| waiter.id == id)
    }

    /// Gives the place up. Returns the waker that was there, to be dropped outside the lock.
    #[must_use]
    pub(super) fn leave(&mut self, place: &mut WaiterId) -> Option<GuardedWaker> {
        let id = place.0.take()?;
        if let Some(first) = self.first.take_if(|first| first.id == id) {
            return Some(first.waker);
        }
        let position = self.others.iter().position(|waiter| waiter.id == id)?;
        Some(self.others.swap_remove(position).waker)
    }

    /// Takes those that want any of this.
    pub(super) fn take(&mut self, ready: Ready, woken: &mut Vec<GuardedWaker>) {
        let wants = |waiter: &Waiter| waiter.wanted.intersects(ready);
        if let Some(first) = self.first.take_if(|first| wants(first)) {
            woken.push(first.waker);
        }
        let mut at = 0;
        while let Some(waiter) = self.others.get(at) {
            if wants(waiter) {
                woken.push(self.others.swap_remove(at).waker);
            } else {
                at += 1;
            }
        }
    }

    /// Whether anybody wants any of this.
    pub(super) fn want(&self, ready: Ready) -> bool {
        let mut all = self.first.iter().chain(&self.others);
        all.any(|waiter| waiter.wanted.intersects(ready))
    }
}
