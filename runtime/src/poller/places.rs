//! `Places`: the tasks that wait for a source in `async` functions, each in a place of its own.
//!
//! Protected by the lock of the source's waiters. Invariant: a task is in here from when it begins
//! to wait until an event that it waits for takes its waker, or it gives up its place.

use crate::readiness::Ready;
use crate::waking::GuardedWaker;
use std::mem;
use std::task::Waker;

/// One waiting task's place. Empty before the task first waits, and again after it has been woken.
#[derive(Default)]
pub(crate) struct WaiterId(Option<u64>);

impl WaiterId {
    /// Returns whether the place may hold a waker.
    #[inline]
    pub(super) fn is_taken(&self) -> bool {
        self.0.is_some()
    }

    /// Empties the place, after an event has taken the waker from it.
    #[inline]
    pub(super) fn was_woken(&mut self) {
        self.0 = None;
    }
}

#[derive(Default)]
pub(super) struct Places {
    /// Usually the only one.
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
    /// Returns whether the place already holds this waker.
    pub(super) fn holds(&mut self, place: &WaiterId, waker: &Waker) -> bool {
        let waiter = self.find(place);
        waiter.is_some_and(|waiter| waiter.waker.will_wake(waker))
    }

    /// Stores the waker in the place, taking one if needed. Returns the previous waker, to be
    /// dropped outside the lock.
    #[inline]
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
        match self.first {
            None => self.first = Some(Waiter { id, wanted, waker }),
            Some(_) => self.others.push(Waiter { id, wanted, waker }),
        }
        None
    }

    fn find(&mut self, place: &WaiterId) -> Option<&mut Waiter> {
        let id = place.0?;
        let mut all = self.first.iter_mut().chain(&mut self.others);
        all.find(|waiter| waiter.id == id)
    }

    /// Gives the place up. Returns the waker that was in it, to be dropped outside the lock.
    #[must_use]
    pub(super) fn leave(&mut self, place: &mut WaiterId) -> Option<GuardedWaker> {
        let id = place.0.take()?;
        if let Some(first) = self.first.take_if(|first| first.id == id) {
            return Some(first.waker);
        }
        let position = self.others.iter().position(|waiter| waiter.id == id)?;
        Some(self.others.swap_remove(position).waker)
    }

    /// Takes the wakers of the tasks that want any of these bits.
    #[inline]
    pub(super) fn take(&mut self, ready: Ready, woken: &mut Vec<GuardedWaker>) {
        let wants = |waiter: &Waiter| waiter.wanted.intersects(ready);
        if let Some(first) = self.first.take_if(|first| wants(first)) {
            woken.push(first.waker);
        }
        if !self.others.is_empty() {
            self.take_others(wants, woken);
        }
    }

    #[inline(never)]
    fn take_others(&mut self, wants: impl Fn(&Waiter) -> bool, woken: &mut Vec<GuardedWaker>) {
        let mut at = 0;
        while let Some(waiter) = self.others.get(at) {
            if wants(waiter) {
                woken.push(self.others.swap_remove(at).waker);
            } else {
                at += 1;
            }
        }
    }

    /// Returns whether any task wants any of these bits.
    pub(super) fn want(&self, ready: Ready) -> bool {
        let mut all = self.first.iter().chain(&self.others);
        all.any(|waiter| waiter.wanted.intersects(ready))
    }
}
