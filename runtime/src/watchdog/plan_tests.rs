//! Tables of plans, with invented clocks: the tests use no thread and no runtime.

use super::plan::{Judged, Memory, NextCheck, Plan, Role, plan};
use super::thresholds::Thresholds;
use super::verdict::{Doing, Progress};
use std::time::{Duration, Instant};

pub(super) const STALL: Duration = Duration::from_millis(1);
pub(super) const WORKER_COUNTS: [usize; 4] = [1, 2, 64, 300];

pub(super) fn thresholds() -> Thresholds {
    Thresholds::new(STALL)
}

pub(super) fn regular(progress: Progress) -> Judged {
    Judged {
        progress,
        checks: 1,
        has_polled: progress == Progress::Progressing,
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
const UNKNOWN: Progress = Progress::Stalled(Doing::Unknown, STALL);
const COMPUTES: Progress = Progress::Stalled(Doing::Computing, STALL);
const HOGS: Progress = Progress::Stalled(Doing::Hogging, STALL);

/// Returns the plan of a first check.
fn first_plan(workers: &[Judged]) -> Plan {
    let mut memory = Memory::default();
    let workers = workers.iter().copied();
    plan(&thresholds(), workers, Instant::now(), &mut memory)
}

/// Returns regular workers that all make progress, except for the `first` ones.
fn regulars(workers: usize, first: &[Progress]) -> Vec<Judged> {
    let mut regulars = vec![regular(Progress::Progressing); workers];
    for (worker, &progress) in regulars.iter_mut().zip(first) {
        worker.progress = progress;
    }
    regulars
}

fn each_of<A: Copy, B: Copy>(
    first: impl IntoIterator<Item = A>,
    second: impl IntoIterator<Item = B, IntoIter: Clone>,
) -> impl Iterator<Item = (A, B)> {
    let second = second.into_iter();
    (first.into_iter()).flat_map(move |a| second.clone().map(move |b| (a, b)))
}

#[test]
fn nothing_is_done_while_all_progress() {
    for workers in WORKER_COUNTS {
        let plan = first_plan(&regulars(workers, &[]));
        assert!(!plan.stand_in && !plan.may_call && plan.retire == 0 && !plan.is_alert);
        assert_eq!(plan.next_check, NextCheck::After(STALL));
    }
}

#[test]
fn one_absent_worker_is_stood_in_for() {
    let absent = [
        (WAITS, true),
        (UNKNOWN, true),
        (COMPUTES, false),
        (HOGS, false),
        (Progress::BlockingInPlace, true),
        (Progress::NoProgress(Doing::Waiting), false),
        (Progress::NoProgress(Doing::Unknown), false),
        (Progress::NoProgress(Doing::Computing), false),
    ];
    for (progress, leaves_core) in absent {
        for workers in WORKER_COUNTS {
            let plan = first_plan(&regulars(workers, &[progress]));
            assert!(plan.stand_in, "{progress:?} of {workers}");
            // If it is the only worker, a hog must be replaced though it needs its core.
            let alone = workers == 1 && progress == HOGS;
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
    for (workers, stalled) in each_of(WORKER_COUNTS, [WAITS, UNKNOWN]) {
        let mut all = vec![regular(stalled); workers];
        for called in 0..=workers {
            assert_eq!(first_plan(&all).may_call, called < workers);
            all.push(spare(Progress::Progressing, Role::Called));
        }
    }
}

/// This is before a worker is stalled, since no other can run ready tasks.
#[test]
fn a_spare_worker_is_called_when_all_are_found_waiting_a_second_time() {
    for (workers, doing) in each_of(WORKER_COUNTS, [Doing::Waiting, Doing::Unknown]) {
        let waits = |checks| Judged {
            checks,
            ..regular(Progress::NoProgress(doing))
        };
        let mut all = vec![waits(1); workers];
        assert!(!first_plan(&all).may_call, "it may be an accident");
        all[0] = waits(2);
        assert!(first_plan(&all).may_call);
        all.push(spare(Progress::Progressing, Role::Called));
        assert!(!first_plan(&all).may_call, "it has been called");
        all.pop();
        for at_hand in [
            Progress::Asleep,
            Progress::Progressing,
            Progress::WaitingForCore,
            Progress::NoProgress(Doing::Computing),
        ] {
            all.push(regular(at_hand));
            assert!(!first_plan(&all).may_call, "{at_hand:?} of {workers}");
            all.pop();
        }
        for not_at_hand in [Progress::Pausing, Progress::BlockingInPlace] {
            all.push(regular(not_at_hand));
            assert!(first_plan(&all).may_call, "{not_at_hand:?} of {workers}");
            all.pop();
        }
    }
}

/// Starting its thread takes as long as making certain of a stall.
#[test]
fn the_first_spare_worker_is_started_on_suspicion() {
    for workers in WORKER_COUNTS {
        let mut all = regulars(workers, &[Progress::NoProgress(Doing::Waiting)]);
        assert!(!first_plan(&all).call_standby, "no task waits");
        all[0].has_tasks = true;
        assert!(first_plan(&all).call_standby);
        all.push(spare(Progress::Asleep, Role::Resting));
        assert!(!first_plan(&all).call_standby, "it has been started");
    }
}

#[test]
fn computing_workers_share_one_spare_worker() {
    for workers in WORKER_COUNTS {
        let mut all = vec![regular(COMPUTES); workers];
        assert!(!first_plan(&all).may_call, "their polls end soon");
        all[0].progress = HOGS;
        assert!(
            !first_plan(&all).may_call || workers == 1,
            "other polls end soon"
        );
        all.fill(regular(HOGS));
        assert!(first_plan(&all).may_call);
        all.push(spare(Progress::Progressing, Role::Called));
        assert!(!first_plan(&all).may_call);
    }
}

#[test]
fn after_a_hog_spare_workers_are_called_for_any_computation() {
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut may_call = |after: Duration, progress: Progress| {
            let all = vec![regular(progress); workers];
            plan(&thresholds(), all.into_iter(), start + after, &mut memory).may_call
        };
        assert!(!may_call(STALL, COMPUTES));
        assert!(may_call(STALL * 2, HOGS));
        assert!(may_call(STALL * 251, COMPUTES));
        // Workers that compute but do not hog do not prolong it.
        assert!(!may_call(STALL * 252, COMPUTES));
    }
}

#[test]
fn a_spare_worker_that_is_absent_itself_does_not_count() {
    for workers in WORKER_COUNTS {
        let mut all = vec![regular(WAITS); workers];
        all.extend(vec![spare(WAITS, Role::Called); workers]);
        assert!(first_plan(&all).may_call);
        all.extend(vec![spare(Progress::Asleep, Role::Resting); workers]);
        assert!(first_plan(&all).may_call, "resting ones do not count");
    }
}

/// It may only lack a core, as the next one would. Otherwise they pile up on a busy machine.
#[test]
fn a_spare_worker_that_may_only_lack_a_core_counts() {
    let states = [UNKNOWN, Progress::NoProgress(Doing::Unknown)];
    for (workers, state) in each_of(WORKER_COUNTS, states) {
        let mut all = vec![regular(UNKNOWN); workers];
        all.extend(vec![spare(state, Role::Called); workers]);
        assert!(!first_plan(&all).may_call, "{state:?} of {workers}");
        all.pop();
        assert!(first_plan(&all).may_call, "{state:?} of {workers}");
    }
}

#[test]
fn a_worker_that_may_only_lack_a_core_makes_no_alert() {
    for workers in WORKER_COUNTS {
        let mut all = regulars(workers, &[UNKNOWN]);
        all[0].checks = 100;
        let plan = first_plan(&all);
        assert!(!plan.is_alert && !plan.checks_alone);
        assert_eq!(plan.next_check, NextCheck::After(STALL));
    }
}

#[test]
fn tasks_of_absent_workers_are_stranded() {
    for workers in WORKER_COUNTS {
        let mut all = regulars(workers, &[Progress::NoProgress(Doing::Computing)]);
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
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut all = regulars(workers, &[]);
        all.extend(vec![spare(Progress::Progressing, Role::Called); 3]);
        let mut retire_at = |after: Duration, all: &[Judged]| {
            let workers = all.iter().copied();
            plan(&thresholds(), workers, start + after, &mut memory).retire
        };
        let long = Duration::from_millis(10);
        assert_eq!(retire_at(Duration::ZERO, &all), 0);
        assert_eq!(retire_at(long - Duration::from_micros(1), &all), 0);
        assert_eq!(retire_at(long, &all), 3);
        // If one worker stalls again in between, the time starts anew.
        all[0].progress = WAITS;
        all.truncate(workers + 1);
        assert_eq!(retire_at(long * 2, &all), 0);
        all[0].progress = Progress::Progressing;
        assert_eq!(retire_at(long * 3 - Duration::from_micros(1), &all), 0);
        assert_eq!(retire_at(long * 4, &all), 1);
        // Once all sleep there is no further check.
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
        (Progress::Pausing, STALL * 3 / 16),
        (Progress::NoProgress(Doing::Waiting), STALL * 3 / 16),
        (Progress::NoProgress(Doing::Unknown), STALL * 3 / 16),
        (Progress::NoProgress(Doing::Computing), STALL),
        (Progress::WaitingForCore, STALL * 2),
        // The worker that was woken for its tasks may block on one of them.
        (WAITS, STALL * 3 / 16),
        (UNKNOWN, STALL * 3 / 16),
        (COMPUTES, STALL),
        (Progress::BlockingInPlace, STALL),
    ];
    for workers in WORKER_COUNTS {
        for (progress, after) in table {
            let plan = first_plan(&regulars(workers, &[progress]));
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
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut check = |after: Duration, first: Progress, checks: u32| {
            let mut all = regulars(workers, &[first]);
            all[0].checks = checks;
            plan(&thresholds(), all.into_iter(), start + after, &mut memory)
        };
        assert!(!check(STALL, WAITS, 2).is_alert, "it may be an accident");
        let alert = check(STALL * 2, WAITS, 3);
        assert!(alert.is_alert);
        assert_eq!(alert.next_check, NextCheck::NoLaterThan(STALL / 4));
        let lately = check(STALL * 100, Progress::Progressing, 0);
        assert_eq!(lately.next_check, NextCheck::NoLaterThan(STALL / 4));
        // The checks would take another worker's core.
        let crowded = check(STALL * 100, Progress::WaitingForCore, 0);
        assert!(crowded.is_alert);
        assert_eq!(crowded.next_check, NextCheck::After(STALL));
        let later = check(STALL * 252, Progress::Progressing, 0);
        assert!(!later.is_alert);
    }
}

/// When the next worker blocks, another is awake or can be woken.
#[test]
fn while_alert_one_spare_worker_stands_by() {
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut check = |after: Duration, all: &[Judged]| {
            let workers = all.iter().copied();
            plan(&thresholds(), workers, start + after, &mut memory)
        };
        let mut all = regulars(workers, &[WAITS]);
        assert!(!check(STALL, &all).call_standby, "it may be an accident");
        all[0].checks = 3;
        assert!(check(STALL * 2, &all).call_standby);
        // One stands in for the first worker, and one stands by.
        let idle = spare(Progress::Asleep, Role::Called);
        all.push(idle);
        assert!(check(STALL * 3, &all).call_standby);
        all.push(idle);
        assert!(!check(STALL * 4, &all).call_standby);
        // When it comes back the spare worker that stood in for it rests; the other one rests when
        // the alert is over.
        all[0] = regular(Progress::Progressing);
        assert_eq!(check(STALL * 100, &all).retire, 0);
        assert_eq!(check(STALL * 110, &all).retire, 1);
        all.pop();
        assert!(!check(STALL * 120, &all).call_standby);
        assert_eq!(check(STALL * 255, &all).retire, 0);
        assert_eq!(check(STALL * 265, &all).retire, 1);
    }
}

/// Otherwise the spare worker in reserve would never be sent to rest.
#[test]
fn the_watchdog_does_not_rest_while_it_is_alert() {
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut stalled = regulars(workers, &[WAITS]);
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
            assert_eq!(plan.next_check, NextCheck::NoLaterThan(STALL * 2));
            assert_eq!(plan.retire, 0);
        }
        let over = check(STALL * 250);
        assert_eq!(over.retire, 1);
        assert_eq!(over.next_check, NextCheck::OnWaking);
    }
}

#[test]
fn computing_makes_no_alert() {
    for workers in WORKER_COUNTS {
        let mut all = regulars(workers, &[COMPUTES]);
        all[0].checks = 100;
        assert!(!first_plan(&all).is_alert);
    }
}

/// While alert, a worker that leads wakes another before it runs a task that may hog. But more
/// checks would take the hogs' cores.
#[test]
fn hogs_on_all_workers_make_alert_without_more_checks() {
    for workers in WORKER_COUNTS {
        let (start, mut memory) = (Instant::now(), Memory::default());
        let mut check = |after: Duration, first: Progress, role: Role| {
            let mut all = vec![regular(first); workers];
            all.push(Judged {
                role,
                ..regular(Progress::Progressing)
            });
            plan(&thresholds(), all.into_iter(), start + after, &mut memory)
        };
        let hogged = check(STALL, HOGS, Role::Called);
        assert!(hogged.is_alert && !hogged.checks_alone);
        assert_eq!(hogged.next_check, NextCheck::After(STALL));
        assert!(
            hogged.call_standby,
            "one spare worker leads while the other is in a poll"
        );
        let lately = check(STALL * 200, Progress::Progressing, Role::Resting);
        assert!(lately.is_alert && lately.call_standby);
        let later = check(STALL * 252, Progress::Progressing, Role::Resting);
        assert!(!later.is_alert && !later.call_standby);
    }
}
