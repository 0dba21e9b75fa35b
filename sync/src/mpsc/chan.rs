//! The state that senders and receiver share.
//!
//! One lock guards the queue, the number of slots that senders have taken, the senders that wait
//! for one and the receiver's waker: a send takes the lock once. The receiver takes it less often:
//! it moves all queued values at once into a batch of its own, and receives from there without the
//! lock.
//!
//! Slots still become free one by one, as the values are received. The receiver counts received
//! values in [`Flow::received`], which no other thread writes, and then checks [`Flow::starved`],
//! which is set while senders wait. A sender about to wait first sets that and then checks the
//! count (a store-buffering fence pattern). At least one of the two therefore sees the other: the
//! sender sees its slot, or the receiver sees that it has to take the lock and hand the slot over
//! (in order of arrival, see [`WaitList::grant`]).
//!
//! An unbounded channel counts no slots.

use super::error::TryRecvError;
use crate::Notify;
use crate::acquire::{Closed, Supply};
use crate::primitives::atomic::{AtomicBool, AtomicUsize, Ordering};
use crate::primitives::{Mutex, MutexGuard, load_after, store_before};
use crate::waiters::{WaitList, Waiter};
use crate::wake::Wakes;
use crossbeam_utils::CachePadded;
use heist_runtime::waking::GuardedWaker;
use std::collections::VecDeque;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The capacity of an unbounded channel.
pub(super) const UNBOUNDED: usize = usize::MAX;

/// A buffer with room for this many values is always kept; a larger one only if the last batch
/// filled an eighth of it. Memory therefore follows use, and a steady flow allocates nothing.
const KEPT_ROOM: usize = 64;

/// The values that the receiver has taken from the queue and not received yet.
pub(super) struct Batch<T> {
    values: VecDeque<T>,
    /// The number of values when it was filled.
    taken: usize,
}

impl<T> Batch<T> {
    pub(super) fn new() -> Self {
        Self {
            values: VecDeque::new(),
            taken: 0,
        }
    }

    pub(super) fn len(&self) -> usize {
        self.values.len()
    }

    #[inline]
    pub(super) fn pop(&mut self) -> Option<T> {
        self.values.pop_front()
    }

    /// Moves up to `limit` values to `to`, and returns how many.
    pub(super) fn pop_many(&mut self, to: &mut Vec<T>, limit: usize) -> usize {
        let n = limit.min(self.values.len());
        to.extend(self.values.drain(..n));
        n
    }

    fn trim(&mut self) {
        let room = self.values.capacity();
        if room > KEPT_ROOM && room / 8 > self.taken {
            self.values = VecDeque::new();
        }
    }
}

pub(super) struct Chan<T> {
    queue: CachePadded<Mutex<Queue<T>>>,
    flow: CachePadded<Flow>,
    capacity: usize,
    /// Changed under the lock.
    closed: AtomicBool,
    pub(super) senders: AtomicUsize,
    pub(super) weak_senders: AtomicUsize,
    /// Notifies senders that the channel is closed.
    on_close: Notify,
}

struct Queue<T> {
    values: VecDeque<T>,
    /// How many slots were ever given to senders, less those returned unused.
    reserved: usize,
    /// [`Flow::received`] as a sender last read it.
    received: usize,
    /// The value of each waiter is the number of slots it still needs.
    waiting: WaitList,
    receiver: Option<GuardedWaker>,
}

struct Flow {
    received: AtomicUsize,
    /// 1 while senders wait. Changed under the lock.
    starved: AtomicUsize,
}

/// Why a value or a slot was refused.
#[derive(Debug)]
pub(super) enum Refused {
    Closed,
    Full,
}

impl<T> Chan<T> {
    pub(super) fn new(capacity: usize) -> Self {
        Self {
            queue: CachePadded::new(Mutex::new(Queue {
                values: VecDeque::new(),
                reserved: 0,
                received: 0,
                waiting: WaitList::new(),
                receiver: None,
            })),
            flow: CachePadded::new(Flow {
                received: AtomicUsize::new(0),
                starved: AtomicUsize::new(0),
            }),
            capacity,
            closed: AtomicBool::new(false),
            senders: AtomicUsize::new(1),
            weak_senders: AtomicUsize::new(0),
            on_close: Notify::new(),
        }
    }

    pub(super) fn capacity(&self) -> usize {
        self.capacity
    }

    pub(super) fn is_bounded(&self) -> bool {
        self.capacity != UNBOUNDED
    }

    pub(super) fn is_closed(&self) -> bool {
        self.closed.load(Ordering::Acquire)
    }

