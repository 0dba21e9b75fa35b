//! A registered source of events: its cached readiness and the tasks that wait for it.
//!
//! The leader sets readiness; tasks on any thread read and clear it. See `PROTOCOL.md` in this
//! directory.
//!
//! Invariant: under the lock, the leader takes the wakers *before* it sets readiness, and a task
//! that saw no readiness checks again *before* it stores its waker. An event that comes too late
//! for this check therefore finds the waker. When a task that waits in a place of its own sees
//! readiness, its waker has been taken out of that place.

use super::places::{Places, WaiterId};
use super::pollers::Pollers;
use crate::readiness::{Direction, Interest, Ready};
use crate::sync::atomic::{
    AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed},
};
use crate::sync::{Mutex, Rank};
use crate::waking::{GuardedWaker, wake_all};
use std::task::{Context, Poll};

/// The word holds the readiness in its low bits and, above, a tick that counts events, so that a
/// clearing can be refused when an event has come in between.
const TICK_ONE: usize = 1 << Ready::BITS;

/// A snapshot of the readiness, to be passed to [`Source::clear`].
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
    /// The interest that the poller was asked to watch.
    pub(crate) watched: Interest,
    readiness: AtomicUsize,
    waiters: Mutex<Waiters>,
}

#[derive(Default)]
struct Waiters {
    /// Wakers that were passed to the `poll_*` functions.
    read: Pollers,
    write: Pollers,
    /// Any number of tasks that wait in `async` functions.
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

    /// Returns the readiness, if it has any of the wanted bits.
    #[inline]
    pub(crate) fn ready(&self, wanted: Ready) -> Option<ReadyEvent> {
        // Acquire: sees everything that the leader did before it set the bits.
        let word = self.readiness.load(Acquire);
        Ready::from_word(word)
            .intersects(wanted)
            .then_some(ReadyEvent { word })
    }

    /// Waits for readiness of a direction, as one of the callers of the `poll_*` functions.
    #[inline]
    pub(crate) fn poll_ready(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        match self.ready(wanted(direction)) {
            Some(event) => Poll::Ready(event),
            None => self.wait(direction, cx),
        }
    }

    fn wait(&self, direction: Direction, cx: &Context<'_>) -> Poll<ReadyEvent> {
        // Cloned and dropped outside the lock, since both may run arbitrary code.
        let waker = GuardedWaker::from(cx.waker());
        let mut waiters = self.waiters.lock();
        // Checked under the lock: an event that came before it was taken is seen here, and a later
        // one finds the waker.
        if let Some(event) = self.ready(wanted(direction)) {
            return Poll::Ready(event);
        }
        let pollers = waiters.pollers(direction);
        if pollers.contains(cx.waker()) {
            return Poll::Pending;
        }
        let displaced = pollers.add(waker);
        drop(waiters);
        // Outside the lock, since waking may run arbitrary code.
        wake_all(displaced);
        Poll::Pending
    }

    /// Waits for readiness in a place of its own. Each call must want the same readiness.
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
        // If the waker is still in its place, no event that it waits for has come: the event would
        // have taken it.
        if place.is_taken() && self.waiters.lock().places.holds(place, cx.waker()) {
            return Poll::Pending;
        }
        // Outside the lock, as in `wait`.
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

    /// Returns the readiness, if it has any of the wanted bits. A waker was stored in the place
    /// only while there was none, so the event that brought the readiness has emptied the place.
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

    /// Takes the wakers of the tasks that wait for this readiness, and adds it.
    pub(crate) fn set_ready(&self, ready: Ready, woken: &mut Vec<GuardedWaker>) {
        let mut waiters = self.waiters.lock();
        for direction in [Direction::Read, Direction::Write] {
            if ready.intersects(wanted(direction)) {
                waiters.pollers(direction).take(woken);
            }
        }
        waiters.places.take(ready, woken);
        let add = |word: usize| Some((word | ready.bits()).wrapping_add(TICK_ONE));
        // Release: a task that sees the bits also sees what happened before the event.
        let _ = self.readiness.fetch_update(AcqRel, Relaxed, add);
    }

    /// Clears readiness that an operation found used up, unless an event has come since `seen`.
    #[inline]
    pub(crate) fn clear(&self, seen: ReadyEvent, used_up: Ready) {
        let clear = |word: usize| {
            let is_unchanged = word / TICK_ONE == seen.word / TICK_ONE;
            is_unchanged.then_some(word & !used_up.bits())
        };
        let _ = self.readiness.fetch_update(AcqRel, Acquire, clear);
    }

    /// Calls `f` with whether to request events for reading, and for writing. They are requested
    /// where nothing is known to be ready, because the next attempt may not wait (`try_io`), and
    /// where a task waits. Runs under the lock, so that of two calls the later one takes effect
    /// last.
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

    /// Returns whether any task waits in a place of its own.
    #[cfg(all(test, loom))]
    pub(super) fn is_awaited(&self) -> bool {
        let everything = Ready::ALL | Ready::SHUTDOWN | Ready::URGENT;
        self.waiters.lock().places.want(everything)
    }
}

/// Returns the readiness that ends a wait for this direction.
#[inline]
fn wanted(direction: Direction) -> Ready {
    Interest::from(direction).ready_mask()
}
