//! One registered source of events: its cached readiness and who waits for it.
//!
//! The leader sets readiness, tasks read and clear it, from any thread. See
//! `PROTOCOL.md` beside this file.
//!
//! Invariant: the leader takes the wakers *before* it sets readiness, and a task that found none
//! looks again *before* it leaves its waker, both under the lock; so an event that comes too late
//! for the look finds the waker. And whoever waits in a place of its own and sees readiness has
//! been taken out of it.

use super::places::{Places, WaiterId};
use super::pollers::Pollers;
use crate::poller::{Direction, Interest, Ready};
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use crate::sync::{Mutex, Rank};
use crate::waking::{GuardedWaker, wake_all};
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
    places: Places,
}

impl Waiters {
    fn pollers(&mut self, direction: Direction) -> &mut Pollers {
        match direction {
            Direction::Read => &mut self.read,
            Direction::Write => &mut self.write,
        }
    }
}

impl Source {
    pub(crate) fn new(watched: Interest, initial: Ready) -> Self {
        Self {
            watched,
            readiness: AtomicUsize::new(initial.bits()),
            waiters: Mutex::ranked(Rank::SourceWaiters, Waiters::default()),
        }
    }

    /// The readiness, if there is any of what is wanted.
    #[inline]
    pub(crate) fn ready(&self, wanted: Ready) -> Option<ReadyEvent> {
        // Acquire: what the leader did before it set the bits.
        let word = self.readiness.load(Acquire);
        Ready::from_word(word)
            .intersects(wanted)
            .then_some(ReadyEvent { word })
    }

    /// Waits for readiness among those who poll for the direction.
    #[inline]
    pub(crate) fn poll_ready(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        match self.ready(wanted(direction)) {
            Some(event) => Poll::Ready(event),
            None => self.wait(direction, cx),
        }
    }

    fn wait(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        // Cloned, and dropped, outside the lock: that may run anything.
        let waker = GuardedWaker::from(cx.waker());
        let mut waiters = self.waiters.lock();
        // Under the lock: an event that came before we took it is seen here, one
        // that comes later finds the waker.
        if let Some(event) = self.ready(wanted(direction)) {
            return Poll::Ready(event);
        }
        let pollers = waiters.pollers(direction);
        if pollers.know(cx.waker()) {
            return Poll::Pending;
        }
        let displaced = pollers.add(waker);
        drop(waiters);
        // Outside the lock: waking may run anything.
        wake_all(displaced);
        Poll::Pending
    }

    /// Waits for readiness in a place of its own, for the same readiness each time.
    #[inline]
    pub(crate) fn poll_ready_shared(
        &self,
        wanted: Ready,
        place: &mut WaiterId,
        cx: &Context<'_>,
    ) -> Poll<ReadyEvent> {
        match self.ready_by_event(wanted, place) {
            Some(event) => Poll::Ready(event),
            None => self.wait_in(place, wanted, cx),
        }
    }

    fn wait_in(&self, place: &mut WaiterId, wanted: Ready, cx: &Context<'_>) -> Poll<ReadyEvent> {
        // If it is there its event has not come, or would have taken it.
        if place.is_taken() && self.waiters.lock().places.holds(place, cx.waker()) {
            return Poll::Pending;
        }
        // As in `wait`.
        let waker = GuardedWaker::from(cx.waker());
        let mut waiters = self.waiters.lock();
        if let Some(event) = self.ready_by_event(wanted, place) {
            return Poll::Ready(event);
        }
        let unused = waiters.places.wait(place, wanted, waker);
        drop(waiters);
        drop(unused);
        Poll::Pending
    }

    /// The readiness, if there is any of what is wanted. Then the event that brought it has emptied
    /// the place, if it was taken: it was taken while there was none.
    #[inline]
    fn ready_by_event(&self, wanted: Ready, place: &mut WaiterId) -> Option<ReadyEvent> {
        let event = self.ready(wanted)?;
        place.was_woken();
        Some(event)
    }

    /// Gives up a waiter's place.
    #[inline]
    pub(crate) fn forget(&self, place: &mut WaiterId) {
        if place.is_taken() {
            self.leave(place);
        }
    }

    fn leave(&self, place: &mut WaiterId) {
        let waker = self.waiters.lock().places.leave(place);
        // Outside the lock: dropping a waker may run a task's destructors.
        drop(waker);
    }

    /// Takes the wakers of those who wait for this readiness, and adds it.
    pub(crate) fn set_ready(&self, ready: Ready, woken: &mut Vec<GuardedWaker>) {
        let mut waiters = self.waiters.lock();
        for direction in [Direction::Read, Direction::Write] {
            if ready.intersects(wanted(direction)) {
                waiters.pollers(direction).take(woken);
            }
        }
        waiters.places.take(ready, woken);
        let mut word = self.readiness.load(Relaxed);
        loop {
            let next = (word | ready.bits()).wrapping_add(TICK_ONE);
            // Release: the task sees what came before the event.
            match self
                .readiness
                .compare_exchange_weak(word, next, AcqRel, Relaxed)
            {
                Ok(_) => break,
                Err(actual) => word = actual,
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
        let any = |ready| waiters.places.want(ready);
        let unknown = |direction| !known.intersects(wanted(direction));
        let read = unknown(Direction::Read) || !waiters.read.is_empty() || any(Ready::READ_CLOSED);
        let write = unknown(Direction::Write) || !waiters.write.is_empty() || any(Ready::WRITABLE);
        f(
            read && self.watched.is_incoming(),
            write && self.watched.is_writable(),
        )
    }

    /// Whether anybody waits in a place of its own.
    #[cfg(all(test, loom))]
    pub(super) fn is_awaited(&self) -> bool {
        let everything = Ready::ALL | Ready::SHUTDOWN | Ready::URGENT;
        self.waiters.lock().places.want(everything)
    }
}

/// What a task that wants to go in this direction waits for.
#[inline]
fn wanted(direction: Direction) -> Ready {
    Interest::from(direction).satisfied_by()
}
