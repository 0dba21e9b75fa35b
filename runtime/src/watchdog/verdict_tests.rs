//! Tables of verdicts, with invented clocks: the tests use no thread and no runtime.

use super::thresholds::Thresholds;
use super::verdict::{Doing, History, Observed, Progress, judge};
use std::time::{Duration, Instant};

const STALL: Duration = Duration::from_millis(1);

fn thresholds() -> Thresholds {
    Thresholds::new(STALL)
}

fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// One worker, and a clock that the test sets.
struct Scene {
    start: Instant,
    seen: Observed,
    history: History,
}

impl Scene {
    fn new() -> Self {
        let start = Instant::now();
        Self {
            start,
            seen: Observed {
                now: start,
                has_polled: false,
                is_asleep: false,
                is_blocking: false,
                thread_waits: Some(false),
                delays_tasks: false,
                computed: Some(Duration::ZERO),
                all_progressed: start,
                patience: thresholds().waiting_is_stall,
            },
            history: History::starting(start),
        }
    }

    /// Checks the worker at this time after the start, after `change` has modified the observation.
    fn check_at(&mut self, after: Duration, change: impl FnOnce(&mut Observed)) -> Progress {
        self.seen.now = self.start + after;
        change(&mut self.seen);
        let (progress, history) = judge(&thresholds(), &self.seen, self.history);
        self.history = history;
        progress
    }
}

#[test]
fn each_state_has_its_verdict() {
    type Change = fn(&mut Observed);
    // Each observation is made one and a half milliseconds after the last progress.
    let table: [(&str, Change, Progress); 17] = [
        ("asleep", |o| o.is_asleep = true, Progress::Asleep),
        (
            "polled, and its thread runs",
            |o| o.has_polled = true,
            Progress::Progressing,
        ),
        (
            "polled, and its thread waits now",
            |o| (o.has_polled, o.thread_waits) = (true, Some(true)),
            Progress::Pausing,
        ),
        (
            "polled, and its thread waits now with tasks behind it",
            |o| (o.has_polled, o.thread_waits, o.delays_tasks) = (true, Some(true), true),
            Progress::NoProgress(Doing::Waiting),
        ),
        (
            "polled, and it is unknown whether its thread waits",
            |o| (o.has_polled, o.thread_waits) = (true, None),
            Progress::Progressing,
        ),
        (
            "no poll, and it is unknown whether its thread waits",
            |o| o.thread_waits = None,
            Progress::Stalled(Doing::Waiting, micros(1_500)),
        ),
        (
            "the same, and it may only lack a core for so long",
            |o| (o.thread_waits, o.patience) = (None, micros(1_501)),
            Progress::Stalled(Doing::Unknown, micros(1_500)),
        ),
        (
            "waits, while others may only lack a core for so long",
            |o| (o.thread_waits, o.patience) = (Some(true), micros(1_501)),
            Progress::Stalled(Doing::Waiting, micros(1_500)),
        ),
        (
            "no poll, and hardly any CPU time",
            |o| o.computed = Some(micros(10)),
            Progress::WaitingForCore,
        ),
        (
            "no poll, and its CPU time is unknown",
            |o| o.computed = None,
            Progress::WaitingForCore,
        ),
        (
            "computes for just less than three quarters of the threshold",
            |o| o.computed = Some(micros(749)),
            Progress::WaitingForCore,
        ),
        (
            "computes for three quarters of the threshold",
            |o| o.computed = Some(micros(750)),
            Progress::NoProgress(Doing::Computing),
        ),
        (
            "computes for twice the threshold",
            |o| o.computed = Some(micros(2_000)),
            Progress::Stalled(Doing::Computing, micros(1_500)),
        ),
        (
            "computes for ten times the threshold",
            |o| o.computed = Some(micros(10_000)),
            Progress::Stalled(Doing::Hogging, micros(1_500)),
        ),
        (
            "waits",
            |o| o.thread_waits = Some(true),
            Progress::Stalled(Doing::Waiting, micros(1_500)),
        ),
        (
            "blocks in place",
            |o| (o.is_blocking, o.thread_waits) = (true, Some(true)),
            Progress::BlockingInPlace,
        ),
        (
            "waits, but all made progress at a roll call just now",
            |o| (o.thread_waits, o.all_progressed) = (Some(true), o.now - micros(100)),
            Progress::NoProgress(Doing::Waiting),
        ),
    ];
    for (name, change, expected) in table {
        assert_eq!(
            Scene::new().check_at(micros(1_500), change),
            expected,
            "{name}"
        );
    }
}

