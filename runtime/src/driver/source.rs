//! One registered source of events: its cached readiness and who waits for it.
//!
//! The leader sets readiness, tasks read and clear it, from any thread. See
//! `PROTOCOL.md` beside this file.
//!
//! Invariant: a task that found no readiness has its waker in place *before* it
//! looks a second time, and the leader sets readiness *before* it takes wakers;
//! so of the two, one sees the other.

use crate::io::Direction;
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire},
};
use std::task::{Context, Poll, Waker};

/// What a source is ready for: a set of bits.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Readiness(usize);

impl Readiness {
    pub(crate) const READABLE: Self = Self(1);
    pub(crate) const WRITABLE: Self = Self(1 << 1);
    /// The peer sends no more: reads give what is left, then the end.
    pub(crate) const READ_CLOSED: Self = Self(1 << 2);
    /// Writes can only fail.
    pub(crate) const WRITE_CLOSED: Self = Self(1 << 3);
    /// The runtime has ended: no event will ever come again.
    pub(crate) const SHUTDOWN: Self = Self(1 << 4);
    /// Urgent data is about: a read stops short at its mark, though more may follow.
    pub(crate) const URGENT: Self = Self(1 << 5);
    const ALL: usize = (1 << 6) - 1;

    pub(crate) const fn empty() -> Self {
        Self(0)
    }

    pub(crate) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(crate) fn contains(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// What a task that wants to go in this direction waits for.
    fn wanted(direction: Direction) -> Self {
        let ready = match direction {
            Direction::Read => Self::READABLE.union(Self::READ_CLOSED),
            Direction::Write => Self::WRITABLE.union(Self::WRITE_CLOSED),
        };
        ready.union(Self::SHUTDOWN)
    }

    fn intersects(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

/// The word holds the readiness in its low bits and, above, a tick that counts
/// events; so a clearing can be refused when an event came meanwhile.
const TICK_ONE: usize = Readiness::ALL + 1;

/// Readiness as it was seen, to be handed back to [`Source::clear`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadyEvent {
    word: usize,
}

impl ReadyEvent {
    pub(crate) fn readiness(self) -> Readiness {
        Readiness(self.word & Readiness::ALL)
    }
}

pub(crate) struct Source {
    readiness: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    /// For the `poll_*` functions: one task per direction, the latest wins.
    read: Option<Waker>,
    write: Option<Waker>,
    /// For the `async` functions: any number of tasks.
    tasks: Vec<Waiter>,
    next_id: u64,
}

struct Waiter {
    id: u64,
    direction: Direction,
    waker: Waker,
}

impl Waiters {
    fn slot(&mut self, direction: Direction) -> &mut Option<Waker> {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

/// One waiting `async` function's place among a source's waiters. Empty until it
/// first waits.
#[derive(Default)]
pub(crate) struct WaiterId(Option<u64>);

impl Source {
    pub(crate) fn new(initial: Readiness) -> Self {
        Self {
            readiness: AtomicUsize::new(initial.0),
            waiters: Mutex::new(Waiters::default()),
        }
    }

    /// The readiness for this direction, if there is any.
    pub(crate) fn ready(&self, direction: Direction) -> Option<ReadyEvent> {
        // Acquire: what the leader did before it set the bits.
        let word = self.readiness.load(Acquire);
        Readiness(word)
            .intersects(Readiness::wanted(direction))
            .then_some(ReadyEvent { word })
    }

    /// Waits for readiness in the direction's single slot.
    pub(crate) fn poll_ready(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        if let Some(event) = self.ready(direction) {
            return Poll::Ready(event);
        }
        let mut waiters = self.waiters.lock();
        match waiters.slot(direction) {
            Some(waker) => waker.clone_from(cx.waker()),
            slot => *slot = Some(cx.waker().clone()),
        }
        // Under the lock: an event that came before we took it is seen here, one
        // that comes later finds the waker.
        self.ready(direction).map_or(Poll::Pending, Poll::Ready)
    }

    /// Waits for readiness in a place of its own.
    pub(crate) fn poll_ready_shared(
        &self,
        direction: Direction,
        place: &mut WaiterId,
        cx: &Context<'_>,
    ) -> Poll<ReadyEvent> {
        if let Some(event) = self.ready(direction) {
            return Poll::Ready(event);
        }
        let mut waiters = self.waiters.lock();
        let known = place.0;
        match waiters.tasks.iter_mut().find(|w| Some(w.id) == known) {
            Some(waiter) => waiter.waker.clone_from(cx.waker()),
            None => {
                let id = waiters.next_id;
                waiters.next_id += 1;
                place.0 = Some(id);
                waiters.tasks.push(Waiter {
                    id,
                    direction,
                    waker: cx.waker().clone(),
                });
            }
        }
        self.ready(direction).map_or(Poll::Pending, Poll::Ready)
    }

    /// Gives up a waiter's place.
    pub(crate) fn forget(&self, place: &mut WaiterId) {
        let Some(id) = place.0.take() else { return };
        let mut waiters = self.waiters.lock();
        let position = waiters.tasks.iter().position(|waiter| waiter.id == id);
        let waiter = position.map(|at| waiters.tasks.swap_remove(at));
        drop(waiters);
        // Outside the lock: dropping a waker may run a task's destructors.
        drop(waiter);
    }

    /// Adds readiness and takes the wakers of those who waited for it.
    pub(crate) fn set_ready(&self, ready: Readiness, woken: &mut Vec<Waker>) {
        let mut word = self.readiness.load(Acquire);
        loop {
            let next = (word | ready.0).wrapping_add(TICK_ONE);
            // Release: the task sees what came before the event.
            match self
                .readiness
                .compare_exchange_weak(word, next, AcqRel, Acquire)
            {
                Ok(_) => break,
                Err(actual) => word = actual,
            }
        }
        let mut waiters = self.waiters.lock();
        for direction in [Direction::Read, Direction::Write] {
            if !ready.intersects(Readiness::wanted(direction)) {
                continue;
            }
            woken.extend(waiters.slot(direction).take());
            let mut at = 0;
            while let Some(waiter) = waiters.tasks.get(at) {
                if waiter.direction == direction {
                    woken.push(waiters.tasks.swap_remove(at).waker);
                } else {
                    at += 1;
                }
            }
        }
    }

    /// Forgets readiness that an operation found used up, unless an event has come
    /// since `seen`.
    pub(crate) fn clear(&self, seen: ReadyEvent, used_up: Readiness) {
        let mut word = self.readiness.load(Acquire);
        while word / TICK_ONE == seen.word / TICK_ONE {
            match self
                .readiness
                .compare_exchange_weak(word, word & !used_up.0, AcqRel, Acquire)
            {
                Ok(_) => return,
                Err(actual) => word = actual,
            }
        }
    }

    /// Calls `f` with whether somebody waits to read, and to write. Under the lock,
    /// so that of two calls the later one acts last.
    pub(crate) fn with_awaited<R>(&self, f: impl FnOnce(bool, bool) -> R) -> R {
        let waiters = self.waiters.lock();
        let any = |direction| waiters.tasks.iter().any(|w| w.direction == direction);
        let read = waiters.read.is_some() || any(Direction::Read);
        let write = waiters.write.is_some() || any(Direction::Write);
        f(read, write)
    }
}
