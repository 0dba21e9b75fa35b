//! Waking other tasks.
//!
//! A waker may be any code: it may take a while, or call back into the primitive that wakes it.
//! Wakers are therefore collected under the lock, and woken after it is released.

use heist_runtime::waking::{GuardedWaker, wake_all};
use smallvec::SmallVec;

/// Wakers to wake once the lock is released.
#[derive(Default)]
#[must_use = "to be woken once the lock is released"]
pub(crate) struct Wakes(SmallVec<[GuardedWaker; 4]>);

impl Wakes {
    pub(crate) fn push(&mut self, waker: Option<GuardedWaker>) {
        self.0.extend(waker);
    }

    #[inline]
    pub(crate) fn wake(mut self) {
        match self.0.len() {
            0 => {}
            1 => self.0.drain(..).for_each(GuardedWaker::wake),
            _ => wake_all(self.0),
        }
    }
}
