//! Every interval that is derived from `Builder::stall_threshold`, with the reason for its factor.
//!
//! `Thresholds` is created once by the builder and copied to its users. No other code multiplies or
//! divides the threshold.

use crate::scheduler::Cadence;
use std::time::{Duration, Instant};

/// The limits by which workers are judged, and the intervals between checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// The time after which a poll is a stall: the user's setting. It also caps the measured
    /// durations of polls, since the time beyond it is accounted to the stall.
    pub(crate) stall: Duration,

    /// CPU time after which a worker that has finished no poll makes no progress: three quarters.
    /// The kernel also charges a poll with work that it does for others meanwhile, and a check may
    /// come too early by the last quarter.
    pub(crate) computing_makes_no_progress: Duration,
    /// Time for which checks must have seen a thread wait for it to be stalled: three eighths,
    /// since the wait may have begun well before the check that saw it first.
    pub(crate) waiting_is_stall: Duration,
    /// Where the platform does not report what threads do: the longest time without progress after
    /// which a worker is taken for waiting, once some that came back had only lacked a core. 256
    /// thresholds: beside 20 busy loops and compilers on two cores workers lack one for up to 100
    /// thresholds. (With 64 there were twice as many spare workers.)
    pub(crate) longest_patience: Duration,
    /// Without such a mistake, half of that time is left after this many times itself: 16. So what
    /// was learned while the machine was busy is soon forgotten. (With half a second for any time,
    /// 64 tasks that do nothing but block for 5 ms got 24 spare workers on average instead of 48,
    /// and as many were called on a busy machine.)
    pub(crate) patience_lasts: u32,
    /// CPU time after which a poll that computes is a stall: twice the threshold, since replacing a
    /// worker that computes takes its core away, so it must be worth that.
    pub(crate) computing_is_stall: Duration,
    /// CPU time after which a poll hogs, and its worker is replaced if no other one is free: ten
    /// times the threshold, since polls of some milliseconds end before another thread gets its
    /// share of a core. For [`alert_for`](Self::alert_for) afterwards, this applies to every worker
    /// that is stalled.
    pub(crate) computing_is_hogging: Duration,
    /// Time for which a worker may be without a thread before that counts as a wait: twenty
    /// thresholds. On a busy machine a new thread waits for its core that long, and one more would
    /// only add to the load; but the user's code that names the thread may block for ever.
    pub(crate) starting_is_waiting: Duration,

    /// Time between checks while workers are awake.
    pub(crate) check: Duration,
    /// Time between checks while all workers sleep, or one waits for its core, where a check would
    /// use another core: twice the threshold, since nothing can be late then that the system does
    /// not delay anyway.
    pub(crate) check_relaxed: Duration,
    /// Time between checks while the thread of a worker waits, for fewer than
    /// [`alert_after_checks`](Self::alert_after_checks) checks: half of
    /// [`waiting_is_stall`](Self::waiting_is_stall). A check that finds tasks behind it gives them
    /// to another worker; if that one blocks on one of them, the next check calls a spare worker,
    /// within a threshold of the block that woke the watchdog. (With half of the threshold, a first
    /// stall of all workers was met after 2.1 ms.)
    pub(crate) check_doubtful: Duration,
    /// Time between checks for a while after a stall, which is rarely the last: a quarter. 4,000
    /// checks a second cost a saturated echo server 15 % of its CPU time, so this holds for
    /// [`alert_for`](Self::alert_for) only.
    pub(crate) check_alert: Duration,

    /// How often a worker checks the others, so that the watchdog need not: every three quarters,
    /// so that two roll calls fall into the time by which a check is put off.
    pub(crate) roll_call: Duration,
    /// Time from a roll call to the watchdog's check: one and a half. That check finds that a
    /// worker makes no progress, and half a threshold later it is stalled. Setting an alarm takes
    /// up to 15 µs on a virtual machine, so it is not set much more often.
    pub(crate) check_after_roll_call: Duration,

    /// Time from a worker's waking, after all had slept for a while, to the watchdog's check: a
    /// quarter. A task that blocks then is usually the one that the worker woke for, and it is
    /// stalled half a threshold later.
    pub(crate) check_after_waking: Duration,

    /// How far off the next timer must be for the last worker that falls asleep to set the alarm
    /// for after it: [`check_relaxed`](Self::check_relaxed). Setting the alarm takes a tenth of the
    /// time of waking the watchdog, but if the workers' sleeps are shorter than this, the
    /// watchdog's own checks are fewer than the sleeps.
    pub(crate) least_expected: Duration,

    /// For how long after a stall checks come faster, and the runtime is alert and keeps one spare
    /// worker in reserve. If this had no end, one stall per second would cost 4,000 checks.
    pub(crate) alert_for: Duration,
    /// Number of checks in a row after which a thread that they find waiting does not wait by
    /// accident (a page fault, the kernel growing a table).
    pub(crate) alert_after_checks: u32,
    /// Number of checks in a row that must find a thread waiting before a spare worker is called if
    /// the threads of all regular workers wait. No worker is stalled yet then, but nobody else can
    /// run ready tasks, and none of them needs its core. (A first stall of all workers is met a
    /// check sooner, some 0.25 ms.)
    pub(crate) all_wait_checks: u32,
    /// Time for which there must have been too many spare workers before they are sent to rest, so
    /// that a worker that comes back for a moment does not send them away.
    pub(crate) surplus_for: Duration,
    /// Number of checks in a row that must find that all workers have slept before the watchdog
    /// sleeps without an alarm. If workers wake more often, its own checks cost less than being
    /// called by them.
    pub(crate) idle_checks: u32,
}

impl Thresholds {
    pub(crate) fn new(stall: Duration) -> Self {
        Self {
            stall,
            computing_makes_no_progress: stall / 4 * 3,
            waiting_is_stall: stall / 8 * 3,
            longest_patience: stall.saturating_mul(256),
            patience_lasts: 16,
            computing_is_stall: stall.saturating_mul(2),
            computing_is_hogging: stall.saturating_mul(10),
            starting_is_waiting: stall.saturating_mul(20),
            check: stall,
            check_relaxed: stall.saturating_mul(2),
            check_doubtful: stall / 16 * 3,
            check_alert: stall / 4,
            roll_call: stall / 4 * 3,
            check_after_roll_call: stall.saturating_add(stall / 2),
            check_after_waking: stall / 4,
            least_expected: stall.saturating_mul(2),
            alert_for: Duration::from_millis(250),
            alert_after_checks: 3,
            all_wait_checks: 2,
            surplus_for: Duration::from_millis(10),
            idle_checks: 2,
        }
    }

    /// Returns whether the runtime is still alert for something that it saw at `then`.
    pub(crate) fn is_lately(&self, then: Option<Instant>, now: Instant) -> bool {
        then.is_some_and(|then| now.saturating_duration_since(then) < self.alert_for)
    }

    /// Returns the thresholds that workers use.
    pub(crate) fn cadence(&self) -> Cadence {
        Cadence {
            stall: self.stall,
            roll_call: self.roll_call,
            check_after_roll_call: self.check_after_roll_call,
            check_after_waking: self.check_after_waking,
            least_expected: self.least_expected,
        }
    }
}
