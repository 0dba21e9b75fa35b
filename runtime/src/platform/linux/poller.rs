//! Waiting on Linux: epoll itself, where `polling` would take three to five system calls for one.
//!
//! Wake-ups come from an eventfd and deadlines from a timerfd. Both are registered edge-triggered
//! and never read: each write or expiry is a new edge. The timerfd is created when it is first
//! needed, which in a short-lived runtime is never.
//!
//! Any thread may wake; only the leader waits.

use crate::platform::{Batch, MOST_EVENTS, Polling, RawSource};
use crate::readiness::{Interest, Ready};
use rustix::event::epoll::{self, EventData, EventFlags as Flags};
use rustix::event::{EventfdFlags, eventfd};
use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::io::Errno;
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::mem::MaybeUninit;
use std::sync::OnceLock;
use std::time::Instant;

/// Keys that no source can have.
const WAKE_KEY: u64 = u64::MAX - 1;
const TIMER_KEY: u64 = u64::MAX - 2;

pub(crate) struct Poller {
    wake: OwnedFd,
    timer: OnceLock<OwnedFd>,
    /// Last, so that it goes after the descriptors registered with it.
    epoll: OwnedFd,
}

/// The leader's data: the events of the last wait, and the armed deadline.
pub(crate) struct Events {
    ready: Box<[(u64, Ready); MOST_EVENTS]>,
    /// Number of events that the last wait returned.
    count: usize,
    /// When the timerfd expires.
    armed: Option<Instant>,
}

impl Batch for Events {
    fn new() -> Self {
        Self {
            ready: Box::new([(WAKE_KEY, Ready::EMPTY); MOST_EVENTS]),
            count: 0,
            armed: None,
        }
    }

    fn clear(&mut self) {
        self.count = 0;
    }

    /// Includes the poller's own events, whose keys no source has.
    fn iter(&self) -> impl Iterator<Item = (u64, Ready)> {
        self.ready[..self.count].iter().copied()
    }
}

impl Polling for Poller {
    type Events = Events;

    // The end of the stream and urgent data are reported separately from ordinary data.
    const SHORT_READ_DRAINS: bool = true;
    const KEY_BITS: u32 = u64::BITS;

    fn new() -> io::Result<Self> {
        let epoll = epoll::create(epoll::CreateFlags::CLOEXEC)?;
        let wake = eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?;
        add(&epoll, &wake, WAKE_KEY, Flags::IN)?;
        Ok(Self {
            wake,
            timer: OnceLock::new(),
            epoll,
        })
    }

    unsafe fn register(&self, raw: RawSource, key: u64, watched: Interest) -> io::Result<()> {
        // SAFETY: open, by the contract.
        let fd = unsafe { BorrowedFd::borrow_raw(raw) };
        Ok(add(&self.epoll, fd, key, flags(watched))?)
    }

    unsafe fn deregister(&self, raw: RawSource) -> io::Result<()> {
        // SAFETY: still open, by the contract.
        let fd = unsafe { BorrowedFd::borrow_raw(raw) };
        Ok(epoll::delete(&self.epoll, fd)?)
    }

