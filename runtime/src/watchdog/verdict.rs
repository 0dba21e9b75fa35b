//! The verdict of a check on one worker: a pure function of what was observed and what is
//! remembered.
//!
//! It uses no thread, no clock and no runtime: the watchdog's thread observes, and acts on the
//! verdict. Observations are never exact and need not be: a worker that is judged stalled by
//! mistake only loses some tasks to others.

use super::thresholds::Thresholds;
use std::time::{Duration, Instant};

/// The state of a worker, as far as one check shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "without its last word `NoProgress` says nothing"
)]
pub(crate) enum Progress {
    /// It has no work and sleeps until there is some.
    Asleep,
    /// It has finished a poll since it was last seen to make progress.
    Progressing,
    /// It has finished a poll too, but now its thread waits: perhaps not for long, and no task
    /// waits behind its poll.
    Pausing,
    /// It has finished no poll because its core is busy with other threads. One more thread would
    /// only add to the load.
    WaitingForCore,
    /// It has finished no poll, and not because it lacks a core. Others may take all its tasks.
    NoProgress(Doing),
    /// It has made no progress for so long that another thread must stand in for it.
    Stalled(Doing, Duration),
    /// It has announced that it blocks (`block_in_place`, `block_on` in a task).
    BlockingInPlace,
}

/// What the thread of a worker that finishes no poll does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It waits, and leaves its core to others.
    Waiting,
    /// It computes, and needs its core.
    Computing,
    /// It has computed for longer than anybody can wait for.
    Hogging,
    /// It waits, or lacks a core: the platform does not report which, and it is too early to take
    /// it for [`Waiting`](Self::Waiting).
    Unknown,
}

impl Progress {
    /// Returns whether others may take all tasks of the worker, its next task included.
    pub(crate) fn is_absent(self) -> bool {
        matches!(
            self,
            Self::NoProgress(_) | Self::Stalled(..) | Self::BlockingInPlace
        )
    }

    /// Returns whether it may only lack a core, so that a worker in its place would lack one, too.
    pub(crate) fn is_unknown(self) -> bool {
        matches!(
            self,
            Self::NoProgress(Doing::Unknown) | Self::Stalled(Doing::Unknown, _)
        )
    }

    pub(crate) fn stalled_for(self) -> Option<Duration> {
        match self {
            Self::Stalled(_, time) => Some(time),
            _ => None,
        }
    }
}

/// What a check observes of a worker.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Observed {
    pub(crate) now: Instant,
    /// Whether it has finished a poll since it was last seen to make progress, or sleeps.
    pub(crate) has_polled: bool,
    pub(crate) is_asleep: bool,
    pub(crate) is_blocking: bool,
    /// Whether its thread waits for something other than a core, if the platform reports it.
    pub(crate) thread_waits: Option<bool>,
    /// Whether its thread is known to wait while tasks wait behind its poll.
    pub(crate) delays_tasks: bool,
    /// CPU time of its thread since it was last seen to make progress, if the platform reports it.
    pub(crate) computed: Option<Duration>,
    /// When a roll call by one of the workers last found that all made progress.
    pub(crate) all_progressed: Instant,
    /// Time without progress after which it is taken for waiting if the platform does not report
    /// what its thread does: no less than
    /// [`waiting_is_stall`](Thresholds::waiting_is_stall).
    pub(crate) patience: Duration,
}

/// What is remembered of a worker from check to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// Since when it has been making no progress.
    since: Instant,
    /// Number of checks in a row in which it made none.
    pub(crate) checks: u32,
}

impl History {
    pub(crate) fn starting(now: Instant) -> Self {
        Self {
            since: now,
            checks: 0,
        }
    }
}

/// Returns the verdict, and the history to pass in at the next check.
pub(crate) fn judge(
    thresholds: &Thresholds,
    observed: &Observed,
    history: History,
) -> (Progress, History) {
    let progress = judge_progress(thresholds, observed, history);
    let history = match observed.has_polled {
        true => History::starting(observed.now),
        false => history,
    };
    let history = match progress {
        Progress::NoProgress(_) | Progress::Stalled(..) => History {
            checks: history.checks + 1,
            ..history
        },
        _ => History::starting(observed.now),
    };
    (progress, history)
}

fn judge_progress(thresholds: &Thresholds, observed: &Observed, history: History) -> Progress {
    if observed.is_blocking {
        return Progress::BlockingInPlace;
    }
    if observed.is_asleep {
        return Progress::Asleep;
    }
    let since = history.since.max(observed.all_progressed);
    let waited = observed.now.saturating_duration_since(since);
    match (observed.has_polled, observed.thread_waits) {
        (true, Some(false) | None) => return Progress::Progressing,
        // The tasks behind the poll should not wait until the stall is certain.
        (true, Some(true)) if observed.delays_tasks => return Progress::NoProgress(Doing::Waiting),
        (true, Some(true)) => return Progress::Pausing,
        (false, Some(true) | None) => {
            let doing = match observed.thread_waits.is_some() || waited >= observed.patience {
                true => Doing::Waiting,
                false => Doing::Unknown,
            };
            return match waited >= thresholds.waiting_is_stall {
                true => Progress::Stalled(doing, waited),
                false => Progress::NoProgress(doing),
            };
        }
        (false, Some(false)) => {}
    }
    match observed.computed {
        Some(time) if time >= thresholds.computing_is_stall => {
            let doing = match time >= thresholds.computing_is_hogging {
                true => Doing::Hogging,
                false => Doing::Computing,
            };
            Progress::Stalled(doing, waited)
        }
        Some(time) if time >= thresholds.computing_makes_no_progress => {
            Progress::NoProgress(Doing::Computing)
        }
        _ => Progress::WaitingForCore,
    }
}