    pub(super) async fn closed(&self) {
        let notified = self.on_close.notified();
        if !self.is_closed() {
            notified.await;
        }
    }

    /// Returns the number of values that are queued and not taken by the receiver.
    pub(super) fn queued(&self) -> usize {
        self.queue.lock().values.len()
    }

    pub(super) fn free_slots(&self) -> usize {
        self.free(&mut self.queue.lock(), UNBOUNDED)
    }

    /// Returns the number of free slots. Reads the receiver's count only if fewer than `wanted`
    /// seem to be free.
    fn free(&self, queue: &mut Queue<T>, wanted: usize) -> usize {
        let free = self.capacity - queue.reserved.wrapping_sub(queue.received);
        if free >= wanted {
            return free;
        }
        // Acquire: a sender uses the slot after the receiver has freed it.
        queue.received = self.flow.received.load(Ordering::Acquire);
        self.capacity - queue.reserved.wrapping_sub(queue.received)
    }

    /// Takes slots, unless senders are waiting for some.
    #[inline]
    fn try_take_slots(&self, queue: &mut Queue<T>, wanted: usize) -> Result<(), Refused> {
        // Relaxed: it changes under the lock, which we hold.
        if self.closed.load(Ordering::Relaxed) {
            return Err(Refused::Closed);
        }
        if self.is_bounded() && wanted > 0 {
            if !queue.waiting.is_empty() || self.free(queue, wanted) < wanted {
                return Err(Refused::Full);
            }
            queue.reserved = queue.reserved.wrapping_add(wanted);
        }
        Ok(())
    }

    pub(super) fn try_reserve(&self, wanted: usize) -> Result<(), Refused> {
        self.try_take_slots(&mut self.queue.lock(), wanted)
    }

    #[inline]
    pub(super) fn try_send(&self, value: T) -> Result<(), (T, Refused)> {
        let mut queue = self.queue.lock();
        if let Err(refused) = self.try_take_slots(&mut queue, 1) {
            return Err((value, refused));
        }
        Self::push(queue, value);
        Ok(())
    }

    /// Sends using a reserved slot.
    pub(super) fn send_reserved(&self, value: T) {
        Self::push(self.queue.lock(), value);
    }

    #[inline]
    fn push(mut queue: MutexGuard<'_, Queue<T>>, value: T) {
        queue.values.push_back(value);
        let receiver = queue.receiver.take();
        drop(queue);
        if let Some(waker) = receiver {
            waker.wake();
        }
    }

    /// Returns unused slots.
    pub(super) fn release(&self, slots: usize) {
        self.release_locked(self.queue.lock(), slots);
    }

    fn release_locked(&self, mut queue: MutexGuard<'_, Queue<T>>, slots: usize) {
        queue.reserved = queue.reserved.wrapping_sub(slots);
        let mut wakes = Wakes::default();
        self.serve(&mut queue, &mut wakes);
        // A closed channel ends when no reserved slot is left.
        if self.closed.load(Ordering::Relaxed) && self.is_idle(&queue) {
            wakes.push(queue.receiver.take());
        }
        drop(queue);
        wakes.wake();
    }

    /// Gives free slots to the waiting senders.
    fn serve(&self, queue: &mut Queue<T>, wakes: &mut Wakes) {
        if !queue.waiting.is_empty() {
            let free = self.free(queue, UNBOUNDED);
            let rest = queue.waiting.grant(free, wakes);
            queue.reserved = queue.reserved.wrapping_add(free - rest);
        }
        if queue.waiting.is_empty() {
            // Relaxed: a sender that waits after this sets it again, by `store_before`.
            self.flow.starved.store(0, Ordering::Relaxed);
        }
    }

    /// Whether no value and no reserved slot is left.
    fn is_idle(&self, queue: &Queue<T>) -> bool {
        queue.values.is_empty() && queue.reserved == self.flow.received.load(Ordering::Acquire)
    }

    // The receiver's side.

    /// Records that `values` values were received: their slots are free.
    #[inline]
    pub(super) fn count_received(&self, values: usize) {
        if !self.is_bounded() {
            return;
        }
        let received = self
            .flow
            .received
            .load(Ordering::Relaxed)
            .wrapping_add(values);
        store_before(&self.flow.received, received);
        if load_after(&self.flow.starved) != 0 {
            self.serve_waiting();
        }
    }

    #[cold]
    fn serve_waiting(&self) {
        let mut wakes = Wakes::default();
        self.serve(&mut self.queue.lock(), &mut wakes);
        wakes.wake();
    }

