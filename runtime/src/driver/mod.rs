//! The I/O driver: one poller, led by one thread at a time.
//!
//! An idle worker leads: it blocks in the poller and runs what it finds. The
//! watchdog steps in where no worker can. `source` is a registered descriptor; `epoll` and `portable` are two ways to wait, with the
//! same interface.
//!
//! Invariant: only the holder of the leader lock waits in the poller, and it has
//! handed all events of a wait to their sources before it gives the lock up.

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
))]
mod epoll;
#[cfg(all(test, loom))]
mod loom_tests;
#[cfg(any(
    not(any(target_os = "linux", target_os = "android")),
    heist_portable_driver
))]
mod portable;
mod source;

#[cfg(all(
    any(target_os = "linux", target_os = "android"),
    not(heist_portable_driver)
))]
use epoll as backend;
#[cfg(any(
    not(any(target_os = "linux", target_os = "android")),
    heist_portable_driver
))]
use portable as backend;

use crate::io::Ready;
use crate::sync::atomic::{Ordering::SeqCst, fence};
use crate::sync::{Mutex, MutexGuard};
use crate::time::{Clock, TimerShard};
use crate::waking::{GuardedWaker, wake_all};
use slab::Slab;
use std::io;
use std::sync::Arc;
use std::time::Instant;

pub(crate) use backend::SHORT_READ_DRAINS;
pub(crate) use source::{ReadyEvent, Source, WaiterId};

/// Events taken by an idle worker's wait: enough that a burst needs few waits.
const EVENTS_IDLE: usize = 128;

/// Events taken by a busy worker's look: few, so that they do not pile up behind
/// one worker while others could have taken some.
const EVENTS_BUSY: usize = 16;

/// What identifies a descriptor to the system.
#[cfg(unix)]
pub(crate) type RawSource = std::os::fd::RawFd;
/// What identifies a socket to the system.
#[cfg(windows)]
pub(crate) type RawSource = std::os::windows::io::RawSocket;

pub(crate) struct Driver {
    backend: backend::Backend,
    sources: Mutex<Sources>,
    leader: Mutex<backend::Events>,
    /// Timers armed by threads that are not workers; the leader's to watch.
    timers: Arc<TimerShard>,
    clock: Clock,
}

struct Sources {
    registered: Slab<Registered>,
    /// The runtime has ended: nothing is registered any more.
    closed: bool,
}

struct Registered {
    source: Arc<Source>,
    raw: RawSource,
}

/// A source's registration, to be ended with [`Driver::deregister`].
pub(crate) struct Registration {
    pub(crate) source: Arc<Source>,
    key: usize,
    raw: RawSource,
}

impl Driver {
    pub(crate) fn new(clock: Clock) -> io::Result<Self> {
        Ok(Self {
            backend: backend::Backend::new()?,
            sources: Mutex::new(Sources {
                registered: Slab::new(),
                closed: false,
            }),
            leader: Mutex::new(backend::Events::new()),
            timers: Arc::new(TimerShard::new(clock.clone())),
            clock,
        })
    }

