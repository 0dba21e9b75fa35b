//! Where runnable tasks wait: a worker's deque, its next slot, and the injector.
//!
//! The only file that knows which queues these are, so that better ones can be
//! tried here.

use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicPtr, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use crate::task::{Header, Notified};
use crossbeam_deque::{Steal, Stealer, Worker as Deque};
use std::collections::VecDeque;
use std::ptr::{self, NonNull};

/// Beyond this, a worker's new tasks go to the injector. It bounds how many polls
/// a socket's event can be behind when another task spawns in a loop.
const LOCAL_CAPACITY: usize = 256;

/// Most tasks a worker takes from the injector at once, so that one that then
/// blocks has not taken everybody's work with it.
const INJECTOR_BATCH: usize = 64;

/// So many it takes even if its deque is full. The tasks in there that are always ready then have
/// to go to the injector in their turn, and none of both waits for ever so much longer.
const LEAST_BATCH: usize = 16;

/// How often a steal that lost a race is tried again before moving on.
const STEAL_RETRIES: usize = 4;

/// The owner's end of a worker's deque: FIFO, so that no task starves.
pub(super) struct LocalQueue(Deque<Notified>);

impl LocalQueue {
    pub(super) fn new() -> Self {
        Self(Deque::new_fifo())
    }

    pub(super) fn stealer(&self) -> StealQueue {
        StealQueue(self.0.stealer())
    }

    /// The task back: the queue is full.
    pub(super) fn push(&self, task: Notified) -> Result<(), Notified> {
        if self.0.len() >= LOCAL_CAPACITY {
            return Err(task);
        }
        self.0.push(task);
        Ok(())
    }

    /// Of a worker that is the only one, and must keep the order.
    pub(super) fn push_beyond_capacity(&self, task: Notified) {
        self.0.push(task);
    }

    pub(super) fn pop(&self) -> Option<Notified> {
        // The pop is a read-modify-write even on an empty queue; the check is not.
        if self.0.is_empty() {
            return None;
        }
        self.0.pop()
    }

    pub(super) fn len(&self) -> usize {
        self.0.len()
    }
}

/// The thieves' end of a worker's deque.
pub(crate) struct StealQueue(Stealer<Notified>);

impl StealQueue {
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Moves up to half of the queue into the thief's, and pops one.
    pub(super) fn steal_into(&self, thief: &LocalQueue) -> Option<Notified> {
        for _ in 0..STEAL_RETRIES {
            match self.0.steal_batch_and_pop(&thief.0) {
                Steal::Success(task) => return Some(task),
                Steal::Empty => return None,
                Steal::Retry => {}
            }
        }
        None
    }
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
    pub(super) fn put(&self, task: Notified) -> Option<Notified> {
        let task = task.into_ptr();
        if self.0.load(Relaxed).is_null() {
            // Nobody else fills an empty slot, so a store will do. Release: a thief
            // sees what this thread did before waking the task.
            self.0.store(task, Release);
            return None;
        }
        Self::entry(self.0.swap(task, AcqRel))
    }

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

/// Tasks from outside the workers, and what overflows their deques.
pub(crate) struct Injector {
    /// The queue's length, readable without the lock.
    len: AtomicUsize,
    queue: Mutex<Injected>,
}

struct Injected {
    tasks: VecDeque<Notified>,
    /// How many have come from outside the workers.
    from_outside: u64,
    closed: bool,
}

impl Injector {
    pub(super) fn new() -> Self {
        Self {
            len: AtomicUsize::new(0),
            queue: Mutex::new(Injected {
                tasks: VecDeque::new(),
                from_outside: 0,
                closed: false,
            }),
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len.load(Relaxed)
    }

    /// Of a task that a worker cannot keep.
    pub(super) fn push(&self, task: Notified) {
        self.push_counted(task, 0);
    }

    /// Of a task that was spawned or woken outside the workers.
    pub(super) fn push_from_outside(&self, task: Notified) {
        self.push_counted(task, 1);
    }

    pub(super) fn pushed_from_outside(&self) -> u64 {
        self.queue.lock().from_outside
    }

    #[inline]
    fn push_counted(&self, task: Notified, from_outside: u64) {
        let mut queue = self.queue.lock();
        queue.from_outside += from_outside;
        if queue.closed {
            // The runtime has ended and with it the task; only the entry is left.
            drop(queue);
            drop(task);
            return;
        }
        queue.tasks.push_back(task);
        self.len.store(queue.tasks.len(), Relaxed);
    }

    /// Moves a batch into the worker's deque, and gives the first of it.
    pub(super) fn pop_into(&self, local: &LocalQueue, workers: usize) -> Option<Notified> {
        if self.len() == 0 {
            return None;
        }
        let mut queue = self.queue.lock();
        let first = queue.tasks.pop_front();
        let room = LOCAL_CAPACITY.saturating_sub(local.len()).max(LEAST_BATCH);
        self.move_batch(&mut queue, room, local, workers);
        first
    }

    /// Moves a batch into the worker's deque, if not much is in there.
    pub(super) fn move_into(&self, local: &LocalQueue, workers: usize) {
        let room = INJECTOR_BATCH.saturating_sub(local.len());
        if self.len() > 0 && room > 0 {
            self.move_batch(&mut self.queue.lock(), room, local, workers);
        }
    }

    fn move_batch(&self, from: &mut Injected, room: usize, to: &LocalQueue, workers: usize) {
        let share = from.tasks.len().div_ceil(workers).min(INJECTOR_BATCH);
        for task in from.tasks.drain(..share.min(room)) {
            to.0.push(task);
        }
        self.len.store(from.tasks.len(), Relaxed);
    }

    /// Takes no more tasks, and drops those it has.
    pub(super) fn close(&self) {
        let mut queue = self.queue.lock();
        queue.closed = true;
        let tasks = std::mem::take(&mut queue.tasks);
        self.len.store(0, Relaxed);
        drop(queue);
        drop(tasks);
    }
}
