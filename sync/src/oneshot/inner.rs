//! The state that both ends of a oneshot channel share: a word of flags, the value, and a waker of
//! each end.
//! - The value belongs to the sender until it sets [`SENT`], and to the receiver after that.
//! - A waker belongs to its own end while its flag is clear, and may be read by both while it is
//!   set. An end clears its flag to replace its waker, unless the other end has already made its
//!   move (`SENT` or `CLOSED`): that end may be reading the waker, which then stays in place.
//!
//! All changes are AcqRel: each end sees what the other did before its last change.

use crate::primitives::UnsafeCell;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use heist_runtime::waking::GuardedWaker;
use std::fmt;
use std::task::Waker;

/// The sender is done: there is a value, or there will be none.
pub(super) const SENT: usize = 1;
/// The receiver takes no value that is not there yet.
pub(super) const CLOSED: usize = 2;
const RECEIVER_WAITS: usize = 4;
const SENDER_WAITS: usize = 8;

pub(super) struct Inner<T> {
    state: AtomicUsize,
    value: UnsafeCell<Option<T>>,
    receiver: UnsafeCell<Option<GuardedWaker>>,
    sender: UnsafeCell<Option<GuardedWaker>>,
}

// SAFETY: the value moves from one thread to another, and is never shared; the flags guard the
// rest.
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

    /// The sender's last move. Returns the value if the channel was closed before.
    ///
    /// # Safety
    ///
    /// May be called only by the sender, once.
    pub(super) unsafe fn send(&self, value: T) -> Result<(), T> {
        // SAFETY: without `SENT` the value belongs to the sender. The old one is `None`.
        self.value.with_mut(|slot| unsafe { *slot = Some(value) });
        // SAFETY: guaranteed by the caller.
        if unsafe { self.finish() } {
            return Ok(());
        }
        // SAFETY: without `SENT` the value still belongs to the sender.
        let value = self.value.with_mut(|slot| unsafe { (*slot).take() });
        Err(value.expect("it was put there"))
    }

    /// The sender's last move. Returns false, and changes nothing, if the channel was closed
    /// before.
    ///
    /// # Safety
    ///
    /// May be called only by the sender, once.
    pub(super) unsafe fn finish(&self) -> bool {
        let send = |state| (state & CLOSED == 0).then_some(state | SENT);
        let sent = self
            .state
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, send);
        let Ok(state) = sent else {
            return false;
        };
        if state & RECEIVER_WAITS != 0 {
            // SAFETY: the receiver leaves the waker in place, as the flag was set when `SENT` was
            // set.
            self.receiver
                .with(|waker| unsafe { (*waker).as_ref() }.map(GuardedWaker::wake_by_ref));
        }
        true
    }

    /// The receiver's move. Returns the state before.
    pub(super) fn close(&self) -> usize {
        let state = self.state.fetch_or(CLOSED, Ordering::AcqRel);
        if state & SENDER_WAITS != 0 && state & (SENT | CLOSED) == 0 {
            // SAFETY: the sender leaves the waker in place, as the flag was set when `CLOSED` was
            // set.
            self.sender
                .with(|waker| unsafe { (*waker).as_ref() }.map(GuardedWaker::wake_by_ref));
        }
        state
    }

    /// Takes the value, if there is one left.
    ///
    /// # Safety
    ///
    /// May be called only by the receiver, after it saw `SENT`, or with exclusive access to the
    /// channel.
    pub(super) unsafe fn take(&self) -> Option<T> {
        // SAFETY: with `SENT` the value belongs to the receiver.
        self.value.with_mut(|slot| unsafe { (*slot).take() })
    }

    /// Whether there is a value left.
    ///
    /// # Safety
    ///
    /// May be called only by the receiver, after it saw `SENT`.
    pub(super) unsafe fn has_value(&self) -> bool {
        // SAFETY: with `SENT` the value belongs to the receiver.
        self.value.with(|slot| unsafe { (*slot).is_some() })
    }

    /// Registers the waker to be woken when `SENT` is set. Returns false if it is set already.
    ///
    /// # Safety
    ///
    /// May be called only by the receiver, with a `state` that it loaded, without `SENT`.
    pub(super) unsafe fn await_sent(&self, state: usize, waker: &Waker) -> bool {
        // SAFETY: guaranteed by the caller.
        unsafe { self.register(state, &self.receiver, RECEIVER_WAITS, SENT, waker) }
    }

    /// Registers the waker to be woken when `CLOSED` is set. Returns false if it is set already.
    ///
    /// # Safety
    ///
    /// May be called only by the sender, with a `state` that it loaded, without `CLOSED`.
    pub(super) unsafe fn await_closed(&self, state: usize, waker: &Waker) -> bool {
        // SAFETY: guaranteed by the caller.
        unsafe { self.register(state, &self.sender, SENDER_WAITS, CLOSED, waker) }
    }

    /// # Safety
    ///
    /// May be called only by the end that `slot` and `flag` belong to; `event` is the other end's
    /// move.
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
        // SAFETY: while the flag is clear, the waker belongs to this end.
        let old = slot.with_mut(|slot| unsafe { (*slot).replace(waker) });
        let state = self.state.fetch_or(flag, Ordering::AcqRel);
        drop(old);
        state & event == 0
    }
}