    /// Starts to lead, unless somebody does.
    pub(crate) fn try_lead(&self) -> Option<Leader<'_>> {
        let events = self.leader.try_lock()?;
        Some(Leader {
            driver: self,
            events,
        })
    }

    /// Ends the leader's wait.
    pub(crate) fn wake(&self) {
        self.backend
            .wake()
            .expect("the poller's wake-up descriptor takes a write");
    }

    /// The timers of threads that are not workers.
    pub(crate) fn timers(&self) -> &Arc<TimerShard> {
        &self.timers
    }

    /// The clock that this runtime's timers go by.
    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    /// After such a timer became the earliest: makes the leader, if one waits,
    /// look at it.
    pub(crate) fn timer_moved_up(&self) {
        // Pairs with the leader lock: a leader that is not seen here reads the
        // shard's deadline after it took the lock, and so sees the new one.
        fence(SeqCst);
        if self.leader.is_locked() {
            self.wake();
        }
    }

    /// Registers a descriptor for both directions. It starts with `initial`
    /// readiness.
    ///
    /// # Safety
    ///
    /// The descriptor stays open until it has been deregistered.
    pub(crate) unsafe fn register(
        &self,
        raw: RawSource,
        initial: Ready,
    ) -> io::Result<Registration> {
        let source = Arc::new(Source::new(initial));
        let mut sources = self.sources.lock();
        if sources.closed {
            return Err(shut_down());
        }
        let entry = sources.registered.vacant_entry();
        let key = entry.key();
        // SAFETY: open until deregistered, by the contract.
        unsafe { self.backend.register(raw, key)? };
        entry.insert(Registered {
            source: source.clone(),
            raw,
        });
        Ok(Registration { source, key, raw })
    }

    /// Ends a registration. Events for it that are on their way are dropped.
    pub(crate) fn deregister(&self, registration: &Registration) -> io::Result<()> {
        let removed = self.sources.lock().registered.remove(registration.key);
        drop(removed);
        // SAFETY: a registered descriptor is open, by the contract of `register`.
        unsafe { self.backend.deregister(registration.raw) }
    }

    /// Somebody has begun to wait for the source: asks for its events, if the
    /// poller is of the kind that must be asked each time.
    pub(crate) fn rearm(&self, registration: &Registration) -> io::Result<()> {
        if !self.backend.needs_rearm() {
            return Ok(());
        }
        self.ask_again(registration.key, &registration.source, registration.raw)
    }

    fn ask_again(&self, key: usize, source: &Source, raw: RawSource) -> io::Result<()> {
        source.with_awaited(|read, write| {
            // SAFETY: only called for registered descriptors, which are open by the
            // contract of `register`.
            unsafe { self.backend.rearm(raw, key, read, write) }
        })
    }

    /// The runtime ends: wakes everybody who waits for events that will not come.
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

/// What operations on a runtime that has ended answer.
pub(crate) fn shut_down() -> io::Error {
    io::Error::other("the heist runtime this belongs to has shut down")
}

/// The right to wait in the poller.
pub(crate) struct Leader<'a> {
    driver: &'a Driver,
    events: MutexGuard<'a, backend::Events>,
}

impl Leader<'_> {
    /// Blocks until there are events, the deadline (or the earliest of the timers
    /// that are the leader's to watch) has passed, or [`Driver::wake`].
    pub(crate) fn wait(&mut self, deadline: Option<Instant>) {
        // Pairs with the fence in `timer_moved_up`.
        fence(SeqCst);
        let deadline = match (deadline, self.driver.timers.next()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        };
        let waited = self.driver.backend.wait(&mut self.events, deadline);
        self.check(waited);
    }

    /// Takes the events that are there, without blocking.
    pub(crate) fn poll(&mut self) {
        let polled = self.driver.backend.poll(&mut self.events, EVENTS_IDLE);
        self.check(polled);
    }

    /// Whether there are events to be handed over.
    #[cfg(feature = "test-util")]
    pub(crate) fn has_events(&self) -> bool {
        self.events.iter().next().is_some()
    }

    /// As [`poll`](Self::poll), for a worker that has other things to do as well.
    pub(crate) fn poll_few(&mut self) {
        let polled = self.driver.backend.poll(&mut self.events, EVENTS_BUSY);
        self.check(polled);
    }

    /// A wait fails only when the poller's descriptor is broken (closed behind our
    /// back, say). Nothing can be served then, and spinning would hide it.
    fn check(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome {
            panic!("the I/O driver cannot wait for events any more: {error}");
        }
    }

    /// Hands the events to their sources, gives up the lead, and adds whom to wake.
    pub(crate) fn dispatch(mut self, woken: &mut Vec<GuardedWaker>) {
        {
            // Under the lock, so that a key cannot be given to a new source between
            // the look-up and the hand-over. (One reused since the wait costs the
            // new source a needless try, no more.)
            let sources = self.driver.sources.lock();
            for (key, ready) in self.events.iter() {
                let Some(registered) = sources.registered.get(key) else {
                    continue;
                };
                registered.source.set_ready(ready, woken);
                if self.driver.backend.needs_rearm() {
                    // The event ended the asking for both directions. If the
                    // descriptor is bad, whoever waits next is told by `rearm`.
                    let _ = self
                        .driver
                        .ask_again(key, &registered.source, registered.raw);
                }
            }
        }
        self.events.clear();
        drop(self.events);
        // So that whoever looks for sleepers after this sees those that slept
        // because the lead was taken.
        fence(SeqCst);
    }
}