    /// Fills the batch, which is empty, with all queued values.
    pub(super) fn try_fill(&self, batch: &mut Batch<T>) -> Result<(), TryRecvError> {
        batch.trim();
        self.fill_locked(&mut self.queue.lock(), batch)
    }

    fn fill_locked(&self, queue: &mut Queue<T>, batch: &mut Batch<T>) -> Result<(), TryRecvError> {
        if !queue.values.is_empty() {
            mem::swap(&mut queue.values, &mut batch.values);
            batch.taken = batch.values.len();
            return Ok(());
        }
        // Acquire: everything that the dropped senders sent happens before.
        let ended = self.senders.load(Ordering::Acquire) == 0
            || self.closed.load(Ordering::Relaxed) && self.is_idle(queue);
        Err(if ended {
            TryRecvError::Disconnected
        } else {
            TryRecvError::Empty
        })
    }

    /// Like [`try_fill`](Self::try_fill); if the queue is empty, registers the receiver's waker.
    pub(super) fn poll_fill(
        &self,
        batch: &mut Batch<T>,
        cx: &Context<'_>,
    ) -> Poll<Result<(), TryRecvError>> {
        batch.trim();
        let mut waker: Option<GuardedWaker> = None;
        loop {
            let mut queue = self.queue.lock();
            match self.fill_locked(&mut queue, batch) {
                Err(TryRecvError::Empty) => {}
                other => return Poll::Ready(other),
            }
            if queue
                .receiver
                .as_ref()
                .is_some_and(|old| old.will_wake(cx.waker()))
            {
                return Poll::Pending;
            }
            // Wakers are cloned and dropped outside the lock.
            if let Some(waker) = waker.take() {
                let old = queue.receiver.replace(waker);
                drop(queue);
                drop(old);
                return Poll::Pending;
            }
            drop(queue);
            waker = Some(cx.waker().into());
        }
    }

    /// Refuses new values, and ends the waits for slots.
    pub(super) fn close(&self) {
        let mut wakes = Wakes::default();
        let mut queue = self.queue.lock();
        // Release: paired with readers that do not hold the lock.
        self.closed.store(true, Ordering::Release);
        while let Some(waker) = queue.waiting.pop_front_as_is() {
            wakes.push(waker);
        }
        self.flow.starved.store(0, Ordering::Relaxed);
        drop(queue);
        wakes.wake();
        self.on_close.notify_waiters();
    }

    /// Drops the receiver's waker: it will not wait again.
    pub(super) fn forget_receiver(&self) {
        let receiver = self.queue.lock().receiver.take();
        drop(receiver);
    }

    /// Wakes the receiver after the last sender is gone.
    pub(super) fn wake_receiver(&self) {
        let receiver = self.queue.lock().receiver.take();
        if let Some(waker) = receiver {
            waker.wake();
        }
    }
}

impl<T> Supply for Chan<T> {
    fn is_closed(&self) -> bool {
        self.is_closed()
    }

    fn take_or_queue(
        &self,
        waiter: Pin<&Waiter>,
        wanted: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>> {
        let waker = GuardedWaker::from(cx.waker());
        let mut queue = self.queue.lock();
        match self.try_take_slots(&mut queue, wanted) {
            Ok(()) => return Poll::Ready(Ok(())),
            Err(Refused::Closed) => return Poll::Ready(Err(Closed)),
            Err(Refused::Full) => {}
        }
        let mut free = 0;
        if queue.waiting.is_empty() {
            store_before(&self.flow.starved, 1);
            queue.received = load_after(&self.flow.received);
            free = self.free(&mut queue, 0);
            if free >= wanted {
                self.flow.starved.store(0, Ordering::Relaxed);
                queue.reserved = queue.reserved.wrapping_add(wanted);
                return Poll::Ready(Ok(()));
            }
        }
        queue.reserved = queue.reserved.wrapping_add(free);
        waiter.set_value(wanted - free);
        // SAFETY: the waiter was never linked, and `Acquire` unlinks it when dropped.
        unsafe { queue.waiting.push_back(waiter, Some(waker)) };
        Poll::Pending
    }

    fn with_waiting<R>(&self, f: impl FnOnce(&mut WaitList) -> R) -> R {
        f(&mut self.queue.lock().waiting)
    }

    fn cancel(&self, waiter: Pin<&Waiter>, wanted: usize) {
        let mut queue = self.queue.lock();
        // SAFETY: the waiter is in no other list.
        let waker = unsafe { queue.waiting.remove(waiter) };
        let got = wanted - waiter.value();
        // Even if it got none: it may have been the last waiter.
        self.release_locked(queue, got);
        drop(waker);
    }
}
