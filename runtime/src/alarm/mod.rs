//! The alarm that the watchdog sleeps by, and that the workers it watches put off.
//!
//! While everybody makes progress the workers set it later and later, which wakes nobody. When all
//! workers have slept for a while the watchdog sleeps without an alarm, until one wakes and sets
//! it: an idle runtime makes no wake-ups at all.
//!
//! Invariant: the watchdog sleeps without an alarm only if every worker sleeps. It announces that
//! before it looks at the workers, and a worker clears its own sleep before it looks at the
//! announcement; so one of the two sees the other.

#[cfg(all(test, loom))]
mod loom_tests;

use crate::platform::{AlarmClock, Alarming};
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst, fence};
use std::io;
use std::time::Duration;

pub(crate) struct Alarm {
    /// The watchdog sleeps without an alarm, or is about to, until somebody sets it.
    unset: AtomicBool,
    clock: AlarmClock,
}

impl Alarm {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            unset: AtomicBool::new(false),
            clock: AlarmClock::new()?,
        })
    }

    // The watchdog's side.

    /// Sets it to ring after so long.
    pub(crate) fn set(&self, after: Duration) {
        self.clock.set(after);
    }

    /// Sleeps until it rings, if it has not rung already.
    pub(crate) fn wait(&self) {
        self.clock.wait();
    }

    /// Sleeps until it rings, or for so long. The workers cannot put that off.
    pub(crate) fn wait_at_most(&self, time: Duration) {
        self.clock.wait_at_most(time);
    }

    /// Sleeps for as long as it is quiet, that is, all workers sleep; then on until the alarm that
    /// is set when one wakes. `false`: it was not quiet.
    pub(crate) fn sleep_while(&self, quiet: impl Fn() -> bool) -> bool {
        self.unset.store(true, SeqCst);
        // Pairs with the fence in `resume`.
        fence(SeqCst);
        let mut slept = false;
        while self.unset.load(SeqCst) && quiet() {
            slept = true;
            // It may still be set from before.
            self.clock.wait();
        }
        self.unset.store(false, SeqCst);
        slept
    }

    // The workers' side.

    /// A worker has woken, and cleared its mark: checks are needed again, the first after so long.
    pub(crate) fn resume(&self, after: Duration, is_over: impl FnOnce() -> bool) {
        // Pairs with the fence in `sleep_while`, between the announcement and the look at the
        // workers.
        fence(SeqCst);
        let was_unset = self.unset.load(SeqCst) && self.unset.swap(false, SeqCst);
        if was_unset {
            self.postpone(after, is_over);
        }
    }

    /// Puts the next check off until after so long. Not over the alarm that tells of the end:
    /// whether that has come is asked after the alarm was set, and who ends the runtime says so
    /// before it rings.
    pub(crate) fn postpone(&self, after: Duration, is_over: impl FnOnce() -> bool) {
        self.clock.set(after);
        if is_over() {
            self.ring();
        }
    }

    /// Has the watchdog check now.
    pub(crate) fn ring(&self) {
        self.clock.set(Duration::ZERO);
    }
}
