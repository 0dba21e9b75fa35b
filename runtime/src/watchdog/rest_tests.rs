//! When the watchdog rests: plans while all workers sleep, with invented clocks.

use super::plan::{Memory, NextCheck, plan};
use super::plan_tests::{STALL, WORKER_COUNTS, regular, thresholds};
use super::verdict::Progress;
use std::time::Instant;

#[test]
fn the_watchdog_rests_when_all_have_slept_for_two_checks() {
    for workers in WORKER_COUNTS {
        let (now, mut memory) = (Instant::now(), Memory::default());
        let mut check = |has_polled: bool| {
            let mut all = vec![regular(Progress::Asleep); workers];
            all[0].has_polled = has_polled;
            plan(&thresholds(), all.into_iter(), now, &mut memory).next_check
        };
        let keeps_checking = NextCheck::NoLaterThan(STALL * 2);
        assert_eq!(check(false), keeps_checking);
        assert_eq!(check(true), keeps_checking);
        assert_eq!(check(false), keeps_checking);
        assert_eq!(check(false), NextCheck::OnWaking);
    }
}

/// During a trickle of work it checks by itself; when work is rarer, the workers call it.
#[test]
fn the_watchdog_does_not_rest_in_a_trickle() {
    let table = [
        (STALL / 2, true),
        (STALL * 2, true),
        (STALL * 4, true),
        (STALL * 5, false),
        (STALL * 50, false),
    ];
    let thresholds = thresholds();
    for (period, keeps_checking) in table {
        for workers in WORKER_COUNTS {
            let (mut now, mut memory) = (Instant::now(), Memory::default());
            let check = |now: Instant, has_polled: bool, memory: &mut Memory| {
                let mut all = vec![regular(Progress::Asleep); workers];
                all[0].has_polled = has_polled;
                plan(&thresholds, all.into_iter(), now, memory).next_check
            };
            check(now, true, &mut memory);
            check(now, false, &mut memory);
            assert_eq!(check(now, false, &mut memory), NextCheck::OnWaking);
            now += period + thresholds.check_after_waking;
            memory.has_rested(&thresholds, now);
            let next = match keeps_checking {
                true => NextCheck::NoLaterThan(STALL * 2),
                false => NextCheck::OnWaking,
            };
            assert_eq!(check(now, true, &mut memory), next, "{period:?}");
            for nth in 1..10 {
                now += STALL * 2;
                let has_polled = nth % 2 == 0;
                assert_eq!(check(now, has_polled, &mut memory), next, "{period:?}");
            }
        }
    }
}
