//! The open loop: when requests are due, and which connections are free to carry them. A request
//! that finds none waits, and its latency counts from the time it was due.

use std::collections::VecDeque;
use std::io;
use std::time::{Duration, Instant};

use rustix::fd::{AsFd, BorrowedFd, OwnedFd};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};

pub(super) struct Schedule {
    /// Ticks once per request: exact, where a timeout of epoll's is rounded up to milliseconds.
    timer: OwnedFd,
    interval: Duration,
    next_due: Instant,
    due: VecDeque<Instant>,
    /// The connection that has been free for longest comes first, so that all take turns.
    free: VecDeque<usize>,
}

impl Schedule {
    pub(super) fn new(interval: Duration, connections: usize) -> io::Result<Schedule> {
        let flags = TimerfdFlags::CLOEXEC | TimerfdFlags::NONBLOCK;
        Ok(Schedule {
            timer: timerfd_create(TimerfdClockId::Monotonic, flags)?,
            interval,
            next_due: Instant::now(),
            due: VecDeque::new(),
            free: (0..connections).collect(),
        })
    }

    /// Starts the timer, which becomes readable whenever a request is due.
    pub(super) fn start(&mut self) -> io::Result<BorrowedFd<'_>> {
        let interval = Timespec::try_from(self.interval).map_err(io::Error::other)?;
        let every = Itimerspec {
            it_interval: interval,
            it_value: interval,
        };
        self.next_due = Instant::now() + self.interval;
        timerfd_settime(&self.timer, TimerfdTimerFlags::empty(), &every)?;
        Ok(self.timer.as_fd())
    }

    /// Records the requests that have become due.
    pub(super) fn tick(&mut self) -> io::Result<()> {
        let mut ticks = [0; 8];
        rustix::io::read(&self.timer, &mut ticks)?;
        for _ in 0..u64::from_ne_bytes(ticks) {
            self.due.push_back(self.next_due);
            self.next_due += self.interval;
        }
        Ok(())
    }

    /// Records that a connection may carry the next request.
    pub(super) fn free(&mut self, connection: usize) {
        self.free.push_back(connection);
    }

    /// Returns the connection for the next request, and when the request was due.
    pub(super) fn next(&mut self) -> Option<(usize, Instant)> {
        if self.due.is_empty() {
            return None;
        }
        let connection = self.free.pop_front()?;
        self.due.pop_front().map(|due| (connection, due))
    }
}
