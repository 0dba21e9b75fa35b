//! The queues of runnable tasks: a worker's deques, its next slot, and the injector; and the deque
//! of the halves of joins that a worker offers.
//!
//! Only this file knows the queues' implementation, so that better ones can be tried here.

use super::halves::HalfRef;
use crate::sync::atomic::{
    AtomicPtr, AtomicUsize,
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

/// With this many tasks in a worker's urgent lane, new ones go to that of the injector.
const URGENT_CAPACITY: usize = 256;

/// A worker fills its deque from the injector up to this many tasks, so that those from outside do
/// not all wait in the deque of one worker.
const ENOUGH: usize = 256;

/// The largest number of tasks that a worker takes from the injector at once, so that a worker that
/// then blocks has not taken all work with it.
const INJECTOR_BATCH: usize = 64;

/// The least number that it takes, even if its deque has enough, so that tasks that are always
/// ready there do not starve the injector.
const LEAST_BATCH: usize = 16;

/// The largest number of tasks that crossbeam's deque lets a thief take at once.
pub(super) const STEAL_BATCH: usize = 32;

/// Number of times that a steal is retried after a lost race before the thief moves on.
const STEAL_RETRIES: usize = 4;

/// Number of times in a row that due tasks go before merely runnable ones: a flood of events leaves
/// every fourth turn to the rest.
const URGENT_STREAK: u8 = 3;

/// The owner's end of a worker's queue: two FIFO deques, so that no task starves in either. The
/// urgent lane is for tasks woken by events and due timers, and goes first, three times in a row at
/// most.
pub(super) struct WorkerQueue {
    tasks: Deque<Notified>,
    urgent: Deque<Notified>,
    /// Whether a task was put into the urgent lane since the owner last found it empty.
    has_urgent: Cell<bool>,
    /// Number of times in a row that the urgent lane went first.
    urgent_streak: Cell<u8>,
    /// Halves of joins that are in progress: the owner takes the last one, thieves the first.
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

    pub(super) fn push(&self, task: Notified) {
        self.tasks.push(task);
    }

    /// Returns the task if the urgent lane is full.
    pub(super) fn push_urgent(&self, task: Notified) -> Result<(), Notified> {
        if self.has_urgent.get() && self.urgent.len() >= URGENT_CAPACITY {
            return Err(task);
        }
        self.urgent.push(task);
        self.has_urgent.set(true);
        Ok(())
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
        let mut streak = self.urgent_streak.get();
        if streak >= URGENT_STREAK {
            if let Some(task) = self.tasks.pop() {
                self.urgent_streak.set(0);
                return Some(task);
            }
            streak = 0;
        }
        let urgent = self.urgent.pop();
        if urgent.is_some() {
            self.urgent_streak.set(streak + 1);
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

    /// Takes back the half that was offered last, if no other thread has taken it.
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

    /// Moves up to half of a lane into the thief's, the urgent lane first, and returns one of the
    /// tasks.
    pub(super) fn steal_into(&self, thief: &WorkerQueue) -> Option<Notified> {
        let urgent = steal_batch(&self.urgent, &thief.urgent);
        if urgent.is_some() {
            thief.has_urgent.set(true);
            return urgent;
        }
        steal_batch(&self.tasks, &thief.tasks)
    }

    /// Moves tasks to an injector, at most this many.
    pub(super) fn move_to(&self, injector: &Injector, most: usize) {
        for _ in 0..most {
            if let Some(task) = retry(|| self.urgent.steal()) {
                injector.push_urgent(task);
            } else if let Some(task) = retry(|| self.tasks.steal()) {
                injector.push(task);
            } else {
                break;
            }
        }
    }

    /// Moves up to half of the tasks that are not urgent to the back of the thief's. Returns how
    /// many it has then got.
    pub(super) fn move_into(&self, thief: &WorkerQueue) -> usize {
        let before = thief.tasks.len();
        retry(|| self.tasks.steal_batch(&thief.tasks));
        thief.tasks.len().saturating_sub(before)
    }

    pub(crate) fn offers_half(&self) -> bool {
        !self.halves.is_empty()
    }

    /// Takes the half that was offered first.
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

/// One task that runs before the deque: the one that the running task woke last, so that the
/// receiver of a message finds the message in the cache.
///
/// Only the owner fills it; any thread may empty it.
pub(crate) struct NextSlot(AtomicPtr<Header>);

impl NextSlot {
    pub(super) fn new() -> Self {
        Self(AtomicPtr::new(ptr::null_mut()))
    }

    /// Owner only. Returns the task that was there before.
    #[inline]
    pub(super) fn put(&self, task: Notified) -> Option<Notified> {
        let task = task.into_ptr();
        if self.0.load(Relaxed).is_null() {
            // No other thread fills an empty slot, so a store suffices. Release: a thief sees what
            // this thread did before waking the task.
            self.0.store(task, Release);
            return None;
        }
        // Release as above. The task that comes out was put there by this thread itself.
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
        // SAFETY: the pointer came from `into_ptr`, and the swap that returned it has removed it,
        // so no other thread turns it back into a task.
        NonNull::new(task).map(|task| unsafe { Notified::from_ptr(task) })
    }
}

/// Tasks from outside the workers. On cache lines of its own, like `Remote`, since threads that
/// spawn from outside write it all the time.
#[repr(align(128))]
pub(crate) struct Injector {
    /// The queue's length, readable without the lock.
    len: AtomicUsize,
    queue: Mutex<Injected>,
}

struct Injected {
    tasks: VecDeque<Notified>,
    /// Tasks woken by events and due timers for which a worker's urgent lane had no room, or that
    /// were not woken on a worker.
    urgent: VecDeque<Notified>,
    /// The number of tasks that have come from outside the workers.
    from_outside: u64,
    closed: bool,
}

impl Injected {
    fn len(&self) -> usize {
        self.tasks.len() + self.urgent.len()
    }
}

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            len: AtomicUsize::new(0),
            queue: Mutex::ranked(
                Rank::Last,
                Injected {
                    tasks: VecDeque::new(),
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

    /// Pushes a task that a worker hands over.
    pub(super) fn push(&self, task: Notified) {
        self.push_by(|queue| queue.tasks.push_back(task));
    }

    /// Pushes a task that is due, before those that are merely runnable.
    pub(super) fn push_urgent(&self, task: Notified) {
        self.push_by(|queue| queue.urgent.push_back(task));
    }

    /// Pushes a task that was spawned or woken outside the workers.
    pub(super) fn push_from_outside(&self, task: Notified) {
        self.push_by(|queue| {
            queue.tasks.push_back(task);
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
            // The runtime has ended, and the task with it; only the queue entry is left to drop.
            drop(queue);
            drop(push);
            return;
        }
        push(&mut queue);
        self.publish(&queue);
    }

    fn publish(&self, queue: &Injected) {
        self.len.store(queue.len(), Relaxed);
    }

    /// Moves a batch into the worker's deque, in addition to the task that it returns.
    pub(super) fn pop_into(&self, local: &WorkerQueue, workers: usize) -> Option<Notified> {
        if self.len() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let first = match queue.urgent.pop_front() {
            None => queue.tasks.pop_front(),
            urgent => urgent,
        };
        let room = ENOUGH.saturating_sub(local.len()).max(LEAST_BATCH);
        // As a rule that was the only one, and there is nothing to move.
        match queue.len() {
            0 => self.publish(&queue),
            _ => self.move_batch(&mut queue, room, local, workers),
        }
        first
    }

    /// Takes a single task, for a worker that leaves the rest to all.
    pub(super) fn pop(&self) -> Option<Notified> {
        if self.len() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let task = queue.tasks.pop_front();
        self.len.store(queue.len(), Relaxed);
        task
    }

    /// Moves a batch into the worker's deque, if that has fewer tasks than a batch.
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
        self.publish(from);
    }

    /// Drops all tasks, and makes the injector drop those pushed later.
    pub(super) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        let tasks = (mem::take(&mut queue.tasks), mem::take(&mut queue.urgent));
        self.publish(&queue);
        drop(queue);
        drop(tasks);
    }
}