#[test]
fn a_thread_that_waits_is_stalled_after_three_eighths_of_the_threshold() {
    let mut scene = Scene::new();
    let waits = |o: &mut Observed| o.thread_waits = Some(true);
    let first = scene.check_at(micros(374), waits);
    assert_eq!(first, Progress::NoProgress(Doing::Waiting));
    let second = scene.check_at(micros(375), waits);
    assert_eq!(second, Progress::Stalled(Doing::Waiting, micros(375)));
    assert_eq!(scene.history.checks, 2);
}

/// Others may take its tasks as soon, but it is taken for waiting later.
#[test]
fn a_thread_of_which_nothing_is_known_is_taken_for_waiting_when_patience_ends() {
    let mut scene = Scene::new();
    let unknown = |o: &mut Observed| (o.thread_waits, o.patience) = (None, micros(8_000));
    let first = scene.check_at(micros(374), unknown);
    assert_eq!(first, Progress::NoProgress(Doing::Unknown));
    let second = scene.check_at(micros(375), unknown);
    assert_eq!(second, Progress::Stalled(Doing::Unknown, micros(375)));
    let third = scene.check_at(micros(7_999), unknown);
    assert_eq!(third, Progress::Stalled(Doing::Unknown, micros(7_999)));
    let fourth = scene.check_at(micros(8_000), unknown);
    assert_eq!(fourth, Progress::Stalled(Doing::Waiting, micros(8_000)));
    for progress in [first, second, third, fourth] {
        assert!(progress.is_absent());
    }
}

/// Other workers may take its tasks at once, but its stall begins no earlier than at this check.
#[test]
fn a_thread_that_waits_before_tasks_makes_no_progress_from_the_first_check_on() {
    let mut scene = Scene::new();
    let first = scene.check_at(micros(10_000), |o| {
        (o.has_polled, o.thread_waits, o.delays_tasks) = (true, Some(true), true);
    });
    assert_eq!(first, Progress::NoProgress(Doing::Waiting));
    assert_eq!(scene.history.checks, 1);
    let second = scene.check_at(micros(10_374), |o| o.has_polled = false);
    assert_eq!(second, Progress::NoProgress(Doing::Waiting));
    let third = scene.check_at(micros(10_375), |_| {});
    assert_eq!(third, Progress::Stalled(Doing::Waiting, micros(375)));
    assert_eq!(scene.history.checks, 3);
    // The worker polls, and waits again: this is another wait.
    let again = scene.check_at(micros(11_000), |o| o.has_polled = true);
    assert_eq!(again, Progress::NoProgress(Doing::Waiting));
    assert_eq!(scene.history.checks, 1);
}

#[test]
fn a_poll_ends_a_stall_and_its_history() {
    let mut scene = Scene::new();
    let waits = |o: &mut Observed| o.thread_waits = Some(true);
    scene.check_at(micros(1_000), waits);
    let back = scene.check_at(micros(2_000), |o| o.has_polled = true);
    assert_eq!((back, scene.history.checks), (Progress::Pausing, 0));
    // It waits again, in another poll: timed from the check that saw it make progress.
    let again = scene.check_at(micros(2_300), |o| o.has_polled = false);
    assert_eq!(again, Progress::NoProgress(Doing::Waiting));
    let longer = scene.check_at(micros(2_400), waits);
    assert_eq!(longer, Progress::Stalled(Doing::Waiting, micros(400)));
}

#[test]
fn waiting_for_a_core_is_no_stall_however_long_it_takes() {
    let mut scene = Scene::new();
    for millis in 1..1_000 {
        let progress = scene.check_at(Duration::from_millis(millis), |_| {});
        assert_eq!(progress, Progress::WaitingForCore);
    }
    // Then it waits for a lock: timed from the last check, not from the start.
    let progress = scene.check_at(micros(999_100), |o| o.thread_waits = Some(true));
    assert_eq!(progress, Progress::NoProgress(Doing::Waiting));
}

#[test]
fn falling_asleep_and_blocking_in_place_end_a_stall() {
    for change in [
        (|o: &mut Observed| o.is_asleep = true) as fn(&mut Observed),
        |o| o.is_blocking = true,
    ] {
        let mut scene = Scene::new();
        let stalled = scene.check_at(micros(5_000), |o| o.thread_waits = Some(true));
        assert!(matches!(stalled, Progress::Stalled(..)));
        let after = scene.check_at(micros(6_000), change);
        assert!(!matches!(after, Progress::Stalled(..)));
        assert_eq!(scene.history.checks, 0);
    }
}

#[test]
fn a_runtime_without_an_end_to_its_threshold_sees_no_stall() {
    let thresholds = Thresholds::new(Duration::MAX);
    let mut scene = Scene::new();
    scene.seen.now += Duration::from_secs(86_400);
    scene.seen.thread_waits = Some(true);
    scene.seen.computed = Some(Duration::from_secs(86_400));
    let (progress, _) = judge(&thresholds, &scene.seen, scene.history);
    assert_eq!(progress, Progress::NoProgress(Doing::Waiting));
}
