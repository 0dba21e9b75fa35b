//! The I/O driver: one poller, led by one thread at a time.
//!
//! An idle worker leads: it blocks in the poller and runs the tasks that the events wake. The
//! watchdog steps in when no worker can. `source` is a registered descriptor, `key` identifies it
//! in its events. How the leader waits is up to the platform.
//!
//! Invariant: only the holder of the lead waits in the poller, and it has handed all events of a
//! wait to their sources before it releases the lead.

mod key;
mod lead;
#[cfg(all(test, loom))]
mod loom_tests;
mod places;
mod pollers;
mod short_count;
mod source;
#[cfg(all(test, unix, not(loom)))]
mod tests;

use crate::platform::{
    Batch, Events, ForkDetecting, ForkDetector, MOST_EVENTS, Poller, Polling, RawSource,
};
use crate::readiness::{Interest, Ready};
use crate::shutdown_error::shut_down;
use crate::sync::atomic::{Ordering::SeqCst, fence};
use crate::sync::{Mutex, Rank};
use crate::timers::{Clock, TimerShard};
use crate::waking::{GuardedWaker, wake_all};
use slab::Slab;
use std::io;
use std::sync::Arc;
use std::time::Instant;

use key::Key;
use lead::Held;
pub(crate) use lead::Lead;
pub(crate) use places::WaiterId;
pub(crate) use short_count::KnownKind;
pub use short_count::{Kind, Moved};
pub(crate) use source::{ReadyEvent, Source};

/// Number of events that a busy worker takes at once: few, so that they do not pile up behind one
/// worker while others could have taken some.
const EVENTS_BUSY: usize = 16;

/// On lines of its own (128 bytes: two, as adjacent lines are prefetched together), as workers that
/// look for events write it all the time, and what is beside it all of them read at each spawn.
#[repr(align(128))]
pub(crate) struct Driver {
    poller: Poller,
    sources: Mutex<Sources>,
    leader: Lead<Events>,
    /// Timers armed by threads that are not workers. The leader watches them.
    timers: Arc<TimerShard>,
    clock: Clock,
    fork_detector: ForkDetector,
}

struct Sources {
    registered: Slab<Registered>,
    /// Number of registrations so far.
    serial: u64,
    /// The runtime has shut down: nothing is registered any more.
    closed: bool,
}

impl Sources {
    /// Returns the source that an event is for, unless it has been removed. Its slot may have been
    /// given to another source since.
    fn get(&self, key: Key) -> Option<&Registered> {
        let registered = self.registered.get(key.place())?;
        (registered.key == key).then_some(registered)
    }
}

struct Registered {
    key: Key,
    source: Arc<Source>,
    raw: RawSource,
}

/// A source's registration, to be ended by [`Driver::deregister`].
pub(crate) struct Registration {
    pub(crate) source: Arc<Source>,
    key: Key,
    raw: RawSource,
}

impl Driver {
    pub(crate) fn new(clock: Clock) -> io::Result<Self> {
        Ok(Self {
            poller: Poller::new()?,
            sources: Mutex::ranked(
                Rank::Sources,
                Sources {
                    registered: Slab::new(),
                    serial: 0,
                    closed: false,
                },
            ),
            leader: Lead::new(Events::new()),
            timers: Arc::new(TimerShard::new(clock.clone())),
            clock,
            fork_detector: ForkDetector::new(),
        })
    }

    /// Returns whether this process is a child that was forked from the runtime's process.
    pub(crate) fn is_forked_child(&self) -> bool {
        self.fork_detector.is_forked_child()
    }

