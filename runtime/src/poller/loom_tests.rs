//! Models of a source's readiness against its waiters, and of the leader against timers that move
//! up.

use super::Driver;
use super::WaiterId;
use super::source::Source;
use crate::readiness::Direction;
use crate::readiness::{Interest, Ready};
use crate::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use crate::timers::Clock;
use crate::timers::loom_tests::Timer;
use loom::future::block_on;
use loom::sync::Arc;
use loom::thread;
use std::future::poll_fn;
use std::task::{Context, Poll, Waker};

/// A socket: bytes in the kernel, and the runtime's view of its readiness.
struct Socket {
    bytes: AtomicUsize,
    source: Source,
}

impl Socket {
    fn new(initial: Ready) -> Arc<Self> {
        Arc::new(Self {
            bytes: AtomicUsize::new(0),
            source: Source::new(Interest::BOTH, initial),
        })
    }

    /// Receives data, and reports the event as the leader does.
    fn receive(&self) {
        // Relaxed: the event publishes it.
        self.bytes.fetch_add(1, Relaxed);
        let mut woken = Vec::new();
        self.source.set_ready(Ready::READABLE, &mut woken);
        for waker in woken {
            waker.wake();
        }
    }

    /// Reads as `AsyncFd::attempt` does: waits, tries and clears until the read succeeds.
    fn poll_read(&self, place: Option<&mut WaiterId>, cx: &Context<'_>) -> Poll<()> {
        let mut place = place;
        loop {
            let event = match place.as_deref_mut() {
                Some(place) => {
                    let wanted = Interest::READABLE.ready_mask();
                    self.source.poll_ready_shared(wanted, place, cx)
                }
                None => self.source.poll_ready(Direction::Read, cx),
            };
            let Poll::Ready(event) = event else {
                return Poll::Pending;
            };
            let took = self
                .bytes
                .fetch_update(Relaxed, Relaxed, |n| n.checked_sub(1));
            match took {
                Ok(_) => return Poll::Ready(()),
                Err(_) => self.source.clear(event, Ready::READABLE),
            }
        }
    }

    fn read(&self) {
        block_on(poll_fn(|cx| self.poll_read(None, cx)));
    }

    fn read_shared(&self) {
        let mut place = WaiterId::default();
        block_on(poll_fn(|cx| self.poll_read(Some(&mut place), cx)));
        // The event has emptied the place, so nothing has to be removed.
        assert!(!place.is_taken());
    }
}

/// An event that comes at any moment of a read reaches the reader, even between the failed attempt
/// and the clearing.
#[test]
fn event_against_waiting_reader() {
    loom::model(|| {
        let socket = Socket::new(Ready::READABLE);
        let reader = {
            let socket = socket.clone();
            thread::spawn(move || socket.read())
        };
        socket.receive();
        reader.join().unwrap();
    });
}

/// A task that has read in a place of its own leaves no waker behind, though it takes no lock to
/// remove it.
#[test]
fn an_event_empties_the_place_that_it_wakes() {
    loom::model(|| {
        let socket = Socket::new(Ready::EMPTY);
        let reader = {
            let socket = socket.clone();
            thread::spawn(move || {
                socket.read_shared();
                assert!(!socket.source.is_awaited());
            })
        };
        socket.receive();
        reader.join().unwrap();
    });
}

/// Two events, two reads: the clearing after one event does not swallow the other.
#[test]
fn two_events_against_a_reader() {
    loom::model(|| {
        let socket = Socket::new(Ready::EMPTY);
        let reader = {
            let socket = socket.clone();
            thread::spawn(move || {
                socket.read();
                socket.read();
            })
        };
        socket.receive();
        socket.receive();
        reader.join().unwrap();
    });
}

/// Tasks that wait for the same source are each woken.
#[test]
fn event_against_two_waiting_tasks() {
    let mut builder = loom::model::Builder::new();
    builder.preemption_bound = Some(2);
    builder.check(|| {
        let socket = Socket::new(Ready::EMPTY);
        let readers: Vec<_> = (0..2)
            .map(|_| {
                let socket = socket.clone();
                thread::spawn(move || socket.read_shared())
            })
            .collect();
        socket.receive();
        socket.receive();
        for reader in readers {
            reader.join().unwrap();
        }
    });
}

/// The leader sees a timer armed by another thread: in the deadline it waits for, or by a wake-up.
#[test]
fn timer_against_leader() {
    loom::model(|| {
        let driver = Arc::new(Driver::new(Clock).unwrap());
        let leading = {
            let driver = driver.clone();
            thread::spawn(move || {
                let mut leader = driver.try_lead().expect("nobody else leads");
                leader.wait(None);
            })
        };
        let timer = Timer::new(driver.timers(), 1);
        if timer.arm(Waker::noop().clone()) {
            driver.timer_moved_up();
        }
        leading.join().unwrap();
    });
}
