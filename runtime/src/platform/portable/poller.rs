//! Waiting through `polling` alone, on every platform that it supports.
//!
//! Any thread may wake; only the leader waits.

use crate::named_error::NamedError;
use crate::platform::{Batch, MOST_EVENTS, Polling, RawSource};
use crate::readiness::{Interest, Ready};
use polling::{Event, PollMode};
use std::io;
use std::num::NonZeroUsize;
use std::time::{Duration, Instant};

pub(crate) struct Poller {
    poller: polling::Poller,
}

/// The leader's data: the events of the last wait.
pub(crate) struct Events(polling::Events);

impl Batch for Events {
    fn new() -> Self {
        let capacity = const { NonZeroUsize::new(MOST_EVENTS).unwrap() };
        Self(polling::Events::with_capacity(capacity))
    }

    fn clear(&mut self) {
        self.0.clear();
    }

    fn iter(&self) -> impl Iterator<Item = (u64, Ready)> {
        self.0.iter().map(|event| {
            let mut ready = Ready::EMPTY;
            if event.readable {
                ready |= Ready::READABLE;
            }
            if event.writable {
                ready |= Ready::WRITABLE;
            }
            if event.is_err() == Some(true) {
                ready |= Ready::ERROR | Ready::READABLE | Ready::WRITABLE;
            }
            if event.is_priority() {
                ready |= Ready::PRIORITY | Ready::READABLE;
            }
            (event.key as u64, ready)
        })
    }
}

impl Polling for Poller {
    type Events = Events;

    // `polling` reports the end of a stream as part of "readable".
    const SHORT_READ_DRAINS: bool = false;
    const KEY_BITS: u32 = usize::BITS;

    fn new() -> io::Result<Self> {
        Ok(Self {
            poller: polling::Poller::new()?,
        })
    }

    unsafe fn register(&self, raw: RawSource, key: u64, watched: Interest) -> io::Result<()> {
        // SAFETY: the contract is the same.
        let added = unsafe { self.add(raw, key, watched) };
        match added {
            // poll(2) does not forget a descriptor when it is closed. The registered one is gone,
            // and the new one has its number.
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                // SAFETY: open, by the contract.
                self.poller.delete(unsafe { borrow(&raw) })?;
                // SAFETY: the contract is the same.
                unsafe { self.add(raw, key, watched) }
            }
            added => added,
        }
    }

    unsafe fn deregister(&self, raw: RawSource) -> io::Result<()> {
        // SAFETY: still open, by the contract.
        self.poller.delete(unsafe { borrow(&raw) })
    }

    fn needs_rearm(&self) -> bool {
        !self.poller.supports_edge()
    }

    unsafe fn rearm(&self, raw: RawSource, key: u64, read: bool, write: bool) -> io::Result<()> {
        let mut interest = Event::new(carried(key), read, write);
        interest.set_priority(read);
        // SAFETY: still open, by the contract.
        self.poller.modify(unsafe { borrow(&raw) }, interest)
    }

    fn wake(&self) -> io::Result<()> {
        self.poller.notify()
    }

    fn wait(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let left = deadline.map(|deadline| deadline.saturating_duration_since(Instant::now()));
        self.poll_for(events, left)
    }

    // `polling` cannot bound the number of events.
    fn poll(&self, events: &mut Events, _most: usize) -> io::Result<()> {
        self.poll_for(events, Some(Duration::ZERO))
    }
}

impl Poller {
    /// # Safety
    ///
    /// As for [`register`](Polling::register).
    unsafe fn add(&self, raw: RawSource, key: u64, watched: Interest) -> io::Result<()> {
        // SAFETY: deregistered before it is closed, by the contract.
        unsafe {
            if self.needs_rearm() {
                self.poller.add(raw, Event::none(carried(key)))
            } else {
                let (read, write) = (watched.is_incoming(), watched.is_writable());
                let mut interest = Event::new(carried(key), read, write);
                interest.set_priority(read);
                self.poller.add_with_mode(raw, interest, PollMode::Edge)
            }
        }
    }

    fn poll_for(&self, events: &mut Events, timeout: Option<Duration>) -> io::Result<()> {
        let mut timeout = timeout;
        loop {
            events.0.clear();
            let Err(error) = self.poller.wait(&mut events.0, timeout) else {
                return Ok(());
            };
            match error.kind() {
                io::ErrorKind::Interrupted => return Ok(()),
                // The poll(2) backend met a wake-up before its bytes had been written, and returned
                // without clearing its record of it, so that it would accept no other. A second
                // wait, which need not block, clears the record.
                io::ErrorKind::WouldBlock => timeout = Some(Duration::ZERO),
                // poll(2) takes no more descriptors than may be open.
                io::ErrorKind::InvalidInput if self.needs_rearm() => {
                    return Err(NamedError::about(
                        "more descriptors are watched than the limit of open ones (RLIMIT_NOFILE)",
                        error,
                    ));
                }
                _ => return Err(error),
            }
        }
    }
}

/// Returns a key as `polling` carries it. It has no more bits, by `KEY_BITS`.
fn carried(key: u64) -> usize {
    key as usize
}

/// # Safety
///
/// The descriptor must be open for as long as the borrow lives.
#[cfg(unix)]
unsafe fn borrow(raw: &RawSource) -> std::os::fd::BorrowedFd<'_> {
    // SAFETY: by the contract.
    unsafe { std::os::fd::BorrowedFd::borrow_raw(*raw) }
}

/// # Safety
///
/// The socket must be open for as long as the borrow lives.
#[cfg(windows)]
unsafe fn borrow(raw: &RawSource) -> std::os::windows::io::BorrowedSocket<'_> {
    // SAFETY: by the contract.
    unsafe { std::os::windows::io::BorrowedSocket::borrow_raw(*raw) }
}
