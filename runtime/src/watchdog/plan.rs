//! What a check decides for the runtime as a whole: a pure function of the verdicts on its workers
//! and of what is remembered from earlier checks.
//!
//! Knows no thread, no clock and no runtime, as `verdict` does not.

use super::thresholds::Thresholds;
use super::verdict::{Doing, Progress};
use std::time::{Duration, Instant};

/// A worker, as the plan sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Judged {
    pub(crate) progress: Progress,
    /// In how many checks in a row it has made no progress.
    pub(crate) checks: u32,
    pub(crate) role: Role,
    /// Whether it has polled since it was last looked at.
    pub(crate) has_polled: bool,
    /// Whether tasks are queued with it.
    pub(crate) has_tasks: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Regular,
    /// A spare worker that has been called, and not been sent to rest since.
    Called,
    /// A spare worker at rest, or on its way there.
    Resting,
}

/// What is to be done now, and when to check again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Plan {
    /// Workers are absent: do for them what cannot wait (their timers, events).
    pub(crate) stand_in: bool,
    /// Absent workers have tasks: somebody must take those.
    pub(crate) has_stranded_tasks: bool,
    /// If no regular worker can be woken, a spare one may be called.
    pub(crate) may_call: bool,
    /// One more spare worker is to be there before it is needed.
    pub(crate) call_standby: bool,
    /// So many of the spare workers that have been called go to rest.
    pub(crate) retire: usize,
    /// Tasks have blocked or hogged lately: workers are to leave nothing where others do not find
    /// it, the lead included.
    pub(crate) is_alert: bool,
    /// Tasks have blocked lately: the watchdog wants to check for itself, and workers are not to
    /// put it off.
    pub(crate) checks_alone: bool,
    /// All sleep, and nothing goes on that a check would have to see to.
    pub(crate) is_settled: bool,
    pub(crate) next_check: NextCheck,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NextCheck {
    /// After so long, unless workers that make progress put it off.
    After(Duration),
    /// After so long.
    NoLaterThan(Duration),
    /// When a worker wakes: all sleep.
    OnWaking,
}

/// What is remembered from check to check.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Memory {
    /// Since when there have been too many spare workers.
    surplus_since: Option<Instant>,
    /// When a stall was last seen whose thread waits.
    last_stall: Option<Instant>,
    /// When all workers were last seen to compute or block, and one computed for long.
    last_hogged: Option<Instant>,
    /// When a check last found all workers asleep that had polled since the one before.
    last_polled: Option<Instant>,
    /// In how many checks in a row all workers had slept since the one before.
    idle_checks: u32,
}

impl Memory {
    /// Whether a hog was seen lately: then nobody counts on the end of a poll that computes.
    pub(crate) fn hogged_lately(&self, thresholds: &Thresholds, now: Instant) -> bool {
        thresholds.is_lately(self.last_hogged, now)
    }

    /// The watchdog has slept until now, without an alarm.
    pub(crate) fn has_rested(&mut self, thresholds: &Thresholds, now: Instant) {
        // Whether one of the checks that it might have made would have seen what woke it.
        let checks = thresholds.check_relaxed * thresholds.idle_checks;
        let latest = checks + thresholds.check_after_waking;
        let is_soon = |then| now.saturating_duration_since(then) <= latest;
        self.idle_checks = match self.last_polled.is_some_and(is_soon) {
            true => 0,
            false => thresholds.idle_checks,
        };
    }
}

