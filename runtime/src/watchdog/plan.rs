//! The decisions of a check for the runtime as a whole: a pure function of the verdicts on its
//! workers and of what is remembered from earlier checks.
//!
//! Like `verdict`, it uses no thread, no clock and no runtime.

use super::thresholds::Thresholds;
use super::verdict::{Doing, Progress};
use std::time::{Duration, Instant};

/// The verdict on a worker, and what else the plan depends on.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) progress: Progress,
    /// Number of checks in a row in which it has made no progress.
    pub(crate) checks: u32,
    pub(crate) role: Role,
    /// Whether it has polled since it was last observed.
    pub(crate) has_polled: bool,
    /// Whether it has tasks in its deque or its next slot.
    pub(crate) has_tasks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Regular,
    /// A spare worker that has been called, and has not been sent to rest since.
    Called,
    /// A spare worker that rests, or has been sent to rest.
    Resting,
}

/// What to do now, and when to check again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Workers are absent: fire their timers and poll for events.
    pub(crate) stand_in: bool,
    /// Absent workers have tasks, which another worker must take.
    pub(crate) has_stranded_tasks: bool,
    /// If no regular worker can be woken, a spare one may be called.
    pub(crate) may_call: bool,
    /// Call a spare worker before it is needed.
    pub(crate) call_standby: bool,
    /// Number of called spare workers to send to rest.
    pub(crate) retire: usize,
    /// Tasks have blocked or hogged lately: workers must leave no task where others do not find it,
    /// and must not keep the lead while they run one.
    pub(crate) is_alert: bool,
    /// Tasks have blocked lately: the watchdog checks by itself, and workers must not put it off.
    pub(crate) checks_alone: bool,
    /// All workers sleep, and there is nothing left that a check would have to do.
    pub(crate) is_settled: bool,
    pub(crate) next_check: NextCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextCheck {
    /// After this time, or later if workers that make progress put it off.
    After(Duration),
    /// After this time, which workers cannot put off.
    NoLaterThan(Duration),
    /// When a worker wakes, since all sleep.
    OnWaking,
}

/// What is remembered from check to check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Since when there have been too many spare workers.
    surplus_since: Option<Instant>,
    /// When a check last found a thread that waited in too many checks in a row for an accident.
    last_stall: Option<Instant>,
    /// When a check last found a hog and no regular worker free.
    last_hogged: Option<Instant>,
    /// When a check last found all workers asleep and some had polled since the check before.
    last_polled: Option<Instant>,
    /// Number of checks in a row that found all workers asleep, and none had polled since the check
    /// before.
    idle_checks: u32,
}

impl Memory {
    /// Returns whether a hog was seen lately. If so, no plan relies on the end of a poll that
    /// computes.
    pub(crate) fn has_hogged_lately(&self, thresholds: &Thresholds, now: Instant) -> bool {
        thresholds.is_lately(self.last_hogged, now)
    }

    /// Records that the watchdog has rested until now, without an alarm.
    pub(crate) fn has_rested(&mut self, thresholds: &Thresholds, now: Instant) {
        // Whether work came again before the watchdog would have made the checks that precede a
        // rest, so that resting did not pay.
        let checks = thresholds.check_relaxed * thresholds.idle_checks;
        let latest = checks + thresholds.check_after_waking;
        let is_soon = |then| now.saturating_duration_since(then) <= latest;
        self.idle_checks = match self.last_polled.is_some_and(is_soon) {
            true => 0,
            false => thresholds.idle_checks,
        };
    }
}

/// The verdicts on all workers, summed up. Flags say that at least one worker is so.
#[derive(Default)]
struct Tally {
    /// [`Memory::hogged_lately`].
    hogged_lately: bool,
    awake: bool,
    polled: bool,
    doubtful: bool,
    waits_for_core: bool,
    absent: bool,
    has_stranded_tasks: bool,
    /// A thread has been found waiting in too many checks in a row for an accident. The watchdog
    /// may use its core for more checks, while the core of a worker that computes is in use.
    stalled_waiting: bool,
    /// A worker hogs.
    hogged: bool,
    /// The thread of a regular worker does not wait in a poll, so it can run ready tasks.
    at_hand: bool,
    /// A thread has been found waiting in the same poll in enough checks to call a spare worker if
    /// no regular one is at hand.
    waits_on: bool,
    /// The thread of a worker waits, and tasks wait behind its poll.
    delays_tasks: bool,
    /// Number of regular workers that are absent and leave their cores to others.
    cores_left: usize,
    /// Number of regular workers that are neither stalled nor blocking.
    free: usize,
    /// There is a spare worker, or was one before.
    knows_spares: bool,
    /// Number of spare workers that have been called and are not absent.
    spares: usize,
    /// How many of these are awake.
    spares_awake: usize,
}

impl Tally {
    fn of(
        thresholds: &Thresholds,
        hogged_lately: bool,
        workers: impl Iterator<Item = Judged>,
    ) -> Self {
        let mut tally = Self {
            hogged_lately,
            ..Self::default()
        };
        for worker in workers {
            tally.count(thresholds, worker);
        }
        tally
    }

