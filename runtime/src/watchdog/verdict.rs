//! What a check makes of one worker: a pure function of what was observed and what is remembered.
//!
//! Knows no thread, no clock and no runtime: the watchdog's thread observes, and acts on the
//! verdict. What it observes is never exact, and need not be: a worker that is taken for stalled by
//! mistake loses nothing but some tasks to others.

use super::thresholds::Thresholds;
use std::time::{Duration, Instant};

/// How a worker is, as far as one check shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(
    clippy::enum_variant_names,
    reason = "without its last word `NoProgress` says nothing"
)]
pub(crate) enum Progress {
    /// It has no work, and waits for some.
    Asleep,
    /// It has finished a poll since it was last seen to.
    Progressing,
    /// So it has, but just now its thread waits; maybe not for long, and it keeps no task waiting.
    Pausing,
    /// It has finished no poll, because its core is busy with others: a further thread would only
    /// add to that.
    WaitingForCore,
    /// It finishes no poll, not for want of a core: others may take all it has.
    NoProgress(Doing),
    /// It makes no progress for so long that somebody must stand in for it.
    Stalled(Doing, Duration),
    /// It has said itself that it blocks (`block_in_place`, `block_on` in a task).
    BlockingInPlace,
}

/// What the thread of a worker does that finishes no poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Doing {
    /// It waits, and leaves its core to others.
    Waiting,
    /// It computes, and needs its core.
    Computing,
    /// It has done so for very long.
    Hogging,
}

impl Progress {
    /// Whether others may take all it has, its next task included.
    pub(crate) fn is_absent(self) -> bool {
        matches!(
            self,
            Self::NoProgress(_) | Self::Stalled(..) | Self::BlockingInPlace
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
    /// Whether it has finished a poll since it was last known to have.
    pub(crate) has_polled: bool,
    pub(crate) is_asleep: bool,
    pub(crate) is_blocking: bool,
    /// Whether its thread waits for something, and not just for a core. Unknown counts as so.
    pub(crate) thread_waits: bool,
    /// Whether tasks wait behind its poll, and its thread is known to wait itself.
    pub(crate) keeps_tasks: bool,
    /// CPU time of its thread since it was last known to have finished a poll, where that can be
    /// told.
    pub(crate) computed: Option<Duration>,
    /// When all workers were last seen to progress, by one of their own.
    pub(crate) all_progressed: Instant,
}

/// What is remembered of a worker from check to check.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct History {
    /// Since when it has been making no progress.
    since: Instant,
    /// In how many checks in a row it made none.
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

/// The verdict, and what is to be remembered.
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
    match (observed.has_polled, observed.thread_waits) {
        (true, false) => return Progress::Progressing,
        // The tasks behind it need not wait until that is certain.
        (true, true) if observed.keeps_tasks => return Progress::NoProgress(Doing::Waiting),
        (true, true) => return Progress::Pausing,
        (false, true) => {
            let since = history.since.max(observed.all_progressed);
            let waited = observed.now.saturating_duration_since(since);
            return match waited >= thresholds.waiting_is_stall {
                true => Progress::Stalled(Doing::Waiting, waited),
                false => Progress::NoProgress(Doing::Waiting),
            };
        }
        (false, false) => {}
    }
    let since = history.since.max(observed.all_progressed);
    match observed.computed {
        Some(time) if time >= thresholds.computing_is_stall => {
            let doing = match time >= thresholds.computing_is_hogging {
                true => Doing::Hogging,
                false => Doing::Computing,
            };
            Progress::Stalled(doing, observed.now.saturating_duration_since(since))
        }
        Some(time) if time >= thresholds.computing_makes_no_progress => {
            Progress::NoProgress(Doing::Computing)
        }
        _ => Progress::WaitingForCore,
    }
}
