//! How the pauses between attempts to start a thread grow, and when they end.

use super::{FIRST_PAUSE, LONGEST_PAUSE, Refusals};
use crate::scheduler::tests::bare;
use std::time::{Duration, Instant};

#[test]
fn a_refusal_is_not_followed_by_another_attempt_at_once() {
    let (mut refusals, now) = (Refusals::default(), Instant::now());
    assert!(refusals.are_over(now));
    refusals.note(now);
    assert!(!refusals.are_over(now + FIRST_PAUSE - Duration::from_nanos(1)));
    assert!(refusals.are_over(now + FIRST_PAUSE));
}

#[test]
fn the_pauses_double_until_a_thread_is_given() {
    let (shared, starts) = bare(1, 1);
    let refusals = || shared.spares.refusals.lock();
    starts.refuse(true);
    for doublings in 0..10 {
        refusals().until = None;
        assert!(!shared.call_spare());
        let pause = (FIRST_PAUSE * (1 << doublings)).min(LONGEST_PAUSE);
        assert_eq!(refusals().pause, pause);
        assert!(refusals().until.is_some());
    }
    starts.refuse(false);
    refusals().until = None;
    assert!(shared.call_spare());
    assert_eq!(
        refusals().pause,
        Duration::ZERO,
        "the next refusal is a first one"
    );
}

/// Two threads call a spare worker at once, and the one with the lower number comes later.
#[test]
fn a_spare_worker_is_not_left_out_while_a_lower_one_has_no_place() {
    let (shared, starts) = bare(1, 2);
    let lower = shared.sleepers.claim_spare().unwrap();
    assert!(shared.call_spare());
    assert!(
        shared.workers.len() > lower + 1,
        "its thread is woken at the end"
    );
    assert!(shared.put_to_work(lower));
    assert_eq!(starts.count(), 2);
    for spare in [lower, lower + 1] {
        drop(shared.spare_seat(spare));
    }
}
