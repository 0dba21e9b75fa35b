//! A number of permits, taken in order of arrival, any number of them at once: the core of
//! [`Semaphore`](crate::Semaphore), [`Mutex`](crate::Mutex) and [`RwLock`](crate::RwLock). Any
//! thread.
//!
//! The state is one word: the number of free permits, and two bits. [`WAITING`] is set if and only
//! if the list of waiters is not empty. No permit is free then, as released permits are given to
//! the first waiter at once, even if it needs more. A caller that finds enough free permits
//! therefore overtakes no waiter. Without waiters, taking and returning permits is one exchange of
//! the word. The bits change only under the lock of the list, and so do the permits while `WAITING`
//! is set.
//!
//! All changes of the word are AcqRel and all its loads Acquire, as tokio promises: a caller that
//! takes permits sees everything done before any earlier call. A caller that had to wait sees it
//! through the lock and the final value of its waiter.

use crate::acquire::{Acquire, Supply};
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::{Mutex, MutexGuard, const_fn};
use crate::waiters::{WaitList, Waiter};
use crate::wake::Wakes;
use heist_runtime::waking::GuardedWaker;
use std::pin::Pin;
use std::task::{Context, Poll};

pub(crate) use crate::acquire::Closed;

const CLOSED: usize = 1;
const WAITING: usize = 2;
const SHIFT: u32 = 2;

#[derive(Debug)]
pub(crate) struct Permits {
    state: AtomicUsize,
    /// The value of each waiter is the number of permits it still needs.
    waiters: Mutex<WaitList>,
}

/// Why permits could not be taken at once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    Closed,
    TooFew,
}

impl Permits {
    /// tokio's limit: it leaves room for the bits in the word, and for the sum of two.
    pub(crate) const MAX: usize = usize::MAX >> 3;

    const_fn! {
        #[track_caller]
        pub(crate) const fn new(permits: usize) -> Self {
            assert!(
                permits <= Self::MAX,
                "a semaphore may not have more than MAX_PERMITS permits (usize::MAX >> 3)"
            );
            Self {
                state: AtomicUsize::new(permits << SHIFT),
                waiters: Mutex::new(WaitList::new()),
            }
        }
    }

    const_fn! {
        /// Creates permits that are closed from the start.
        pub(crate) const fn closed() -> Self {
            Self { state: AtomicUsize::new(CLOSED), waiters: Mutex::new(WaitList::new()) }
        }
    }

    pub(crate) fn available(&self) -> usize {
        self.state.load(Ordering::Acquire) >> SHIFT
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.state.load(Ordering::Acquire) & CLOSED != 0
    }

    #[inline]
    pub(crate) fn try_acquire(&self, wanted: usize) -> Result<(), Refused> {
        assert_possible(wanted);
        let taken = self.update(|state| {
            let may_take = state & CLOSED == 0 && state >> SHIFT >= wanted;
            may_take.then(|| state - (wanted << SHIFT))
        });
        match taken {
            Ok(_) => Ok(()),
            Err(state) if state & CLOSED != 0 => Err(Refused::Closed),
            Err(_) => Err(Refused::TooFew),
        }
    }

    /// Changes the state by `next`, and returns the one before; unless `next` returns `None`, then
    /// the unchanged one.
    #[inline]
    fn update(&self, next: impl FnMut(usize) -> Option<usize>) -> Result<usize, usize> {
        let (set, fetch) = (Ordering::AcqRel, Ordering::Acquire);
        self.state.fetch_update(set, fetch, next)
    }

