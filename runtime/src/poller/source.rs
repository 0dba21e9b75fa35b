//! One registered source of events: its cached readiness and who waits for it.
//!
//! The leader sets readiness, tasks read and clear it, from any thread. See
//! `PROTOCOL.md` beside this file.
//!
//! Invariant: a task that found no readiness has its waker in place *before* it
//! looks a second time, and the leader sets readiness *before* it takes wakers;
//! so of the two, one sees the other.

use super::pollers::Pollers;
use crate::poller::{Direction, Interest, Ready};
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire},
};
use crate::waking::{GuardedWaker, wake_all};
use std::mem;
use std::task::{Context, Poll};

/// The word holds the readiness in its low bits and, above, a tick that counts
/// events; so a clearing can be refused when an event came meanwhile.
const TICK_ONE: usize = 1 << Ready::BITS;

/// Readiness as it was seen, to be handed back to [`Source::clear`].
#[derive(Clone, Copy, Debug)]
pub(crate) struct ReadyEvent {
    word: usize,
}

impl ReadyEvent {
    pub(crate) fn ready(self) -> Ready {
        Ready::from_word(self.word)
    }
}

pub(crate) struct Source {
    /// What the poller was asked to watch it for.
    pub(crate) watched: Interest,
    readiness: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    /// For the `poll_*` functions.
    read: Pollers,
    write: Pollers,
    /// For the `async` functions: any number of tasks.
    tasks: Vec<Waiter>,
    next_id: u64,
}

struct Waiter {
    id: u64,
    wanted: Ready,
    waker: GuardedWaker,
}

impl Waiters {
    fn pollers(&mut self, direction: Direction) -> &mut Pollers {
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
    pub(crate) fn new(watched: Interest, initial: Ready) -> Self {
        Self {
            watched,
            readiness: AtomicUsize::new(initial.bits()),
            waiters: Mutex::new(Waiters::default()),
        }
    }

    /// The readiness, if there is any of what is wanted.
    pub(crate) fn ready(&self, wanted: Ready) -> Option<ReadyEvent> {
        // Acquire: what the leader did before it set the bits.
        let word = self.readiness.load(Acquire);
        Ready::from_word(word)
            .intersects(wanted)
            .then_some(ReadyEvent { word })
    }

    /// Waits for readiness among those who poll for the direction.
    pub(crate) fn poll_ready(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        let wanted = wanted(direction);
        if let Some(event) = self.ready(wanted) {
            return Poll::Ready(event);
        }
        let mut waiters = self.waiters.lock();
        let displaced = waiters.pollers(direction).add(cx.waker());
        // Under the lock: an event that came before we took it is seen here, one
        // that comes later finds the waker.
        let polled = self.ready(wanted).map_or(Poll::Pending, Poll::Ready);
        drop(waiters);
        // Outside the lock: waking may run anything.
        wake_all(displaced);
        polled
    }

    /// Waits for readiness in a place of its own.
    pub(crate) fn poll_ready_shared(
        &self,
        wanted: Ready,
        place: &mut WaiterId,
        cx: &Context<'_>,
    ) -> Poll<ReadyEvent> {
        if let Some(event) = self.ready(wanted) {
            return Poll::Ready(event);
        }
        let mut waiters = self.waiters.lock();
        let known = place.0;
        let replaced = match waiters.tasks.iter_mut().find(|w| Some(w.id) == known) {
            Some(waiter) if waiter.waker.will_wake(cx.waker()) => None,
            Some(waiter) => Some(mem::replace(&mut waiter.waker, cx.waker().into())),
            None => {
                let id = waiters.next_id;
                waiters.next_id += 1;
                place.0 = Some(id);
                waiters.tasks.push(Waiter {
                    id,
                    wanted,
                    waker: cx.waker().into(),
                });
                None
            }
        };
        let polled = self.ready(wanted).map_or(Poll::Pending, Poll::Ready);
        drop(waiters);
        // Outside the lock: dropping a waker may run a task's destructors.
        drop(replaced);
        polled
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
    pub(crate) fn set_ready(&self, ready: Ready, woken: &mut Vec<GuardedWaker>) {
        let mut word = self.readiness.load(Acquire);
        loop {
            let next = (word | ready.bits()).wrapping_add(TICK_ONE);
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
            if ready.intersects(wanted(direction)) {
                waiters.pollers(direction).take(woken);
            }
        }
        let mut at = 0;
        while let Some(waiter) = waiters.tasks.get(at) {
            if ready.intersects(waiter.wanted) {
                woken.push(waiters.tasks.swap_remove(at).waker);
            } else {
                at += 1;
            }
        }
    }

    /// Forgets readiness that an operation found used up, unless an event has come
    /// since `seen`.
    pub(crate) fn clear(&self, seen: ReadyEvent, used_up: Ready) {
        let mut word = self.readiness.load(Acquire);
        while word / TICK_ONE == seen.word / TICK_ONE {
            match self.readiness.compare_exchange_weak(
                word,
                word & !used_up.bits(),
                AcqRel,
                Acquire,
            ) {
                Ok(_) => return,
                Err(actual) => word = actual,
            }
        }
    }

    /// Calls `f` with whether news are to be asked for of reading, and of writing: where
    /// nothing is known to be ready, because the next to look need not wait (`try_io`), and
    /// where somebody waits. Under the lock, so that of two calls the later one acts last.
    pub(crate) fn with_unknown<R>(&self, f: impl FnOnce(bool, bool) -> R) -> R {
        let waiters = self.waiters.lock();
        let known = Ready::from_word(self.readiness.load(Acquire));
        let any = |ready| waiters.tasks.iter().any(|w| w.wanted.intersects(ready));
        let unknown = |direction| !known.intersects(wanted(direction));
        let read = unknown(Direction::Read) || !waiters.read.is_empty() || any(Ready::READ_CLOSED);
        let write = unknown(Direction::Write) || !waiters.write.is_empty() || any(Ready::WRITABLE);
        f(
            read && self.watched.is_incoming(),
            write && self.watched.is_writable(),
        )
    }
}

/// What a task that wants to go in this direction waits for.
fn wanted(direction: Direction) -> Ready {
    Interest::from(direction).satisfied_by()
}
