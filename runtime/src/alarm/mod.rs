//! The alarm that the watchdog sleeps by, and that the workers it watches put off.
//!
//! While everybody makes progress the workers set it later and later, which wakes nobody. When all
//! workers have slept for a while the watchdog rests: it sleeps until one wakes and sets the alarm.
//! So an idle runtime makes no wake-ups at all. One that is woken by its timers alone makes none
//! for the watchdog either: the last worker to fall asleep sets the alarm for after its waking, and
//! puts it off again before it rings, when it next falls asleep.
//!
//! Invariant: while the watchdog rests and a worker is awake, an alarm is set that rings in time.
//! The watchdog announces its rest before it looks at the workers, and a worker clears its own
//! sleep before it looks at the announcement; so one of the two sees the other. Who falls asleep
//! announces a later alarm before it looks at the others.

#[cfg(all(test, loom))]
mod loom_tests;

use crate::platform::{AlarmClock, Alarming};
use crate::sync::atomic::{AtomicU64, Ordering::SeqCst, fence};
use std::io;
use std::time::{Duration, Instant};

/// The watchdog does not rest.
const ATTENDS: u64 = 0;
/// It rests, and no alarm is set.
const UNSET: u64 = u64::MAX - CALLED;
/// It rests until then, as a worker that woke has set the alarm: it is to check.
const CALLED: u64 = 1;

pub(crate) struct Alarm {
    /// Whether the watchdog rests; and if an alarm is set, when it rings, in nanoseconds since
    /// `start`, whose lowest bit tells who has set it.
    rest: AtomicU64,
    start: Instant,
    clock: AlarmClock,
}

impl Alarm {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            rest: AtomicU64::new(ATTENDS),
            start: Instant::now(),
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

    /// Rests for as long as it is quiet, that is, all workers sleep; and then until the alarm rings
    /// that is set for one that wakes. `false`: it was not quiet.
    pub(crate) fn sleep_while(&self, quiet: impl Fn() -> bool) -> bool {
        let mut slept = false;
        // An alarm may still be set from before, or for a worker that sleeps again.
        while self.rest.swap(UNSET, SeqCst) & CALLED == 0 {
            // Pairs with the fences in `resume` and `expect_waking`.
            fence(SeqCst);
            if !quiet() {
                break;
            }
            slept = true;
            self.clock.wait();
        }
        self.rest.store(ATTENDS, SeqCst);
        slept
    }

    // The workers' side.

    /// A worker has woken, and cleared its mark: checks are needed again, the first after so long.
    pub(crate) fn resume(
        &self,
        after: Duration,
        now: impl FnOnce() -> Instant,
        is_over: impl FnOnce() -> bool,
    ) {
        // Pairs with the fence in `sleep_while`, between the announcement and the look at the
        // workers; and with that in `expect_waking`.
        fence(SeqCst);
        let rest = self.rest.load(SeqCst);
        if rest == ATTENDS {
            return;
        }
        let at = self.nanos(now() + after) | CALLED;
        // If it changes meanwhile, whoever changes it sees that this worker is awake.
        let calls = || self.rest.compare_exchange(rest, at, SeqCst, SeqCst).is_ok();
        if rest > at && calls() {
            self.postpone(after, is_over);
        }
    }

    /// The last worker falls asleep, and has said so: one will wake by itself, to be seen to by
    /// `at`. If the watchdog rests, that one need not set an alarm then.
    pub(crate) fn expect_waking(
        &self,
        at: Instant,
        now: Instant,
        quiet: impl FnOnce() -> bool,
        is_over: impl FnOnce() -> bool,
    ) {
        let rest = self.rest.load(SeqCst);
        let later = self.nanos(at) & !CALLED;
        let may_set = || self.rest.compare_exchange(rest, later, SeqCst, SeqCst);
        if rest == ATTENDS || may_set().is_err() {
            return;
        }
        self.clock.set(at.saturating_duration_since(now));
        // Pairs with the fence in `resume`: a worker that has woken sees the later alarm, or is
        // seen here.
        fence(SeqCst);
        // And who has announced another alarm meanwhile may have set it before.
        if self.rest.load(SeqCst) != later || !quiet() || is_over() {
            self.ring();
        }
    }

    #[cfg(all(test, loom))]
    pub(crate) fn start(&self) -> Instant {
        self.start
    }

    fn nanos(&self, instant: Instant) -> u64 {
        let nanos = instant.saturating_duration_since(self.start).as_nanos();
        // Not one of those that mean something else.
        let (least, most) = (ATTENDS + 2, UNSET - 2);
        u64::try_from(nanos).map_or(most, |nanos| nanos.clamp(least, most))
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