    fn wake(&self) -> io::Result<()> {
        let notify = || rustix::io::write(&self.wake, &1_u64.to_ne_bytes());
        match rustix::io::retry_on_intr(notify) {
            // The counter is full, so a wake-up is pending already, and the next wait sees it.
            Ok(_) | Err(Errno::AGAIN) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    fn wait(&self, events: &mut Events, deadline: Option<Instant>) -> io::Result<()> {
        let left = deadline.and_then(|deadline| self.arm(events, deadline).err());
        Ok(self.epoll(events, MOST_EVENTS, left.as_ref())?)
    }

    fn poll(&self, events: &mut Events, most: usize) -> io::Result<()> {
        Ok(self.epoll(events, most, Some(&Timespec::default()))?)
    }
}

impl Poller {
    fn epoll(
        &self,
        events: &mut Events,
        most: usize,
        timeout: Option<&Timespec>,
    ) -> rustix::io::Result<()> {
        events.clear();
        let mut buffer = [MaybeUninit::uninit(); MOST_EVENTS];
        let came = match epoll::wait(&self.epoll, &mut buffer[..most], timeout) {
            Ok((came, _)) => came,
            Err(Errno::INTR) => return Ok(()),
            Err(error) => return Err(error),
        };
        events.count = came.len();
        for (event, ready) in came.iter().zip(events.ready.iter_mut()) {
            let key = event.data.u64();
            if key == TIMER_KEY {
                events.armed = None;
            }
            *ready = (key, readiness(event.flags));
        }
        Ok(())
    }

    /// Makes the timer expire no later than the deadline. A timer that expires earlier is left
    /// alone: an occasional early wake-up costs less than a system call for each wait.
    ///
    /// # Errors
    ///
    /// If the timer cannot be created or set, for lack of descriptors or because of a system call
    /// filter, returns how long to wait without it, late by a millisecond at most.
    fn arm(&self, events: &mut Events, deadline: Instant) -> Result<(), Timespec> {
        if events.armed.is_some_and(|armed| armed <= deadline) {
            return Ok(());
        }
        let left = deadline.saturating_duration_since(Instant::now());
        let mut value = Timespec::try_from(left).unwrap_or(Timespec {
            tv_sec: i64::MAX,
            tv_nsec: 0,
        });
        if left.is_zero() {
            // Zero would disarm it.
            value.tv_nsec = 1;
        }
        let spec = Itimerspec {
            it_interval: Timespec::default(),
            it_value: value,
        };
        let timer = self.timer().map_err(|_| value)?;
        timerfd_settime(timer, TimerfdTimerFlags::empty(), &spec).map_err(|_| value)?;
        events.armed = Some(deadline);
        Ok(())
    }

    fn timer(&self) -> io::Result<&OwnedFd> {
        if let Some(timer) = self.timer.get() {
            return Ok(timer);
        }
        let timer = timerfd_create(
            TimerfdClockId::Monotonic,
            TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK,
        )?;
        add(&self.epoll, &timer, TIMER_KEY, Flags::IN)?;
        Ok(self.timer.get_or_init(|| timer))
    }
}

/// Watches a descriptor, edge-triggered.
fn add(epoll: &OwnedFd, fd: impl AsFd, key: u64, flags: Flags) -> rustix::io::Result<()> {
    epoll::add(epoll, fd, EventData::new_u64(key), flags | Flags::ET)
}

/// Returns the events to watch for. `HUP` and `ERR` are reported in any case.
fn flags(watched: Interest) -> Flags {
    let mut flags = Flags::empty();
    if watched.is_readable() {
        // Urgent data decides where a read stops.
        flags |= Flags::IN | Flags::RDHUP | Flags::PRI;
    }
    if watched.is_priority() {
        flags |= Flags::PRI;
    }
    if watched.is_writable() {
        flags |= Flags::OUT;
    }
    flags
}

fn readiness(flags: Flags) -> Ready {
    let mut ready = Ready::EMPTY;
    if flags.contains(Flags::IN) {
        ready |= Ready::READABLE;
    }
    if flags.contains(Flags::OUT) {
        ready |= Ready::WRITABLE;
    }
    if !flags.intersects(Flags::PRI | Flags::RDHUP | Flags::HUP | Flags::ERR) {
        // The usual case.
        return ready;
    }
    if flags.contains(Flags::PRI) {
        ready |= Ready::READABLE | Ready::URGENT | Ready::PRIORITY;
    }
    if flags.contains(Flags::RDHUP) {
        ready |= Ready::READ_CLOSED;
    }
    if flags.contains(Flags::HUP) {
        ready |= Ready::READ_CLOSED | Ready::WRITE_CLOSED;
    }
    if flags.contains(Flags::ERR) {
        // The next operation, whichever it is, will report it.
        ready |= Ready::ERROR | Ready::READABLE | Ready::WRITABLE;
    }
    ready
}
