//! Where runnable tasks wait: a worker's deques, its next slot, and the injector; and beside them
//! the halves of joins that a worker offers.
//!
//! The only file that knows which queues these are, so that better ones can be
//! tried here.

use super::halves::HalfRef;
use crate::sync::atomic::{
    AtomicBool, AtomicPtr, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::sync::{Mutex, Rank};
use crate::tasks::{Header, Notified};
use crossbeam_deque::{Steal, Stealer, Worker as Deque};
use std::cell::Cell;
use std::collections::VecDeque;
use std::mem;
use std::ptr::{self, NonNull};

#[cfg(all(test, loom))]
#[path = "queue_loom_tests.rs"]
mod loom_tests;
#[cfg(all(test, not(loom)))]
#[path = "queue_tests.rs"]
mod tests;

/// Beyond this, a worker's new tasks go to the injector. It bounds how many polls
/// a socket's event can be behind when another task spawns in a loop.
const LOCAL_CAPACITY: usize = 256;

/// Most tasks a worker takes from the injector at once, so that one that then
/// blocks has not taken everybody's work with it.
const INJECTOR_BATCH: usize = 64;

/// How many it takes at least, even if its deque is full: tasks of the deque that are always ready
/// then move to the injector in their turn, so that neither queue starves the other.
const LEAST_BATCH: usize = 16;

/// How often a steal that lost a race is tried again before moving on.
const STEAL_RETRIES: usize = 4;

/// How often in a row what is due goes before what is merely runnable, so that a flood of events
/// leaves the rest every fourth turn.
const URGENT_STREAK: u8 = 3;

/// The owner's end of a worker's queue: two FIFO deques, so that no task starves in either. The
/// urgent lane is for what an event or a due timer woke, and goes first, three times in a row at
/// most.
pub(super) struct WorkerQueue {
    tasks: Deque<Notified>,
    urgent: Deque<Notified>,
    /// Whether something was put into the urgent lane that the owner has not seen gone.
    has_urgent: Cell<bool>,
    /// How often in a row it went first.
    urgent_streak: Cell<u8>,
    /// Halves of joins that are under way: the owner takes the last, thieves the first.
    halves: Deque<HalfRef>,
}

impl WorkerQueue {
    pub(super) fn new() -> Self {
        Self {
            tasks: Deque::new_fifo(),
            urgent: Deque::new_fifo(),
            has_urgent: Cell::new(false),
            urgent_streak: Cell::new(0),
            halves: Deque::new_lifo(),
        }
    }

    pub(super) fn stealer(&self) -> StealQueue {
        StealQueue {
            tasks: self.tasks.stealer(),
            urgent: self.urgent.stealer(),
            halves: self.halves.stealer(),
        }
    }

    /// The task back: the queue is full.
    pub(super) fn push(&self, task: Notified) -> Result<(), Notified> {
        if self.tasks.len() >= LOCAL_CAPACITY {
            return Err(task);
        }
        self.tasks.push(task);
        Ok(())
    }

    /// The task back: the urgent lane is full.
    pub(super) fn push_urgent(&self, task: Notified) -> Result<(), Notified> {
        if self.has_urgent.get() && self.urgent.len() >= LOCAL_CAPACITY {
            return Err(task);
        }
        self.urgent.push(task);
        self.has_urgent.set(true);
        Ok(())
    }

    /// Of a worker that is the only one, and must keep the order.
    pub(super) fn push_beyond_capacity(&self, task: Notified) {
        self.tasks.push(task);
    }

    #[inline]
    pub(super) fn pop(&self) -> Option<Notified> {
        match self.has_urgent.get() {
            false => self.tasks.pop(),
            true => self.pop_with_urgent(),
        }
    }

    #[inline(never)]
    fn pop_with_urgent(&self) -> Option<Notified> {
        let streak = self.urgent_streak.get();
        if streak >= URGENT_STREAK {
            self.urgent_streak.set(0);
            if let Some(task) = self.tasks.pop() {
                return Some(task);
            }
        }
        let urgent = self.urgent.pop();
        if urgent.is_some() {
            self.urgent_streak.set(streak.min(URGENT_STREAK - 1) + 1);
            return urgent;
        }
        self.has_urgent.set(false);
        self.urgent_streak.set(0);
        self.tasks.pop()
    }

    pub(super) fn len(&self) -> usize {
        match self.has_urgent.get() {
            false => self.tasks.len(),
            true => self.tasks.len() + self.urgent.len(),
        }
    }

    #[inline]
    pub(super) fn offer(&self, half: HalfRef) {
        self.halves.push(half);
    }

    /// The half that was offered last, if nobody has taken it.
    #[inline]
    pub(super) fn take_back(&self) -> Option<HalfRef> {
        self.halves.pop()
    }
}

/// The thieves' end of a worker's queue.
pub(crate) struct StealQueue {
    tasks: Stealer<Notified>,
    urgent: Stealer<Notified>,
    halves: Stealer<HalfRef>,
}

impl StealQueue {
    pub(crate) fn len(&self) -> usize {
        self.tasks.len() + self.urgent.len()
    }

    /// Moves up to half of a lane into the thief's, the urgent one first, and pops one.
    pub(super) fn steal_into(&self, thief: &WorkerQueue) -> Option<Notified> {
        let urgent = steal_batch(&self.urgent, &thief.urgent);
        if urgent.is_some() {
            thief.has_urgent.set(true);
            return urgent;
        }
        steal_batch(&self.tasks, &thief.tasks)
    }

    pub(crate) fn offers_half(&self) -> bool {
        !self.halves.is_empty()
    }

    /// The half that was offered first.
    pub(super) fn take_half(&self) -> Option<HalfRef> {
        if self.halves.is_empty() {
            return None;
        }
        retry(|| self.halves.steal())
    }
}

fn steal_batch(from: &Stealer<Notified>, to: &Deque<Notified>) -> Option<Notified> {
    if from.is_empty() {
        return None;
    }
    retry(|| from.steal_batch_and_pop(to))
}

fn retry<T>(steal: impl Fn() -> Steal<T>) -> Option<T> {
    for _ in 0..STEAL_RETRIES {
        match steal() {
            Steal::Success(stolen) => return Some(stolen),
            Steal::Empty => return None,
            Steal::Retry => {}
        }
    }
    None
}

/// One task that runs before the deque: the one the running task just woke, so
/// that a message's receiver finds it in the cache.
///
/// Only the owner fills it; anybody may empty it.
pub(crate) struct NextSlot(AtomicPtr<Header>);

impl NextSlot {
    pub(super) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Owner only. Gives the task that was there.
    #[inline]
    pub(super) fn put(&self, task: Notified) -> Option<Notified> {
        let task = task.into_ptr();
        if self.0.load(Relaxed).is_null() {
            // Nobody else fills an empty slot, so a store will do. Release: a thief
            // sees what this thread did before waking the task.
            self.0.store(task, Release);
            return None;
        }
        // Release as above. What comes out this thread put there itself.
        Self::entry(self.0.swap(task, Release))
    }

    #[inline]
    pub(super) fn take(&self) -> Option<Notified> {
        if self.is_empty() {
            return None;
        }
        Self::entry(self.0.swap(ptr::null_mut(), Acquire))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.load(Relaxed).is_null()
    }

    fn entry(task: *mut Header) -> Option<Notified> {
        // SAFETY: the pointer came from `into_ptr`, and the swap that gave it to
        // us took it out, so nobody else turns it back.
        NonNull::new(task).map(|task| unsafe { Notified::from_ptr(task) })
    }
}

/// Tasks from outside the workers, and what overflows their deques. On lines of its own, as
/// `Remote`: whoever spawns from outside writes it all the time.
#[repr(align(128))]
pub(crate) struct Injector {
    /// The queue's length, readable without the lock.
    len: AtomicUsize,
    /// Likewise [`Injected::is_overflow`].
    is_overflow: AtomicBool,
    queue: Mutex<Injected>,
}

struct Injected {
    tasks: VecDeque<Notified>,
    /// How many of them, from the front, until the last that is not overflow.
    until_last_for_all: usize,
    /// What events and due timers woke, for which no worker's urgent lane had room or was at hand.
    urgent: VecDeque<Notified>,
    /// How many have come from outside the workers.
    from_outside: u64,
    closed: bool,
}

impl Injected {
    fn len(&self) -> usize {
        self.tasks.len() + self.urgent.len()
    }

    /// Whether all of it is what overflowed deques, whose workers will come back for it.
    fn is_overflow(&self) -> bool {
        self.until_last_for_all == 0 && self.urgent.is_empty()
    }
}

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            len: AtomicUsize::new(0),
            is_overflow: AtomicBool::new(true),
            queue: Mutex::ranked(
                Rank::Last,
                Injected {
                    tasks: VecDeque::new(),
                    until_last_for_all: 0,
                    urgent: VecDeque::new(),
                    from_outside: 0,
                    closed: false,
                },
            ),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    pub(super) fn is_overflow(&self) -> bool {
        self.is_overflow.load(Relaxed)
    }

    /// Of a task for which the worker's deque has no room, and that it will come back for.
    pub(super) fn push_overflow(&self, task: Notified) {
        self.push_by(|queue| queue.tasks.push_back(task));
    }

    /// Of a task that a worker hands over.
    pub(super) fn push(&self, task: Notified) {
        self.push_by(|queue| {
            queue.tasks.push_back(task);
            queue.until_last_for_all = queue.tasks.len();
        });
    }

    /// Of a task that is due, before those that are merely runnable.
    pub(super) fn push_urgent(&self, task: Notified) {
        self.push_by(|queue| queue.urgent.push_back(task));
    }

    /// Of a task that was spawned or woken outside the workers.
    pub(super) fn push_from_outside(&self, task: Notified) {
        self.push_by(|queue| {
            queue.tasks.push_back(task);
            queue.until_last_for_all = queue.tasks.len();
            queue.from_outside += 1;
        });
    }

    pub(super) fn pushed_from_outside(&self) -> u64 {
        self.queue.lock().from_outside
    }

    #[inline]
    fn push_by(&self, push: impl FnOnce(&mut Injected)) {
        let mut queue = self.queue.lock();
        if queue.closed {
            // The runtime has ended and with it the task; only the entry is left.
            drop(queue);
            drop(push);
            return;
        }
        push(&mut queue);
        self.publish(&queue);
    }

    fn publish(&self, queue: &Injected) {
        self.len.store(queue.len(), Relaxed);
        self.is_overflow.store(queue.is_overflow(), Relaxed);
    }

    /// Moves a batch into the worker's deque, and gives the first of it.
    pub(super) fn pop_into(&self, local: &WorkerQueue, workers: usize) -> Option<Notified> {
        if self.len() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let first = match queue.urgent.pop_front() {
            None => {
                queue.until_last_for_all = queue.until_last_for_all.saturating_sub(1);
                queue.tasks.pop_front()
            }
            urgent => urgent,
        };
        let room = LOCAL_CAPACITY.saturating_sub(local.len()).max(LEAST_BATCH);
        self.move_batch(&mut queue, room, local, workers);
        first
    }

    /// One of the tasks, for whoever leaves the rest to all.
    pub(super) fn pop(&self) -> Option<Notified> {
        if self.len() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let task = queue.tasks.pop_front();
        self.len.store(queue.len(), Relaxed);
        task
    }

    /// Moves a batch into the worker's deque, if not much is in there.
    pub(super) fn move_into(&self, local: &WorkerQueue, workers: usize) {
        let room = INJECTOR_BATCH.saturating_sub(local.len());
        if self.len() > 0 && room > 0 {
            self.move_batch(&mut self.queue.lock(), room, local, workers);
        }
    }

    fn move_batch(&self, from: &mut Injected, room: usize, to: &WorkerQueue, workers: usize) {
        let share = |len: usize| len.div_ceil(workers).min(INJECTOR_BATCH);
        let urgent = share(from.urgent.len());
        for task in from.urgent.drain(..urgent) {
            to.urgent.push(task);
            to.has_urgent.set(true);
        }
        let tasks = share(from.tasks.len()).min(room);
        for task in from.tasks.drain(..tasks) {
            to.tasks.push(task);
        }
        from.until_last_for_all = from.until_last_for_all.saturating_sub(tasks);
        self.publish(from);
    }

    /// Takes no more tasks, and drops those it has.
    pub(super) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        let tasks = (mem::take(&mut queue.tasks), mem::take(&mut queue.urgent));
        queue.until_last_for_all = 0;
        self.publish(&queue);
        drop(queue);
        drop(tasks);
    }
}
