//! `Lead`: a lock that is only ever tried, and the value that only its holder may touch.
//!
//! It is not an ordinary lock, so that its loom models assume no more ordering than it provides:
//! reading it by [`is_taken`](Lead::is_taken) orders nothing.

use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};

pub(crate) struct Lead<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `taken` gives one thread at a time access to the value, and `Acquire` and `Release` on it
// order one holder's accesses before the next one's.
unsafe impl<T: Send> Sync for Lead<T> {}

impl<T> Lead<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    pub(crate) fn try_take(&self) -> Option<Held<'_, T>> {
        // Read first, since a write would take the cache line away from all other threads that read
        // it. A thread that finds the lead taken must not write: loom would let other threads learn
        // from that write that the lead is taken.
        let take = || self.taken.compare_exchange(false, true, Acquire, Relaxed);
        if self.taken.load(Relaxed) || take().is_err() {
            return None;
        }
        Some(Held { lead: self })
    }

    /// Returns whether a thread holds the lead. Relaxed, because the callers use fences of their
    /// own.
    pub(crate) fn is_taken(&self) -> bool {
        self.taken.load(Relaxed)
    }
}

/// The held lead, released on drop.
pub(crate) struct Held<'a, T> {
    lead: &'a Lead<T>,
}

impl<T> Held<'_, T> {
    pub(crate) fn with<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: there is one `Held`, and it is mutably borrowed while `f` has the value.
        self.lead.value.with_mut(|value| f(unsafe { &mut *value }))
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.lead.taken.store(false, Release);
    }
}