    pub(crate) fn acquire(&self, wanted: usize) -> Acquire<'_, Self> {
        Acquire::new(self, wanted)
    }

    /// Returns permits, or adds new ones.
    #[inline]
    #[track_caller]
    pub(crate) fn release(&self, permits: usize) {
        if permits == 0 {
            return;
        }
        // Before any goes to a waiter. While tasks wait none is free, so `sum` cannot fail then.
        assert_possible(permits);
        let mut state = self.state.load(Ordering::Acquire);
        while state & WAITING == 0 {
            let free = sum(state >> SHIFT, permits);
            match self.state.compare_exchange_weak(
                state,
                free << SHIFT | state & CLOSED,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => return,
                Err(now) => state = now,
            }
        }
        self.release_locked(self.waiters.lock(), permits);
    }

    /// Gives permits to the waiters, makes the rest free, and then wakes.
    #[track_caller]
    fn release_locked(&self, mut waiters: MutexGuard<'_, WaitList>, permits: usize) {
        let mut wakes = Wakes::default();
        let rest = waiters.grant(permits, &mut wakes);
        if waiters.is_empty() {
            // Clears `WAITING`. If it is clear already, other threads may change the permits
            // meanwhile.
            let mut state = self.state.load(Ordering::Acquire);
            while let Err(now) = self.state.compare_exchange_weak(
                state,
                sum(state >> SHIFT, rest) << SHIFT | state & CLOSED,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                state = now;
            }
        }
        drop(waiters);
        wakes.wake();
    }

    /// Takes away up to `permits` free permits, and returns how many.
    pub(crate) fn forget(&self, permits: usize) -> usize {
        let forgotten = |state: usize| permits.min(state >> SHIFT);
        let (Ok(before) | Err(before)) =
            self.update(|state| Some(state - (forgotten(state) << SHIFT)));
        forgotten(before)
    }

    /// Ends all waits without the permits, and refuses new ones.
    pub(crate) fn close(&self) {
        let mut waiters = self.waiters.lock();
        let mut wakes = Wakes::default();
        let _ = self.update(|state| Some((state | CLOSED) & !WAITING));
        while let Some(waker) = waiters.pop_front_as_is() {
            wakes.push(waker);
        }
        drop(waiters);
        wakes.wake();
    }
}

impl Supply for Permits {
    fn is_closed(&self) -> bool {
        self.is_closed()
    }

    fn take_or_queue(
        &self,
        waiter: Pin<&Waiter>,
        wanted: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>> {
        match self.try_acquire(wanted) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(Refused::Closed) => return Poll::Ready(Err(Closed)),
            Err(Refused::TooFew) => {}
        }
        let waker = GuardedWaker::from(cx.waker());
        let mut waiters = self.waiters.lock();
        let changed = self.update(|state| match state >> SHIFT {
            _ if state & CLOSED != 0 => None,
            free if free >= wanted => Some(state - (wanted << SHIFT)),
            _ => Some(WAITING),
        });
        match changed.map(|before| before >> SHIFT) {
            Err(_) => Poll::Ready(Err(Closed)),
            Ok(free) if free >= wanted => Poll::Ready(Ok(())),
            Ok(free) => {
                waiter.set_value(wanted - free);
                // SAFETY: the waiter was never linked, and `Acquire` unlinks it when dropped.
                unsafe { waiters.push_back(waiter, Some(waker)) };
                Poll::Pending
            }
        }
    }

    fn with_waiting<R>(&self, f: impl FnOnce(&mut WaitList) -> R) -> R {
        f(&mut self.waiters.lock())
    }

    fn cancel(&self, waiter: Pin<&Waiter>, wanted: usize) {
        let mut waiters = self.waiters.lock();
        // SAFETY: the waiter is in no other list.
        let waker = unsafe { waiters.remove(waiter) };
        let got = wanted - waiter.value();
        // Even if it got none: `WAITING` may have to be cleared.
        self.release_locked(waiters, got);
        drop(waker);
    }
}

#[track_caller]
fn assert_possible(wanted: usize) {
    assert!(
        wanted <= Permits::MAX,
        "a semaphore may not have more than MAX_PERMITS permits ({})",
        Permits::MAX
    );
}

#[track_caller]
fn sum(free: usize, more: usize) -> usize {
    match free.checked_add(more) {
        Some(sum) if sum <= Permits::MAX => sum,
        _ => panic!(
            "a semaphore may not have more than MAX_PERMITS permits ({}): {more} more than {free}",
            Permits::MAX
        ),
    }
}
