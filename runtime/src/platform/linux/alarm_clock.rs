//! The alarm on Linux: a timerfd, which the watchdog reads.

use crate::platform::Alarming;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, read};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::thread;
use std::time::Duration;

/// Any longer time is treated as forever.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// How often setting the timer is attempted. The system has no reason to refuse it, but a filter of
/// system calls may.
const ATTEMPTS: usize = 8;

pub(crate) struct AlarmClock(OwnedFd);

impl AlarmClock {
    /// Sets the timer, or disarms it.
    fn try_set(&self, after: Option<Duration>) -> io::Result<()> {
        let after = match after {
            // Zero would disarm the timer. Ringing too early does no harm.
            Some(after) => after.clamp(Duration::from_nanos(1), LONGEST),
            None => Duration::ZERO,
        };
        let spec = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec::try_from(after).expect("a day fits"),
        };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &spec)?;
        Ok(())
    }
}

impl Alarming for AlarmClock {
    fn new() -> io::Result<Self> {
        // Without NONBLOCK, since the read is the sleep.
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
        let clock = Self(timer);
        // A system that forbids this should report it now. Not by setting a timer, which costs more
        // than everything else here.
        clock.try_set(None)?;
        Ok(clock)
    }

    fn set(&self, after: Duration) {
        // If it cannot be set at the moment, a check that comes too early or too late is the least
        // harm.
        let _is_set = (0..ATTEMPTS).any(|_| self.try_set(Some(after)).is_ok());
    }

    fn wait(&self) {
        let mut expirations = [0; size_of::<u64>()];
        while let Err(error) = read(&self.0, &mut expirations) {
            assert!(error == Errno::INTR, "the timer cannot be read: {error}");
        }
    }

    fn wait_at_most(&self, time: Duration) {
        let timeout = Timespec::try_from(time.min(LONGEST)).expect("a day fits");
        match poll(&mut [PollFd::new(&self.0, PollFlags::IN)], Some(&timeout)) {
            Ok(0) | Err(Errno::INTR) => {}
            // The alarm has rung; the read resets it.
            Ok(_) => self.wait(),
            // A process that has given up its right to open descriptors (an `RLIMIT_NOFILE` of 0,
            // as in a sandbox) may not poll any either.
            Err(_) => thread::sleep(time),
        }
    }
}
