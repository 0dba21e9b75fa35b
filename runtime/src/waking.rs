//! Other people's wakers: how they are kept, woken and dropped.
//!
//! Any thread. A waker may be anybody's code, and panic when it is woken or dropped; that must cost
//! nobody else the wake-up or the thread. So whoever keeps wakers keeps them as [`GuardedWaker`],
//! and lists of them are woken by [`wake_all`].
//!
//! For heist's own packages, and no part of the public interface.

use crate::panics;
use crate::task::is_task_waker;
use std::fmt;
use std::mem::ManuallyDrop;
use std::task::Waker;

/// A waker that was left here. To wake it and to drop it does not panic.
pub struct GuardedWaker(ManuallyDrop<Waker>);

impl GuardedWaker {
    /// Wakes it.
    #[expect(clippy::disallowed_methods, reason = "guarded")]
    pub fn wake(self) {
        let is_own = self.is_own();
        let waker = self.into_inner();
        if is_own {
            waker.wake();
        } else {
            panics::contain(|| waker.wake());
        }
    }

    /// Wakes it, and keeps it.
    pub fn wake_by_ref(&self) {
        panics::contain(|| self.0.wake_by_ref());
    }

    /// As [`Waker::will_wake`].
    pub fn will_wake(&self, other: &Waker) -> bool {
        self.0.will_wake(other)
    }

    /// Whether it is a task's of heist's, so that no other code runs when it is woken or dropped.
    fn is_own(&self) -> bool {
        is_task_waker(&self.0)
    }

    fn into_inner(self) -> Waker {
        let mut this = ManuallyDrop::new(self);
        // SAFETY: taken once, as `self` is not dropped.
        unsafe { ManuallyDrop::take(&mut this.0) }
    }
}

impl From<Waker> for GuardedWaker {
    fn from(waker: Waker) -> Self {
        Self(ManuallyDrop::new(waker))
    }
}

impl From<&Waker> for GuardedWaker {
    fn from(waker: &Waker) -> Self {
        Self::from(waker.clone())
    }
}

impl Drop for GuardedWaker {
    fn drop(&mut self) {
        let is_own = self.is_own();
        // SAFETY: taken once, here.
        let waker = unsafe { ManuallyDrop::take(&mut self.0) };
        if is_own {
            drop(waker);
        } else {
            panics::discard(waker);
        }
    }
}

impl fmt::Debug for GuardedWaker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// Wakes all of them: those of heist's tasks first, since others may take their time.
pub fn wake_all(wakers: impl IntoIterator<Item = GuardedWaker>) {
    let mut others = Vec::new();
    for waker in wakers {
        match waker.is_own() {
            true => waker.wake(),
            false => others.push(waker),
        }
    }
    others.into_iter().for_each(GuardedWaker::wake);
}
