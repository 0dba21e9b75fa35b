//! `Lead`: a lock that is only ever tried, with what its holder alone may touch.
//!
//! Not an ordinary lock, so that its models know no more of it than the system gives: that it is
//! looked at by [`is_taken`](Lead::is_taken) orders nothing.

use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Relaxed, Release},
};

pub(crate) struct Lead<T> {
    taken: AtomicBool,
    value: UnsafeCell<T>,
}

// SAFETY: `taken` lets one thread at a time have the value, and `Acquire` and `Release` on it order
// one holder's use of it before the next one's.
unsafe impl<T: Send> Sync for Lead<T> {}

impl<T> Lead<T> {
    pub(crate) fn new(value: T) -> Self {
        Self {
            taken: AtomicBool::new(false),
            value: UnsafeCell::new(value),
        }
    }

    pub(crate) fn try_take(&self) -> Option<Held<'_, T>> {
        // Looked at first, since a write takes the line away from all others who look. Whoever
        // comes too late writes nothing: loom would take that for news that the lead is taken.
        let take = || self.taken.compare_exchange(false, true, Acquire, Relaxed);
        if self.taken.load(Relaxed) || take().is_err() {
            return None;
        }
        Some(Held { lead: self })
    }

    /// Relaxed: whoever asks has fences of its own.
    pub(crate) fn is_taken(&self) -> bool {
        self.taken.load(Relaxed)
    }
}

/// The lead, until it is dropped.
pub(crate) struct Held<'a, T> {
    lead: &'a Lead<T>,
}

impl<T> Held<'_, T> {
    pub(crate) fn with<R>(&mut self, f: impl FnOnce(&mut T) -> R) -> R {
        // SAFETY: there is one `Held`, and it is borrowed for as long as `f` has the value.
        self.lead.value.with_mut(|value| f(unsafe { &mut *value }))
    }
}

impl<T> Drop for Held<'_, T> {
    fn drop(&mut self) {
        self.lead.taken.store(false, Release);
    }
}
