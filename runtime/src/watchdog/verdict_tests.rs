//! Tables of verdicts and plans, with invented clocks: no thread, no runtime, no waiting.

use super::plan::{Judged, Memory, NextCheck, Plan, Role, plan};
use super::thresholds::Thresholds;
use super::verdict::{Doing, History, Observed, Progress, judge};
use std::time::{Duration, Instant};

const STALL: Duration = Duration::from_millis(1);
const FLEETS: [usize; 4] = [1, 2, 64, 300];

fn thresholds() -> Thresholds {
    Thresholds::new(STALL)
}

fn micros(micros: u64) -> Duration {
    Duration::from_micros(micros)
}

/// A clock that is set by the test, and one worker under it.
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
                thread_waits: false,
                computed: Some(Duration::ZERO),
                all_progressed: start,
            },
            history: History::starting(start),
        }
    }

    /// A check so long after the start, of a worker that is as `change` says.
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
    // What is observed one and a half milliseconds after the last progress.
    let table: [(&str, Change, Progress); 11] = [
        ("asleep", |o| o.is_asleep = true, Progress::Asleep),
        (
            "polled, and its thread runs",
            |o| o.has_polled = true,
            Progress::Progressing,
        ),
        (
            "polled, and its thread waits now",
            |o| (o.has_polled, o.thread_waits) = (true, true),
            Progress::Pausing,
        ),
        (
            "no poll, and no CPU time either",
            |o| o.computed = Some(micros(10)),
            Progress::WaitingForCore,
        ),
        (
            "no poll, and the system cannot tell its CPU time",
            |o| o.computed = None,
            Progress::WaitingForCore,
        ),
        (
            "computes just below where that counts",
            |o| o.computed = Some(micros(749)),
            Progress::WaitingForCore,
        ),
        (
            "computes",
            |o| o.computed = Some(micros(750)),
            Progress::NoProgress(Doing::Computing),
        ),
        (
            "computes for twice the threshold",
            |o| o.computed = Some(micros(2_000)),
            Progress::Stalled(Doing::Computing, micros(1_500)),
        ),
        (
            "waits",
            |o| o.thread_waits = true,
            Progress::Stalled(Doing::Waiting, micros(1_500)),
        ),
        (
            "blocks in place",
            |o| (o.is_blocking, o.thread_waits) = (true, true),
            Progress::BlockingInPlace,
        ),
        (
            "waits, but all were seen to progress just now",
            |o| (o.thread_waits, o.all_progressed) = (true, o.now - micros(100)),
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
fn a_thread_that_waits_is_stalled_after_half_the_threshold() {
    let mut scene = Scene::new();
    let waits = |o: &mut Observed| o.thread_waits = true;
    let first = scene.check_at(micros(499), waits);
    assert_eq!(first, Progress::NoProgress(Doing::Waiting));
    let second = scene.check_at(micros(500), waits);
    assert_eq!(second, Progress::Stalled(Doing::Waiting, micros(500)));
    assert_eq!(scene.history.checks, 2);
}

#[test]
fn a_poll_ends_a_stall_and_its_history() {
    let mut scene = Scene::new();
    let waits = |o: &mut Observed| o.thread_waits = true;
    scene.check_at(micros(1_000), waits);
    let back = scene.check_at(micros(2_000), |o| o.has_polled = true);
    assert_eq!((back, scene.history.checks), (Progress::Pausing, 0));
    // It waits again, in another poll: counted from the check that saw it progress.
    let again = scene.check_at(micros(2_400), |o| o.has_polled = false);
    assert_eq!(again, Progress::NoProgress(Doing::Waiting));
    let longer = scene.check_at(micros(2_600), waits);
    assert_eq!(longer, Progress::Stalled(Doing::Waiting, micros(600)));
}

#[test]
fn waiting_for_a_core_is_no_stall_however_long_it_takes() {
    let mut scene = Scene::new();
    for millis in 1..1_000 {
        let progress = scene.check_at(Duration::from_millis(millis), |_| {});
        assert_eq!(progress, Progress::WaitingForCore);
    }
    // Then it waits for a lock: counted from the last check, not from the start.
    let progress = scene.check_at(micros(999_100), |o| o.thread_waits = true);
    assert_eq!(progress, Progress::NoProgress(Doing::Waiting));
}

#[test]
fn falling_asleep_and_blocking_in_place_end_a_stall() {
    for change in [
        (|o: &mut Observed| o.is_asleep = true) as fn(&mut Observed),
        |o| o.is_blocking = true,
    ] {
        let mut scene = Scene::new();
        let stalled = scene.check_at(micros(5_000), |o| o.thread_waits = true);
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
    scene.seen.thread_waits = true;
    scene.seen.computed = Some(Duration::from_secs(86_400));
    let (progress, _) = judge(&thresholds, &scene.seen, scene.history);
    assert_eq!(progress, Progress::NoProgress(Doing::Waiting));
}

// Plans.

fn regular(progress: Progress) -> Judged {
    Judged {
        progress,
        checks: 1,
        role: Role::Regular,
        has_tasks: false,
    }
}

fn spare(progress: Progress, role: Role) -> Judged {
    Judged {
        role,
        ..regular(progress)
    }
}

const WAITS: Progress = Progress::Stalled(Doing::Waiting, STALL);
const COMPUTES: Progress = Progress::Stalled(Doing::Computing, STALL);

/// The plan of a first check.
fn first_plan(workers: &[Judged]) -> Plan {
    let mut memory = Memory::default();
    let workers = workers.iter().copied();
    plan(&thresholds(), workers, Instant::now(), &mut memory)
}

/// So many workers that progress, but for the first ones.
fn fleet(workers: usize, first: &[Progress]) -> Vec<Judged> {
    let mut fleet = vec![regular(Progress::Progressing); workers];
    for (worker, &progress) in fleet.iter_mut().zip(first) {
        worker.progress = progress;
    }
    fleet
}

#[test]
fn nothing_is_done_while_all_progress() {
    for workers in FLEETS {
        let plan = first_plan(&fleet(workers, &[]));
        assert!(!plan.stand_in && !plan.may_call && plan.retire == 0 && !plan.is_alert);
        assert_eq!(plan.next_check, NextCheck::After(STALL));
    }
}

#[test]
fn one_absent_worker_is_stood_in_for() {
    let absent = [
        (WAITS, true),
        (COMPUTES, false),
        (Progress::BlockingInPlace, true),
        (Progress::NoProgress(Doing::Waiting), false),
        (Progress::NoProgress(Doing::Computing), false),
    ];
    for (progress, leaves_core) in absent {
        for workers in FLEETS {
            let plan = first_plan(&fleet(workers, &[progress]));
            assert!(plan.stand_in, "{progress:?} of {workers}");
            // Alone, it must be replaced once it is stalled, though it needs its core.
            let alone = workers == 1 && progress == COMPUTES;
            assert_eq!(
                plan.may_call,
                leaves_core || alone,
                "{progress:?} of {workers}"
            );
        }
    }
}

#[test]
fn each_core_that_is_left_gets_a_spare_worker() {
    for workers in FLEETS {
        let mut all = vec![regular(WAITS); workers];
        for called in 0..=workers {
            assert_eq!(first_plan(&all).may_call, called < workers);
            all.push(spare(Progress::Progressing, Role::Called));
        }
    }
}

#[test]
fn workers_that_compute_get_one_spare_worker_together() {
    for workers in FLEETS {
        let mut all = vec![regular(COMPUTES); workers];
        assert!(first_plan(&all).may_call);
        all.push(spare(Progress::Progressing, Role::Called));
        assert!(!first_plan(&all).may_call);
    }
}

#[test]
fn a_spare_worker_that_is_absent_itself_does_not_count() {
    for workers in FLEETS {
        let mut all = vec![regular(WAITS); workers];
        all.extend(vec![spare(WAITS, Role::Called); workers]);
        assert!(first_plan(&all).may_call);
        all.extend(vec![spare(Progress::Asleep, Role::Resting); workers]);
        assert!(first_plan(&all).may_call, "those at rest do not either");
    }
}

#[test]
fn tasks_of_absent_workers_are_stranded() {
    for workers in FLEETS {
        let mut all = fleet(workers, &[Progress::NoProgress(Doing::Computing)]);
        assert!(!first_plan(&all).has_stranded_tasks);
        all[0].has_tasks = true;
        assert!(first_plan(&all).has_stranded_tasks);
        all[0].progress = Progress::Progressing;
        assert!(
            !first_plan(&all).has_stranded_tasks,
            "it will run them itself"
        );
    }
}

#[test]
fn surplus_spare_workers_rest_after_a_while() {
    for workers in FLEETS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut all = fleet(workers, &[]);
        all.extend(vec![spare(Progress::Progressing, Role::Called); 3]);
        let mut retire_at = |after: Duration, all: &[Judged]| {
            let workers = all.iter().copied();
            plan(&thresholds(), workers, start + after, &mut memory).retire
        };
        let long = Duration::from_millis(10);
        assert_eq!(retire_at(Duration::ZERO, &all), 0);
        assert_eq!(retire_at(long - micros(1), &all), 0);
        assert_eq!(retire_at(long, &all), 3);
        // One worker stalls again in between: the time starts anew.
        all[0].progress = WAITS;
        all.truncate(workers + 1);
        assert_eq!(retire_at(long * 2, &all), 0);
        all[0].progress = Progress::Progressing;
        assert_eq!(retire_at(long * 3 - micros(1), &all), 0);
        assert_eq!(retire_at(long * 4, &all), 1);
        // Nobody will check again once all sleep.
        let all: Vec<_> = (all.iter())
            .map(|worker| Judged {
                progress: Progress::Asleep,
                ..*worker
            })
            .collect();
        let mut memory = Memory::default();
        let first = plan(&thresholds(), all.iter().copied(), start, &mut memory);
        assert_eq!(first.retire, 1);
    }
}

#[test]
fn checks_come_as_often_as_the_state_wants() {
    let table = [
        (Progress::Progressing, STALL),
        (Progress::Pausing, STALL / 2),
        (Progress::NoProgress(Doing::Waiting), STALL / 2),
        (Progress::NoProgress(Doing::Computing), STALL),
        (Progress::WaitingForCore, STALL * 2),
        (WAITS, STALL),
        (COMPUTES, STALL),
        (Progress::BlockingInPlace, STALL),
    ];
    for workers in FLEETS {
        for (progress, after) in table {
            let plan = first_plan(&fleet(workers, &[progress]));
            assert_eq!(
                plan.next_check,
                NextCheck::After(after),
                "{progress:?} of {workers}"
            );
        }
    }
}

#[test]
fn a_wait_that_is_no_accident_makes_alert_for_a_while() {
    for workers in FLEETS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut check = |after: Duration, first: Progress, checks: u32| {
            let mut all = fleet(workers, &[first]);
            all[0].checks = checks;
            plan(&thresholds(), all.into_iter(), start + after, &mut memory)
        };
        assert!(!check(STALL, WAITS, 2).is_alert, "it may be an accident");
        let alert = check(STALL * 2, WAITS, 3);
        assert!(alert.is_alert);
        assert_eq!(alert.next_check, NextCheck::After(STALL / 4));
        let lately = check(STALL * 100, Progress::Progressing, 0);
        assert_eq!(lately.next_check, NextCheck::After(STALL / 4));
        // The checks would take another worker's core.
        let crowded = check(STALL * 100, Progress::WaitingForCore, 0);
        assert!(crowded.is_alert);
        assert_eq!(crowded.next_check, NextCheck::After(STALL));
        let later = check(STALL * 252, Progress::Progressing, 0);
        assert!(!later.is_alert);
    }
}

/// The next one to block finds somebody awake, or to be woken.
#[test]
fn while_alert_one_spare_worker_stands_by() {
    for workers in FLEETS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut check = |after: Duration, all: &[Judged]| {
            let workers = all.iter().copied();
            plan(&thresholds(), workers, start + after, &mut memory)
        };
        let mut all = fleet(workers, &[WAITS]);
        assert!(!check(STALL, &all).call_standby, "it may be an accident");
        all[0].checks = 3;
        assert!(check(STALL * 2, &all).call_standby);
        // One stands in for the first worker, and one stands by.
        let idle = spare(Progress::Asleep, Role::Called);
        all.push(idle);
        assert!(check(STALL * 3, &all).call_standby);
        all.push(idle);
        assert!(!check(STALL * 4, &all).call_standby);
        // It comes back: what stood in for it rests, and the other one does when the alert is over.
        all[0] = regular(Progress::Progressing);
        assert_eq!(check(STALL * 100, &all).retire, 0);
        assert_eq!(check(STALL * 110, &all).retire, 1);
        all.pop();
        assert!(!check(STALL * 120, &all).call_standby);
        assert_eq!(check(STALL * 255, &all).retire, 0);
        assert_eq!(check(STALL * 265, &all).retire, 1);
    }
}