/// All workers' verdicts, counted.
#[derive(Default)]
struct Tally {
    /// Nobody waits for the end of a poll that computes.
    hogged_lately: bool,
    awake: bool,
    polled: bool,
    doubtful: bool,
    waits_for_core: bool,
    absent: bool,
    has_stranded_tasks: bool,
    /// A thread has been found waiting too often for an accident: the core is free for the
    /// watchdog, which it would have to take from one that computes.
    stalled_waiting: bool,
    /// A worker has computed for so long that nobody can wait for it.
    hogged: bool,
    /// The thread of a regular worker does not wait in a poll, so it can run what is ready.
    at_hand: bool,
    /// A thread has been found waiting in the same poll so often that a spare worker may be called
    /// if nobody is at hand.
    waits_on: bool,
    /// The thread of a worker waits, and tasks behind it.
    keeps_tasks: bool,
    /// Regular workers that are absent and leave their cores to others.
    cores_left: usize,
    /// Regular workers that are neither stalled nor blocking.
    free: usize,
    /// There is a spare worker, or was.
    knows_spares: bool,
    /// Spare workers that have been called and are not absent; and of these, those awake.
    spares: usize,
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
            Progress::NoProgress(Doing::Waiting) => {
                self.doubtful = true;
                self.waits_on |= worker.checks >= thresholds.all_wait_checks;
                self.keeps_tasks |= worker.has_tasks;
            }
            Progress::WaitingForCore => self.waits_for_core = true,
            Progress::Stalled(Doing::Hogging, _) => self.hogged = true,
            Progress::Stalled(Doing::Waiting, _) => {
                let is_accident = worker.checks < thresholds.alert_after_checks;
                self.stalled_waiting |= !is_accident;
                self.doubtful |= is_accident;
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
            Role::Called if !progress.is_absent() => {
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
                | Progress::NoProgress(Doing::Waiting)
                | Progress::Stalled(Doing::Waiting, _)
                | Progress::BlockingInPlace
        );
        match progress {
            Progress::BlockingInPlace | Progress::Stalled(Doing::Waiting, _) => {
                self.cores_left += 1;
            }
            Progress::Stalled(Doing::Hogging, _) => {}
            Progress::Stalled(Doing::Computing, _) if self.hogged_lately => {}
            _ => self.free += 1,
        }
    }

    /// How many spare workers there should be: one for each core that an absent worker leaves. One
    /// that computes needs its core, and a further thread would only fight for it (it made a task
    /// that spawned 100,000 others three times slower); but somebody must make progress.
    fn wanted_spares(&self) -> usize {
        let nobody_can = self.free == 0 || self.waits_on && !self.at_hand;
        self.cores_left.max(usize::from(nobody_can))
    }
}

/// Decides what to do about these workers.
pub(crate) fn plan(
    thresholds: &Thresholds,
    workers: impl Iterator<Item = Judged>,
    now: Instant,
    memory: &mut Memory,
) -> Plan {
    let tally = Tally::of(thresholds, memory.hogged_lately(thresholds, now), workers);
    if tally.free == 0 && tally.hogged {
        memory.last_hogged = Some(now);
    }
    if tally.stalled_waiting {
        memory.last_stall = Some(now);
    }
    let checks_alone = thresholds.is_lately(memory.last_stall, now);
    let is_alert = checks_alone || memory.hogged_lately(thresholds, now);
    let wanted = tally.wanted_spares() + usize::from(is_alert);
    // To start the first thread takes as long as to be certain that it is needed.
    let may_want_first = tally.keeps_tasks && !tally.knows_spares;
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
    // Once all sleep the watchdog soon does too, and will not check again.
    let is_early = now.saturating_duration_since(since) < thresholds.surplus_for;
    if tally.awake && is_early { 0 } else { surplus }
}

fn next_check(thresholds: &Thresholds, tally: &Tally, checks_alone: bool) -> NextCheck {
    match () {
        // Nobody puts it off. Not while a worker waits for its core, which the checks would take
        // from another one.
        () if checks_alone && !tally.waits_for_core => {
            NextCheck::NoLaterThan(thresholds.check_alert)
        }
        () if tally.doubtful => NextCheck::After(thresholds.check_doubtful),
        () if tally.waits_for_core && !checks_alone => NextCheck::After(thresholds.check_relaxed),
        () => NextCheck::After(thresholds.check),
    }
}

/// While all sleep. A worker that wakes can call the watchdog, which takes a system call before its
/// first task, and one for each of the two times that the watchdog goes to sleep; or the watchdog
/// wakes now and then by itself, by one. The latter while there is a trickle of work: as long as
/// checks find that they have `polled` meanwhile.
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
    // Alert, it must see the end of that, and send a spare worker to rest.
    match memory.idle_checks < thresholds.idle_checks || is_alert {
        true => NextCheck::NoLaterThan(thresholds.check_relaxed),
        false => NextCheck::OnWaking,
    }
}
