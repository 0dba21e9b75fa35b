//! The driver thread: looks after the workers about once a millisecond, while
//! any of them is awake and none sees to it that all get on.
//!
//! A worker that sees all others get on puts the next look off (`roll_call` in the
//! scheduler), so that while everybody behaves this thread hardly ever runs. When all
//! workers have slept for a while it sleeps too, for good, until one wakes: an idle
//! runtime makes no wake-ups at all.
//!
//! Invariant: it sleeps without an alarm only if every worker sleeps. It announces that
//! before it looks at the workers, and a worker clears its own sleep before it
//! looks at the announcement; so one of the two sees the other.

use super::alarm::Alarm;
use crate::scheduler::{Pulse, Shared, Watch};
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst, fence};
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// Ticks are so much shorter for a while after a stall.
const ALERT_FACTOR: u32 = 4;

/// So many looks find all workers asleep before the thread sleeps, at two thresholds from each to the
/// next: a steady trickle of requests is not to pay for setting the alarm each time.
const IDLE_LOOKS: u32 = 3;

/// How the driver thread sleeps and is woken.
pub(crate) struct Ticker {
    /// The driver thread sleeps, or is about to, until somebody sets the alarm.
    asleep: AtomicBool,
    alarm: Alarm,
}

impl Ticker {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            asleep: AtomicBool::new(false),
            alarm: Alarm::new()?,
        })
    }

    /// Sleeps for as long as it is quiet, that is, all workers sleep; then on to the end of
    /// the tick that is set when one wakes. `false`: it was not quiet.
    pub(crate) fn sleep_while(&self, quiet: impl Fn() -> bool) -> bool {
        self.asleep.store(true, SeqCst);
        // Pairs with the fence in `resume`.
        fence(SeqCst);
        let mut slept = false;
        while self.asleep.load(SeqCst) && quiet() {
            slept = true;
            // It may still be set from before.
            self.alarm.wait();
        }
        self.asleep.store(false, SeqCst);
        slept
    }

    /// A worker has woken, and cleared its mark: looks are needed again, the first after so long.
    /// `false`: the driver thread did not sleep.
    pub(crate) fn resume(&self, after: Duration) -> bool {
        // Pairs with the fence in `sleep_while`, between the announcement and the look
        // at the workers.
        fence(SeqCst);
        let slept = self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst);
        if slept {
            self.alarm.set(after);
        }
        slept
    }

    /// Puts the next look off until after so long.
    pub(crate) fn postpone(&self, after: Duration) {
        self.alarm.set(after);
    }

    /// Has the driver thread look now.
    pub(crate) fn ring(&self) {
        self.alarm.set(Duration::ZERO);
    }
}

/// What the driver thread does: looks about once in a stall threshold.
pub(crate) fn tick_until_shutdown(shared: &Arc<Shared>) {
    let (ticker, tick) = (&shared.driver.ticker, shared.stall_threshold());
    let mut watch = Watch::new();
    let mut pulse = Pulse::Awake;
    let mut idle_looks = 0;
    while !shared.is_shut_down() {
        idle_looks = match pulse {
            Pulse::AllAsleep => idle_looks + 1,
            _ => 0,
        };
        let slept = idle_looks >= IDLE_LOOKS && {
            watch.rest();
            ticker.sleep_while(|| shared.all_asleep() && !shared.is_shut_down())
        };
        if slept {
            idle_looks = 0;
        } else {
            ticker.alarm.set(match pulse {
                Pulse::AllAsleep | Pulse::Crowded => tick.saturating_mul(2),
                Pulse::Awake => tick,
                Pulse::Doubtful => tick / 2,
                Pulse::Alert => tick / ALERT_FACTOR,
            });
            if shared.is_shut_down() {
                return;
            }
            ticker.alarm.wait();
        }
        #[cfg(feature = "test-util")]
        shared.driver.clock().give_up_settling();
        pulse = shared.check_workers(&mut watch);
    }
}
