//! What both ends of a oneshot channel share: a word of flags, the value, and a waker of each end.
//!
//! - The value is the sender's until it sets [`SENT`], and the receiver's after that.
//! - A waker is its own end's while its flag is clear, and read by both while it is set. An end
//!   clears its flag to replace its waker, unless the other end has already made its move (`SENT`
//!   or `CLOSED`): that may be reading it, and the waker stays for good.
//!
//! All changes are AcqRel, so each end sees what the other did before its last change.

use crate::primitives::UnsafeCell;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use heist_runtime::waking::GuardedWaker;
use std::fmt;
use std::task::Waker;

/// The sender is done: there is a value, or there will be none.
pub(super) const SENT: usize = 1;
/// The receiver will take no value that is not there yet.
pub(super) const CLOSED: usize = 2;
const RECEIVER_WAITS: usize = 4;
const SENDER_WAITS: usize = 8;

pub(super) struct Inner<T> {
    state: AtomicUsize,
    value: UnsafeCell<Option<T>>,
    receiver: UnsafeCell<Option<GuardedWaker>>,
    sender: UnsafeCell<Option<GuardedWaker>>,
}

// SAFETY: the value goes from one thread to another, and is never shared; the rest is guarded by
// the flags.
unsafe impl<T: Send> Send for Inner<T> {}
// SAFETY: as above.
unsafe impl<T: Send> Sync for Inner<T> {}

impl<T> fmt::Debug for Inner<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inner")
            .field("state", &self.state())
            .finish_non_exhaustive()
    }
}

impl<T> Inner<T> {
    pub(super) fn new() -> Self {
        Self {
            state: AtomicUsize::new(0),
            value: UnsafeCell::new(None),
            receiver: UnsafeCell::new(None),
            sender: UnsafeCell::new(None),
        }
    }

    pub(super) fn state(&self) -> usize {
        self.state.load(Ordering::Acquire)
    }

    /// The sender's last move; the value comes back if the channel was closed before.
    ///
    /// # Safety
    ///
    /// By the sender, once.
    pub(super) unsafe fn send(&self, value: T) -> Result<(), T> {
        // SAFETY: without `SENT` the value is the sender's. The old one is `None`.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
        // SAFETY: the caller's.
        if unsafe { self.finish() } {
            return Ok(());
        }
        // SAFETY: as above, it is ours still.
        let value = self.value.with_mut(|slot| unsafe { (*slot).take() });
        Err(value.expect("it was put there"))
    }

    /// The sender's last move. False, and nothing has changed, if the channel was closed before.
    ///
    /// # Safety
    ///
    /// By the sender, once.
    pub(super) unsafe fn finish(&self) -> bool {
        let mut state = self.state.load(Ordering::Relaxed);
        loop {
            if state & CLOSED != 0 {
                return false;
            }
            match self.state.compare_exchange_weak(
                state,
                state | SENT,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => break,
                Err(now) => state = now,
            }
        }
        if state & RECEIVER_WAITS != 0 {
            // SAFETY: the receiver leaves it in place, as it was there when `SENT` was set.
            self.receiver
                .with(|waker| unsafe { (*waker).as_ref() }.map(GuardedWaker::wake_by_ref));
        }
        true
    }

    /// The receiver's move; returns the state before.
    pub(super) fn close(&self) -> usize {
        let state = self.state.fetch_or(CLOSED, Ordering::AcqRel);
        if state & SENDER_WAITS != 0 && state & (SENT | CLOSED) == 0 {
            // SAFETY: the sender leaves it in place, as it was there when `CLOSED` was set.
            self.sender
                .with(|waker| unsafe { (*waker).as_ref() }.map(GuardedWaker::wake_by_ref));
        }
        state
    }

    /// Takes the value, if there is one left.
    ///
    /// # Safety
    ///
    /// By the receiver, and `SENT` was seen; or by whoever has the channel alone.
    pub(super) unsafe fn take(&self) -> Option<T> {
        // SAFETY: with `SENT` it is the receiver's.
        self.value.with_mut(|slot| unsafe { (*slot).take() })
    }

    /// Whether there is a value left.
    ///
    /// # Safety
    ///
    /// By the receiver, and `SENT` was seen.
    pub(super) unsafe fn has_value(&self) -> bool {
        // SAFETY: with `SENT` it is the receiver's.
        self.value.with(|slot| unsafe { (*slot).is_some() })
    }

    /// Has the receiver woken when `SENT` is set. False if it is already.
    ///
    /// # Safety
    ///
    /// By the receiver; and `state` was loaded by it, without `SENT`.
    pub(super) unsafe fn await_sent(&self, state: usize, waker: &Waker) -> bool {
        // SAFETY: the caller's.
        unsafe { self.register(state, &self.receiver, RECEIVER_WAITS, SENT, waker) }
    }

    /// Has the sender woken when `CLOSED` is set. False if it is already.
    ///
    /// # Safety
    ///
    /// By the sender; and `state` was loaded by it, without `CLOSED`.
    pub(super) unsafe fn await_closed(&self, state: usize, waker: &Waker) -> bool {
        // SAFETY: the caller's.
        unsafe { self.register(state, &self.sender, SENDER_WAITS, CLOSED, waker) }
    }

    /// # Safety
    ///
    /// By the end whose waker and flag these are; `event` is the other's move.
    unsafe fn register(
        &self,
        state: usize,
        slot: &UnsafeCell<Option<GuardedWaker>>,
        flag: usize,
        event: usize,
        waker: &Waker,
    ) -> bool {
        if state & flag != 0 {
            // SAFETY: both ends may read it while the flag is set.
            let same = slot.with(|old| unsafe { (*old).as_ref() }.map(|old| old.will_wake(waker)));
            if same == Some(true) {
                return true;
            }
            // Once the other end has made its move it may be reading the waker.
            if self.state.fetch_and(!flag, Ordering::AcqRel) & event != 0 {
                return false;
            }
        }
        let waker = GuardedWaker::from(waker);
        // SAFETY: with the flag clear, the waker is ours.
        let old = slot.with_mut(|slot| unsafe { (*slot).replace(waker) });
        let state = self.state.fetch_or(flag, Ordering::AcqRel);
        drop(old);
        state & event == 0
    }
}