    /// Takes the lead, unless another thread has it.
    pub(crate) fn try_lead(&self) -> Option<Leader<'_>> {
        let events = self.leader.try_take()?;
        Some(Leader {
            driver: self,
            events,
        })
    }

    /// Ends the leader's wait.
    pub(crate) fn wake(&self) {
        self.poller
            .wake()
            .expect("the poller's wake-up descriptor takes a write");
    }

    /// The timers of threads that are not workers.
    pub(crate) fn timers(&self) -> &Arc<TimerShard> {
        &self.timers
    }

    /// The clock that this runtime's timers use.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// Must be called after such a timer has become the earliest. If a leader is waiting, wakes it
    /// to read the new deadline.
    pub(crate) fn timer_moved_up(&self) {
        // Pairs with the fence in `wait`: a leader that is not seen here reads the shard's deadline
        // after it took the lead, and therefore sees the new one.
        fence(SeqCst);
        if self.leader.is_taken() {
            self.wake();
        }
    }

    /// Registers a descriptor to be watched for `watched`, with `initial` as its readiness.
    ///
    /// # Safety
    ///
    /// The descriptor must stay open until it has been deregistered.
    pub(crate) unsafe fn register(
        &self,
        raw: RawSource,
        watched: Interest,
        initial: Ready,
    ) -> io::Result<Registration> {
        let source = Arc::new(Source::new(watched, initial));
        let mut sources = self.sources.lock();
        if sources.closed {
            return Err(shut_down());
        }
        sources.serial += 1;
        let serial = sources.serial;
        let entry = sources.registered.vacant_entry();
        let key = Key::new(entry.key(), serial, Poller::KEY_BITS)?;
        // SAFETY: open until deregistered, by the contract.
        unsafe { self.poller.register(raw, key.bits(), watched)? };
        entry.insert(Registered {
            key,
            source: source.clone(),
            raw,
        });
        Ok(Registration { source, key, raw })
    }

    /// Ends a registration. Events for it that are still in flight are dropped.
    ///
    /// `now` is the owner's current descriptor. If it differs from the registered one, the
    /// registered number may belong to anything by now and is left alone; the system removes a
    /// descriptor from the poller when it is closed.
    ///
    /// Does nothing in a forked child: the poller belongs to the parent, which still has the
    /// descriptor open.
    pub(crate) fn deregister(&self, registration: &Registration, now: RawSource) -> io::Result<()> {
        if self.is_forked_child() {
            return Ok(());
        }
        let place = registration.key.place();
        let removed = self.sources.lock().registered.remove(place);
        drop(removed);
        if registration.raw != now {
            return Ok(());
        }
        // SAFETY: the owner has a descriptor of that number, so it is open.
        unsafe { self.poller.deregister(registration.raw) }
    }

    /// Requests the source's next events, if the poller must be rearmed each time. To be called
    /// when a task has begun to wait, or readiness was cleared.
    ///
    /// `now` is the owner's current descriptor. If it differs from the registered one, the
    /// registered number may belong to anything by now and is left alone.
    #[inline]
    pub(crate) fn rearm(
        &self,
        registration: &Registration,
        now: impl FnOnce() -> RawSource,
    ) -> io::Result<()> {
        if !self.poller.needs_rearm() || registration.raw != now() {
            return Ok(());
        }
        self.request_events(registration.key, &registration.source, registration.raw)
    }

    /// Clears readiness that an operation found used up, unless an event has come since `seen`, and
    /// requests the next event if the poller must be rearmed.
    #[inline]
    pub(crate) fn clear(
        &self,
        registration: &Registration,
        now: impl FnOnce() -> RawSource,
        seen: ReadyEvent,
        used_up: Ready,
    ) {
        registration.source.clear(seen, used_up);
        // If the descriptor is bad, the next task that waits gets the error.
        let _ = self.rearm(registration, now);
    }

    fn request_events(&self, key: Key, source: &Source, raw: RawSource) -> io::Result<()> {
        source.with_unknown(|read, write| {
            // SAFETY: only called for registered descriptors, which are open by the contract of
            // `register`.
            unsafe { self.poller.rearm(raw, key.bits(), read, write) }
        })
    }

    /// Hands events to their sources, and appends the wakers of the waiting tasks to `woken`.
    fn deliver(&self, events: &Events, woken: &mut Vec<GuardedWaker>) {
        // Holding the lock keeps the descriptor registered, and therefore open, while it is
        // rearmed.
        let sources = self.sources.lock();
        for (key, ready) in events.iter() {
            let Some(registered) = sources.get(Key::from_bits(key)) else {
                continue;
            };
            registered.source.set_ready(ready, woken);
            if self.poller.needs_rearm() {
                // The event has disarmed both directions. If the descriptor is bad, the next task
                // that waits gets the error from `rearm`.
                let _ = self.request_events(registered.key, &registered.source, registered.raw);
            }
        }
    }

    /// Shuts the driver down: wakes all tasks that wait for events, since none will come any more.
    pub(crate) fn close(&self) {
        let mut woken = Vec::new();
        {
            let mut sources = self.sources.lock();
            sources.closed = true;
            for (_, registered) in &sources.registered {
                registered.source.set_ready(Ready::SHUTDOWN, &mut woken);
            }
        }
        wake_all(woken);
    }
}

/// The right to wait in the poller.
pub(crate) struct Leader<'a> {
    driver: &'a Driver,
    events: Held<'a, Events>,
}

impl Leader<'_> {
    /// Blocks until there are events, [`Driver::wake`] is called, or the deadline or the earliest
    /// of the timers that the leader watches has passed.
    pub(crate) fn wait(&mut self, deadline: Option<Instant>) {
        // Pairs with the fence in `timer_moved_up`.
        fence(SeqCst);
        let deadline = match (deadline, self.driver.timers.next()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let poller = &self.driver.poller;
        let waited = self.events.with(|events| poller.wait(events, deadline));
        self.check(waited);
    }

    /// Takes the events that are ready, without blocking.
    pub(crate) fn poll(&mut self) {
        self.poll_at_most(MOST_EVENTS);
    }

    /// Returns whether there are events to be handed over.
    #[cfg(feature = "test-util")]
    pub(crate) fn has_events(&mut self) -> bool {
        self.events.with(|events| events.iter().next().is_some())
    }

    /// Like [`poll`](Self::poll), for a worker that has other work to do as well.
    pub(crate) fn poll_few(&mut self) {
        self.poll_at_most(EVENTS_BUSY);
    }

    fn poll_at_most(&mut self, most: usize) {
        let poller = &self.driver.poller;
        let polled = self.events.with(|events| poller.poll(events, most));
        self.check(polled);
    }

    /// Panics if a wait failed. It fails only when the poller's descriptor is broken, for example
    /// because it was closed by other code. No task can be served then, and spinning would hide it.
    fn check(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            panic!("the I/O driver cannot wait for events any more: {error}");
        }
    }

    /// Hands the events to their sources, releases the lead, and appends the wakers of the waiting
    /// tasks to `woken`.
    pub(crate) fn dispatch(mut self, woken: &mut Vec<GuardedWaker>) {
        let driver = self.driver;
        self.events.with(|events| {
            driver.deliver(events, woken);
            events.clear();
        });
        drop(self.events);
        // A thread that looks for sleepers after this fence sees those that went to sleep because
        // the lead was taken.
        fence(SeqCst);
    }
}
