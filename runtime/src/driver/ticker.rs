//! The driver thread: looks after the workers about once a millisecond, while
//! any of them is awake.
//!
//! When all have slept for some ticks it sleeps too, for good, until a worker
//! wakes: an idle runtime makes no wake-ups at all.
//!
//! Invariant: it sleeps only if every worker sleeps. It announces its sleep
//! before it looks at the workers, and a worker clears its own sleep before it
//! looks at the announcement; so one of the two sees the other.

use crate::scheduler::Shared;
use crate::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::OnceLock;
use std::thread::{self, Thread};
use std::time::Duration;

/// How long a stuck worker goes unnoticed. Shorter costs more wake-ups, a
/// thousand a second being about 0.5 % of one core.
const TICK: Duration = Duration::from_millis(1);

/// Ticks without an awake worker before the thread sleeps: long enough that a
/// steady trickle of requests does not wake it each time.
const IDLE_TICKS: u32 = 10;

/// How the driver thread sleeps and is woken.
pub(crate) struct Ticker {
    asleep: AtomicBool,
    thread: OnceLock<Thread>,
}

impl Ticker {
    pub(super) fn new() -> Self {
        Self {
            asleep: AtomicBool::new(false),
            thread: OnceLock::new(),
        }
    }

    /// A worker has woken, and cleared its mark: ticks are needed again.
    pub(crate) fn resume(&self) {
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
pub(crate) fn tick_until_shutdown(shared: &Shared) {
    let ticker = &shared.driver.ticker;
    let fresh = ticker.thread.set(thread::current()).is_ok();
    assert!(fresh, "one driver thread per runtime");
    let mut seen = shared.fresh_ticks();
    let mut idle_ticks = 0;
    while !shared.is_shut_down() {
        thread::park_timeout(TICK);
        if shared.check_workers(&mut seen, TICK) {
            idle_ticks = 0;
            continue;
        }
        idle_ticks += 1;
        if idle_ticks < IDLE_TICKS {
            continue;
        }
        ticker.asleep.store(true, SeqCst);
        while ticker.asleep.load(SeqCst) && shared.all_asleep() && !shared.is_shut_down() {
            thread::park();
        }
        ticker.asleep.store(false, SeqCst);
        idle_ticks = 0;
    }
}
