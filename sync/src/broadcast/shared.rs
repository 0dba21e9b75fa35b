//! The shared state of a broadcast channel: a ring of slots, and its end.
//!
//! Each slot has a lock of its own, so that receivers at different positions contend neither with
//! each other nor with the senders. A value is cloned under the lock of its slot, as it need not be
//! `Sync`; no other user code runs under a lock. Lock order: the end before a slot.

use super::error::TryRecvError;
use crate::Notify;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::{Mutex, MutexGuard};
use crate::waiters::{WaitList, Waiter};
use crate::wake::Wakes;
use heist_runtime::waking::GuardedWaker;
use std::pin::Pin;
use std::task::Waker;

/// The most receivers: tokio's limit.
const MAX_RECEIVERS: usize = usize::MAX >> 2;

pub(super) struct Shared<T> {
    slots: Box<[Mutex<Slot<T>>]>,
    end: Mutex<End>,
    pub(super) senders: AtomicUsize,
    pub(super) weak_senders: AtomicUsize,
    /// Notified when the last receiver is gone.
    pub(super) on_close: Notify,
}

pub(super) struct Slot<T> {
    /// The value's position, counted from the channel's first.
    position: u64,
    /// The number of receivers that have yet to receive it.
    left: usize,
    value: Option<T>,
}

struct End {
    /// The position of the next value.
    position: u64,
    receivers: usize,
    /// All senders are gone.
    ended: bool,
    /// Receivers that have received all values; a waiter's value says what has woken it.
    waiting: WaitList,
}

/// The values of a waiter.
const WAITING: usize = 0;
const WOKEN: usize = 1;
/// Woken by the channel's end: it has received all values.
const ENDED: usize = 2;

