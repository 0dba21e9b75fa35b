//! The driver thread: looks after the workers about once a millisecond, while
//! any of them is awake.
//!
//! When all have slept for some ticks it sleeps too, for good, until a worker
//! wakes: an idle runtime makes no wake-ups at all.
//!
//! Invariant: it sleeps only if every worker sleeps. It announces its sleep
//! before it looks at the workers, and a worker clears its own sleep before it
//! looks at the announcement; so one of the two sees the other.

use crate::scheduler::{Pulse, Shared, Watch};
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst, fence};
use crate::sync::thread::{self, Thread};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

/// Ticks are so much shorter for a while after a stall.
const ALERT_FACTOR: u32 = 4;

/// Ticks without an awake worker before the thread sleeps: long enough that a
/// steady trickle of requests does not wake it each time.
const IDLE_TICKS: u32 = 10;

/// How the driver thread sleeps and is woken.
pub(crate) struct Ticker {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Ticker {
    pub(crate) fn new() -> Self {
        Self {
            asleep: AtomicBool::new(false),
            thread: OnceLock::new(),
        }
    }

    /// To be called by the driver thread, before it first sleeps.
    pub(crate) fn adopt_current_thread(&self) {
        let fresh = self.thread.set(thread::current()).is_ok();
        assert!(fresh, "one driver thread per runtime");
    }

    /// Sleeps for as long as it is quiet, that is, all workers sleep.
    pub(crate) fn sleep_while(&self, quiet: impl Fn() -> bool) {
        self.asleep.store(true, SeqCst);
        // Pairs with the fence in `resume`.
        fence(SeqCst);
        while self.asleep.load(SeqCst) && quiet() {
            thread::park();
        }
        self.asleep.store(false, SeqCst);
    }

    /// A worker has woken, and cleared its mark: ticks are needed again.
    pub(crate) fn resume(&self) {
        // Pairs with the fence in `sleep_while`, between the announcement and the look
        // at the workers.
        fence(SeqCst);
        if self.asleep.load(SeqCst) && self.asleep.swap(false, SeqCst) {
            self.unpark();
        }
    }

    /// Ends the current tick.
    pub(crate) fn unpark(&self) {
        if let Some(thread) = self.thread.get() {
            thread.unpark();
        }
    }
}

/// What the driver thread does.
///
/// Without a tick it only waits for the end.
pub(crate) fn tick_until_shutdown(shared: &Arc<Shared>, tick: Option<Duration>) {
    let ticker = &shared.driver.ticker;
    ticker.adopt_current_thread();
    let Some(tick) = tick else {
        return ticker.sleep_while(|| !shared.is_shut_down());
    };
    let mut watch = Watch::new();
    let mut pulse = Pulse::Awake;
    let mut idle_ticks = 0;
    while !shared.is_shut_down() {
        pause(match pulse {
            Pulse::Alert => tick / ALERT_FACTOR,
            Pulse::Awake | Pulse::AllAsleep => tick,
        });
        #[cfg(feature = "test-util")]
        shared.driver.clock().give_up_settling();
        pulse = shared.check_workers(&mut watch);
        if pulse != Pulse::AllAsleep {
            idle_ticks = 0;
            continue;
        }
        idle_ticks += 1;
        if idle_ticks < IDLE_TICKS {
            continue;
        }
        ticker.sleep_while(|| shared.all_asleep() && !shared.is_shut_down());
        idle_ticks = 0;
    }
}

#[cfg(not(loom))]
fn pause(tick: Duration) {
    thread::park_timeout(tick);
}

#[cfg(loom)]
fn pause(_tick: Duration) {
    // loom knows no time.
    thread::yield_now();
}
