//! The alarm on Linux: a timer of the system's, which the watchdog reads.

use crate::platform::Alarming;
use rustix::event::{PollFd, PollFlags, poll};
use rustix::fd::OwnedFd;
use rustix::io::{Errno, read};
use rustix::time::{
    Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
    timerfd_settime,
};
use std::io;
use std::time::Duration;

/// Longer than this is for ever.
const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

pub(crate) struct AlarmClock(OwnedFd);

impl Alarming for AlarmClock {
    fn new() -> io::Result<Self> {
        // Without NONBLOCK: the read is the sleep.
        let timer = timerfd_create(TimerfdClockId::Monotonic, TimerfdFlags::CLOEXEC)?;
        Ok(Self(timer))
    }

    fn set(&self, after: Duration) {
        // Zero would turn it off. One that rings too soon does no harm.
        let after = after.clamp(Duration::from_nanos(1), LONGEST);
        let spec = Itimerspec {
            it_interval: Timespec::default(),
            it_value: Timespec::try_from(after).expect("a day fits"),
        };
        timerfd_settime(&self.0, TimerfdTimerFlags::empty(), &spec)
            .expect("the timer is there and takes any time");
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
            // It has rung, and is to ring no more.
            Ok(_) => self.wait(),
            Err(error) => panic!("the timer cannot be waited for: {error}"),
        }
    }
}