impl<T> Shared<T> {
    /// Creates the state for one sender.
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity as u64;
        // The position that this slot would have had one round earlier.
        let slot = |i: u64| Slot {
            position: i.wrapping_sub(capacity),
            left: 0,
            value: None,
        };
        Self {
            slots: (0..capacity).map(|i| Mutex::new(slot(i))).collect(),
            end: Mutex::new(End {
                position: 0,
                receivers: 0,
                ended: false,
                waiting: WaitList::new(),
            }),
            senders: AtomicUsize::new(1),
            weak_senders: AtomicUsize::new(0),
            on_close: Notify::new(),
        }
    }

    /// Returns the slot of a position. The capacity is a power of two.
    fn slot(&self, position: u64) -> MutexGuard<'_, Slot<T>> {
        self.slots[position as usize & (self.slots.len() - 1)].lock()
    }

    pub(super) fn send(&self, value: T) -> Result<usize, T> {
        let mut wakes = Wakes::default();
        let mut end = self.end.lock();
        let receivers = end.receivers;
        if receivers == 0 {
            return Err(value);
        }
        let position = end.position;
        end.position = position.wrapping_add(1);
        let old = {
            let mut slot = self.slot(position);
            slot.position = position;
            slot.left = receivers;
            slot.value.replace(value)
        };
        end.wake_all(WOKEN, &mut wakes);
        drop(end);
        wakes.wake();
        drop(old);
        Ok(receivers)
    }

    /// Ends the channel: the senders are gone.
    pub(super) fn end(&self) {
        let mut wakes = Wakes::default();
        let mut end = self.end.lock();
        end.ended = true;
        end.wake_all(ENDED, &mut wakes);
        drop(end);
        wakes.wake();
    }

    /// Counts a receiver, and returns the position of its first value.
    #[track_caller]
    pub(super) fn add_receiver(&self) -> u64 {
        let mut end = self.end.lock();
        assert!(end.receivers < MAX_RECEIVERS, "max receivers");
        end.receivers += 1;
        end.position
    }

    /// Counts a receiver off. The caller still has to receive, or skip, the values before the
    /// returned position; and to notify the senders, if it was the last receiver.
    pub(super) fn remove_receiver(&self) -> (u64, bool) {
        let mut end = self.end.lock();
        end.receivers -= 1;
        (end.position, end.receivers == 0)
    }

    pub(super) fn receivers(&self) -> usize {
        self.end.lock().receivers
    }

    pub(super) fn end_position(&self) -> u64 {
        self.end.lock().position
    }

    /// Returns the number of values that not all receivers have received.
    pub(super) fn len(&self) -> usize {
        let end = self.end.lock();
        // A binary search from the oldest: values that all have received precede the others.
        let oldest = end.position.wrapping_sub(self.slots.len() as u64);
        let (mut low, mut high) = (0, self.slots.len());
        while low < high {
            let middle = low + (high - low) / 2;
            if self.slot(oldest.wrapping_add(middle as u64)).left == 0 {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        self.slots.len() - low
    }

    pub(super) fn is_empty(&self) -> bool {
        let end = self.end.lock();
        self.slot(end.position.wrapping_sub(1)).left == 0
    }

    /// Returns the slot of a receiver's next value, counted as received. If there is none yet,
    /// queues the waiter.
    pub(super) fn next_slot(
        &self,
        next: &mut u64,
        waiter: Option<(Pin<&Waiter>, &Waker)>,
    ) -> Result<MutexGuard<'_, Slot<T>>, TryRecvError> {
        // Checked without a lock: when the channel ends many receivers wake at once, and would
        // contend for the locks.
        if waiter.is_some_and(|(waiter, _)| waiter.value() == ENDED) {
            return Err(TryRecvError::Closed);
        }
        let slot = self.slot(*next);
        if slot.position == *next {
            *next = next.wrapping_add(1);
            return Ok(slot);
        }
        drop(slot);
        let mut cloned: Option<GuardedWaker> = None;
        loop {
            let mut end = self.end.lock();
            let slot = self.slot(*next);
            // The value may have been sent in between.
            if slot.position == *next {
                *next = next.wrapping_add(1);
                return Ok(slot);
            }
            drop(slot);
            if end.position != *next {
                let oldest = end.position.wrapping_sub(self.slots.len() as u64);
                let lost = oldest.wrapping_sub(*next);
                *next = oldest;
                return Err(TryRecvError::Lagged(lost));
            }
            if end.ended {
                return Err(TryRecvError::Closed);
            }
            let Some((waiter, waker)) = waiter else {
                return Err(TryRecvError::Empty);
            };
            // SAFETY: the waiter is in no other list, and `Recv` unlinks it when dropped.
            unsafe {
                if end.waiting.will_wake(waiter, waker) {
                    return Err(TryRecvError::Empty);
                }
                // Wakers are cloned and dropped outside the lock.
                if let Some(cloned) = cloned.take() {
                    let old = if end.waiting.contains(waiter) {
                        end.waiting.replace_waker(waiter, cloned)
                    } else {
                        waiter.set_value(WAITING);
                        end.waiting.push_back(waiter, Some(cloned));
                        None
                    };
                    drop(end);
                    drop(old);
                    return Err(TryRecvError::Empty);
                }
            }
            drop(end);
            cloned = Some(waker.into());
        }
    }

    /// Gives up a wait.
    pub(super) fn cancel(&self, waiter: Pin<&Waiter>) {
        if waiter.value() == WAITING {
            let mut end = self.end.lock();
            // SAFETY: the waiter is in no other list.
            let waker = unsafe { end.waiting.remove(waiter) };
            drop(end);
            drop(waker);
        }
    }

    pub(super) fn strong_count(&self) -> usize {
        self.senders.load(Ordering::Acquire)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.weak_senders.load(Ordering::Acquire)
    }
}

impl End {
    fn wake_all(&mut self, value: usize, wakes: &mut Wakes) {
        while let Some(waker) = self.waiting.pop_front(value) {
            wakes.push(waker);
        }
    }
}

impl<T> Slot<T> {
    /// Counts a receiver off. Returns the value if it was the last one.
    pub(super) fn skip(&mut self) -> Option<T> {
        self.left -= 1;
        if self.left == 0 {
            self.value.take()
        } else {
            None
        }
    }
}

impl<T: Clone> Slot<T> {
    /// Returns a clone of the value and, if the receiver was the last one, the value itself, which
    /// the caller must drop outside the lock.
    pub(super) fn receive(&mut self) -> (Option<T>, Option<T>) {
        // Before the clone, which may panic.
        let old = self.skip();
        let clone = if old.is_some() {
            old.clone()
        } else {
            self.value.clone()
        };
        (clone, old)
    }
}
