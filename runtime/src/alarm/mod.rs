//! The alarm that wakes the watchdog, and that the workers it watches put off.
//!
//! While all workers make progress they keep setting the alarm to a later time, which wakes no
//! thread. When all workers have slept for a while the watchdog rests: it sleeps until a worker
//! wakes and sets the alarm. Thus an idle runtime causes no wake-ups. A runtime that only its
//! timers wake causes none for the watchdog: the last worker to fall asleep sets the alarm for
//! after its next waking, and when it falls asleep again, puts the alarm off before it rings.
//! Before the watchdog begins nobody sets the alarm or makes it ring: either is a system call, and
//! a runtime may end sooner.
//!
//! Invariant: while the watchdog rests and a worker is awake, an alarm is set that rings in time.
//! The watchdog announces its rest before it reads the workers' sleep marks, and a worker clears
//! its own mark before it reads the announcement, so at least one of them sees the other. A worker
//! that falls asleep announces a later alarm before it reads the marks of the others.

#[cfg(all(test, loom))]
mod loom_tests;

use crate::platform::{AlarmClock, Alarming};
use crate::sync::atomic::{AtomicU64, Ordering::SeqCst, fence};
use std::io;
use std::time::{Duration, Instant};

/// The watchdog does not rest.
const ATTENDING: u64 = 0;
/// The watchdog has not begun.
const ABSENT: u64 = 2;
/// The watchdog rests, and no alarm is set.
const UNSET: u64 = u64::MAX - CALLED;
/// Bit of a time: a worker that woke has set the alarm, so the watchdog must check when it rings.
const CALLED: u64 = 1;

pub(crate) struct Alarm {
    /// Whether the watchdog has begun and rests, and if an alarm is set, when it rings: in
    /// nanoseconds since `start`, with [`CALLED`] as the lowest bit.
    rest: AtomicU64,
    start: Instant,
    clock: AlarmClock,
}

impl Alarm {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self {
            rest: AtomicU64::new(ABSENT),
            start: Instant::now(),
            clock: AlarmClock::new()?,
        })
    }

    // The watchdog's side.

    /// Must be called by the watchdog's thread before it first checks whether the runtime has shut
    /// down.
    pub(crate) fn begin(&self) {
        self.rest.store(ATTENDING, SeqCst);
        // Pairs with the fence in `ring_at_end`: either this thread sees that the runtime ends, or
        // the thread that ends it makes the alarm ring.
        fence(SeqCst);
    }

    /// Sets the alarm to ring after this time.
    pub(crate) fn set(&self, after: Duration) {
        self.clock.set(after);
    }

    /// Sleeps until the alarm rings, unless it has already rung.
    pub(crate) fn wait(&self) {
        self.clock.wait();
    }

    /// Sleeps until the alarm rings, or for this time, which workers cannot put off.
    pub(crate) fn wait_at_most(&self, time: Duration) {
        self.clock.wait_at_most(time);
    }

    /// Rests until the alarm rings that a worker sets when it wakes. `quiet` returns whether all
    /// workers sleep; if that is false at first, returns `false` without resting.
    pub(crate) fn sleep_while(&self, quiet: impl Fn() -> bool) -> bool {
        let mut slept = false;
        // If no worker has called, the alarm was set before the rest, or for a timer: while it is
        // quiet such a ring does not end the rest.
        while self.rest.swap(UNSET, SeqCst) & CALLED == 0 {
            // Pairs with the fences in `resume` and `expect_waking`.
            fence(SeqCst);
            if !quiet() {
                break;
            }
            slept = true;
            self.clock.wait();
        }
        self.rest.store(ATTENDING, SeqCst);
        slept
    }

    // The workers' side.

    /// Has the watchdog check again, first `after` this time. Called by a worker that has woken and
    /// cleared its sleep mark.
    pub(crate) fn resume(
        &self,
        after: Duration,
        now: impl FnOnce() -> Instant,
        is_over: impl FnOnce() -> bool,
    ) {
        // Pairs with the fence in `sleep_while`, between the announcement and the reading of the
        // workers' marks, and with the fence in `expect_waking`.
        fence(SeqCst);
        let rest = self.rest.load(SeqCst);
        if !is_resting(rest) {
            return;
        }
        let at = self.nanos(now() + after) | CALLED;
        // If another thread changes it meanwhile, that thread sees that this worker is awake.
        let calls = || self.rest.compare_exchange(rest, at, SeqCst, SeqCst).is_ok();
        if rest > at && calls() {
            self.postpone(after, is_over);
        }
    }

    /// Sets the alarm to ring `at` this time if the watchdog rests, so that the worker that wakes
    /// for the next timer finds an alarm set in time. Called by the last worker to fall asleep,
    /// after it has set its sleep mark.
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
        if !is_resting(rest) || may_set().is_err() {
            return;
        }
        self.clock.set(at.saturating_duration_since(now));
        // Pairs with the fence in `resume`: either a worker that has woken sees the later alarm, or
        // `quiet` sees that it has woken.
        fence(SeqCst);
        // A thread that has announced another alarm meanwhile may have set the clock first.
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
        // Excludes the values with another meaning.
        let (least, most) = (ABSENT + 2, UNSET - 2);
        u64::try_from(nanos).map_or(most, |nanos| nanos.clamp(least, most))
    }

    /// Puts the next check off until `after` this time.
    ///
    /// This must not overwrite the ring of the runtime's shutdown. Therefore `is_over` is called
    /// after the alarm is set, and the thread that shuts the runtime down makes it return `true`
    /// before it rings.
    pub(crate) fn postpone(&self, after: Duration, is_over: impl FnOnce() -> bool) {
        if self.rest.load(SeqCst) == ABSENT {
            return;
        }
        self.clock.set(after);
        if is_over() {
            self.ring();
        }
    }

    /// Has the watchdog see that the runtime ends. Called by the thread that has ended it.
    pub(crate) fn ring_at_end(&self) {
        // Pairs with the fence in `begin`.
        fence(SeqCst);
        if self.rest.load(SeqCst) != ABSENT {
            self.ring();
        }
    }

    /// Has the watchdog check now.
    fn ring(&self) {
        self.clock.set(Duration::ZERO);
    }
}

fn is_resting(rest: u64) -> bool {
    rest != ATTENDING && rest != ABSENT
}