/// Or nobody would send the one that stands by to rest.
#[test]
fn the_watchdog_does_not_rest_while_it_is_alert() {
    for workers in FLEETS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut stalled = fleet(workers, &[WAITS]);
        stalled[0].checks = 3;
        let stalled = stalled.into_iter();
        plan(&thresholds(), stalled, start, &mut memory);
        let mut check = |after: Duration| {
            let mut all = vec![regular(Progress::Asleep); workers];
            all.push(spare(Progress::Asleep, Role::Called));
            plan(&thresholds(), all.into_iter(), start + after, &mut memory)
        };
        for millis in (2..250).step_by(2) {
            let plan = check(STALL * millis);
            assert_eq!(plan.next_check, NextCheck::After(STALL * 2));
            assert_eq!(plan.retire, 0);
        }
        assert_eq!(check(STALL * 250).retire, 1);
        check(STALL * 252);
        assert_eq!(check(STALL * 254).next_check, NextCheck::OnWaking);
    }
}

#[test]
fn computing_makes_no_alert() {
    for workers in FLEETS {
        let mut all = fleet(workers, &[COMPUTES]);
        all[0].checks = 100;
        assert!(!first_plan(&all).is_alert);
    }
}

#[test]
fn the_watchdog_rests_when_all_have_slept_for_three_checks() {
    for workers in FLEETS {
        let (now, mut memory) = (Instant::now(), Memory::default());
        let mut check = |progress: Progress| {
            let all = vec![regular(progress); workers];
            plan(&thresholds(), all.into_iter(), now, &mut memory).next_check
        };
        let relaxed = NextCheck::After(STALL * 2);
        assert_eq!(check(Progress::Asleep), relaxed);
        assert_eq!(check(Progress::Asleep), relaxed);
        assert_eq!(check(Progress::Progressing), NextCheck::After(STALL));
        assert_eq!(check(Progress::Asleep), relaxed);
        assert_eq!(check(Progress::Asleep), relaxed);
        assert_eq!(check(Progress::Asleep), NextCheck::OnWaking);
    }
}