    fn count(&mut self, thresholds: &Thresholds, worker: Judged) {
        let progress = worker.progress;
        self.polled |= worker.has_polled;
        self.awake |= progress != Progress::Asleep;
        match progress {
            Progress::Pausing => self.doubtful = true,
            Progress::NoProgress(Doing::Waiting | Doing::Unknown) => {
                self.doubtful = true;
                self.waits_on |= worker.checks >= thresholds.all_wait_checks;
                self.delays_tasks |= worker.has_tasks;
            }
            Progress::WaitingForCore => self.waits_for_core = true,
            Progress::Stalled(Doing::Hogging, _) => self.hogged = true,
            Progress::Stalled(Doing::Waiting, _) => {
                let is_accident = worker.checks < thresholds.alert_after_checks;
                self.stalled_waiting |= !is_accident;
                self.doubtful |= is_accident;
            }
            Progress::Stalled(Doing::Unknown, _) => {
                self.doubtful |= worker.checks < thresholds.alert_after_checks;
            }
            _ => {}
        }
        if progress.is_absent() {
            self.absent = true;
            self.has_stranded_tasks |= worker.has_tasks;
        }
        self.knows_spares |= worker.role != Role::Regular;
        match worker.role {
            Role::Regular => self.count_regular(progress),
            Role::Called if !progress.is_absent() || progress.is_unknown() => {
                self.spares += 1;
                self.spares_awake += usize::from(progress != Progress::Asleep);
            }
            Role::Called | Role::Resting => {}
        }
    }

    fn count_regular(&mut self, progress: Progress) {
        self.at_hand |= !matches!(
            progress,
            Progress::Pausing
                | Progress::NoProgress(Doing::Waiting | Doing::Unknown)
                | Progress::Stalled(Doing::Waiting | Doing::Unknown, _)
                | Progress::BlockingInPlace
        );
        match progress {
            Progress::BlockingInPlace | Progress::Stalled(Doing::Waiting | Doing::Unknown, _) => {
                self.cores_left += 1;
            }
            Progress::Stalled(Doing::Hogging, _) => {}
            Progress::Stalled(Doing::Computing, _) if self.hogged_lately => {}
            _ => self.free += 1,
        }
    }

    /// Returns how many spare workers there should be: one for each core that an absent worker
    /// leaves. A worker that computes needs its core, and another thread would only compete for it
    /// (it made a task that spawned 100,000 others three times slower). But one worker must make
    /// progress.
    fn wanted_spares(&self) -> usize {
        let nobody_can = self.free == 0 || self.waits_on && !self.at_hand;
        self.cores_left.max(usize::from(nobody_can))
    }
}

/// Decides what to do, given the verdicts on all workers.
pub(crate) fn plan(
    thresholds: &Thresholds,
    workers: impl Iterator<Item = Judged>,
    now: Instant,
    memory: &mut Memory,
) -> Plan {
    let tally = Tally::of(
        thresholds,
        memory.has_hogged_lately(thresholds, now),
        workers,
    );
    if tally.free == 0 && tally.hogged {
        memory.last_hogged = Some(now);
    }
    if tally.stalled_waiting {
        memory.last_stall = Some(now);
    }
    let checks_alone = thresholds.is_lately(memory.last_stall, now);
    let is_alert = checks_alone || memory.has_hogged_lately(thresholds, now);
    let wanted = tally.wanted_spares() + usize::from(is_alert);
    // Starting the first thread takes as long as making certain that it is needed.
    let may_want_first = tally.delays_tasks && !tally.knows_spares;
    Plan {
        stand_in: tally.absent,
        has_stranded_tasks: tally.has_stranded_tasks,
        may_call: tally.spares_awake < tally.wanted_spares(),
        call_standby: may_want_first || is_alert && tally.spares < wanted,
        retire: retire(thresholds, &tally, wanted, now, memory),
        is_alert,
        checks_alone,
        is_settled: !tally.awake && !is_alert && tally.spares == 0,
        next_check: match tally.awake {
            true => next_check(thresholds, &tally, checks_alone),
            false => next_check_of_idle(thresholds, tally.polled, is_alert, now, memory),
        },
    }
}

fn retire(
    thresholds: &Thresholds,
    tally: &Tally,
    wanted: usize,
    now: Instant,
    memory: &mut Memory,
) -> usize {
    let surplus = tally.spares.saturating_sub(wanted);
    if surplus == 0 {
        memory.surplus_since = None;
        return 0;
    }
    let since = *memory.surplus_since.get_or_insert(now);
    // Once all workers sleep the watchdog soon rests, and does not check again.
    let is_early = now.saturating_duration_since(since) < thresholds.surplus_for;
    if tally.awake && is_early { 0 } else { surplus }
}

fn next_check(thresholds: &Thresholds, tally: &Tally, checks_alone: bool) -> NextCheck {
    match () {
        // Not while a worker waits for its core, because the checks would use a core, too.
        () if checks_alone && !tally.waits_for_core => {
            NextCheck::NoLaterThan(thresholds.check_alert)
        }
        () if tally.doubtful => NextCheck::After(thresholds.check_doubtful),
        () if tally.waits_for_core && !checks_alone => NextCheck::After(thresholds.check_relaxed),
        () => NextCheck::After(thresholds.check),
    }
}

/// Returns when to check next while all workers sleep.
///
/// If the watchdog rests, the worker that wakes must call it: one system call before the worker's
/// first task, and one for each of the watchdog's two sleeps. If it does not rest, each check costs
/// a single one. It does not rest during a trickle of work, that is, while checks find that workers
/// have `polled` meanwhile.
pub(crate) fn next_check_of_idle(
    thresholds: &Thresholds,
    polled: bool,
    is_alert: bool,
    now: Instant,
    memory: &mut Memory,
) -> NextCheck {
    if polled {
        memory.last_polled = Some(now);
    }
    let is_resting = memory.idle_checks >= thresholds.idle_checks;
    memory.idle_checks = match polled && !is_resting {
        true => 0,
        false => memory.idle_checks.saturating_add(1),
    };
    // While alert it must stay until the alert ends, to send a spare worker to rest.
    match memory.idle_checks < thresholds.idle_checks || is_alert {
        true => NextCheck::NoLaterThan(thresholds.check_relaxed),
        false => NextCheck::OnWaking,
    }
}
