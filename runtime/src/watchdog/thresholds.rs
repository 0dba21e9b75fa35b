//! Every interval that follows from `Builder::stall_threshold`, and why it is what it is.
//!
//! A value: made once by the builder, copied to whoever goes by it. Nobody else multiplies or
//! divides the threshold.

use crate::scheduler::Cadence;
use std::time::{Duration, Instant};

/// When a worker counts as what, and when the watchdog checks next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thresholds {
    /// From when on a poll is a stall: the user's setting. What tasks are measured to take is
    /// capped by it as well, since beyond it the time is a stall's.
    pub(crate) stall: Duration,

    /// CPU time after which a worker that has finished no poll counts as making no progress: three
    /// quarters, as the kernel charges a poll with what it does for others meanwhile, and the last
    /// quarter is what a check may come too early.
    pub(crate) computing_makes_no_progress: Duration,
    /// How long a thread must have waited, as far as checks show, to be stalled: three eighths, as
    /// it may have begun to well before the check that saw it first.
    pub(crate) waiting_is_stall: Duration,
    /// CPU time after which a poll that computes is a stall: twice the threshold, since replacing a
    /// worker that computes takes its core away, and so must be worth it.
    pub(crate) computing_is_stall: Duration,
    /// CPU time after which a poll is a hog's, whose worker is replaced if no other one is free:
    /// ten times, since polls of some milliseconds end sooner than a further thread gets its share
    /// of a core. For [`alert_for`](Self::alert_for) afterwards all workers that are stalled are
    /// replaced so.
    pub(crate) computing_is_hogging: Duration,

    /// From one check to the next while workers are awake.
    pub(crate) check: Duration,
    /// While all sleep, or one only waits for its core (and a check would take another one's):
    /// twice, as nothing can be late then that the system does not delay anyway.
    pub(crate) check_relaxed: Duration,
    /// While the thread of a worker waits, and has not done so in
    /// [`alert_after_checks`](Self::alert_after_checks): half of what makes it stalled. A check
    /// that finds tasks behind it gives those to another worker; if that blocks on one of them,
    /// the next calls a spare one, within a threshold of the block that woke the watchdog. (At a
    /// half of the threshold each, a first stall of all workers was met after 2.1 ms.)
    pub(crate) check_doubtful: Duration,
    /// For a while after a stall: a quarter. One stall is rarely the last. 4,000 checks a second
    /// cost a saturated echo server 15 % of its CPU time, so this is for
    /// [`alert_for`](Self::alert_for) only.
    pub(crate) check_alert: Duration,

    /// How often a worker checks the others, so that the watchdog need not: every three quarters,
    /// so that two of them fall into the time by which a check is put off.
    pub(crate) roll_call: Duration,
    /// How long after a roll call the watchdog checks: one and a half. Then it sees that a worker
    /// makes no progress, and half a threshold later that it is stalled. Setting an alarm takes up
    /// to 15 µs on a virtual machine, so it is not set much more often.
    pub(crate) check_after_roll_call: Duration,

    /// How long after a worker woke, when all had slept for a while, the watchdog checks: a
    /// quarter. What blocks then is as a rule what the worker woke for, and half a threshold later
    /// it is stalled.
    pub(crate) check_after_waking: Duration,

    /// For how long the next timer must be off for the last worker to fall asleep to set the alarm
    /// for after it: as long as from one check of its own to the next while all sleep. Setting it
    /// takes a tenth of what it takes to wake the watchdog, and those checks are fewer than the
    /// sleeps if these are shorter.
    pub(crate) least_expected: Duration,

    /// How long the faster checks go on after a stall: one per second would otherwise pay for
    /// 4,000. So long the runtime is alert, and keeps one spare worker in reserve.
    pub(crate) alert_for: Duration,
    /// A thread that is found waiting in so many checks in a row does not do so by accident (a page
    /// fault, the kernel growing a table).
    pub(crate) alert_after_checks: u32,
    /// Where the threads of all regular workers wait, a spare one is called once one of them has
    /// been found so in so many checks in a row, though that is no stall yet: nobody else can run
    /// what is ready, and none of them wants its core. (A first stall of all workers is met a check
    /// sooner so: some 0.25 ms.)
    pub(crate) all_wait_checks: u32,
    /// A spare worker is sent to rest only after there has been one too many for this long, so that
    /// a worker that comes back for a moment does not send it away.
    pub(crate) surplus_for: Duration,
    /// So many checks in a row find that all workers have slept before the watchdog sleeps without
    /// an alarm: where some wake more often, a trickle of work does not pay for calling it.
    pub(crate) idle_checks: u32,
}

impl Thresholds {
    pub(crate) fn new(stall: Duration) -> Self {
        Self {
            stall,
            computing_makes_no_progress: stall / 4 * 3,
            waiting_is_stall: stall / 8 * 3,
            computing_is_stall: stall.saturating_mul(2),
            computing_is_hogging: stall.saturating_mul(10),
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

    /// Whether the runtime still goes by what it saw then.
    pub(crate) fn is_lately(&self, then: Option<Instant>, now: Instant) -> bool {
        then.is_some_and(|then| now.saturating_duration_since(then) < self.alert_for)
    }

    /// What the workers go by.
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
