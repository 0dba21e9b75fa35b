//! When the open loop's requests are due.

use heist_tools::schedule::{Arrivals, Schedule};

const SECOND: u64 = 1_000_000_000;

fn open(start: u64, rate: f64, index: u64, connections: u64) -> Schedule {
    Schedule::Open(Arrivals::new(start, rate, index, connections))
}

#[test]
fn all_connections_together_keep_the_rate_evenly() {
    for connections in [1, 3, 64] {
        let mut due = Vec::new();
        for i in 0..connections {
            let mut schedule = open(SECOND, 1000.0, i, connections);
            while let Some(at) = schedule.take(u64::MAX, 3 * SECOND) {
                due.push(at);
            }
        }
        due.sort_unstable();
        let expected: Vec<u64> = (0..2000).map(|i| SECOND + i * 1_000_000).collect();
        assert_eq!(due, expected);
    }
}

#[test]
fn a_request_is_taken_when_due_and_keeps_its_moment_when_late() {
    let mut schedule = open(0, 10.0, 1, 2);
    assert_eq!(schedule.next_due(0, SECOND), Some(SECOND / 10));
    assert_eq!(schedule.take(SECOND / 10 - 1, SECOND), None);
    assert_eq!(schedule.take(SECOND / 10, SECOND), Some(SECOND / 10));
    assert_eq!(schedule.take(SECOND, SECOND), Some(3 * SECOND / 10));
}

#[test]
fn what_was_due_before_the_end_and_not_taken_is_counted() {
    let mut schedule = open(0, 10.0, 0, 1);
    assert_eq!(schedule.take(SECOND, 2 * SECOND), Some(0));
    assert_eq!(schedule.overdue(SECOND), 9);
    assert_eq!(schedule.next_due(SECOND, SECOND), None);
    assert!(!schedule.is_over(SECOND - 1, SECOND) && schedule.is_over(SECOND, SECOND));
    assert_eq!(Schedule::Closed.overdue(SECOND), 0);
}

#[test]
fn closed_loop_is_due_at_once_until_the_end() {
    let mut schedule = Schedule::Closed;
    assert_eq!(schedule.take(5, 10), Some(5));
    assert_eq!(schedule.take(10, 10), None);
    let mut once = Schedule::Once { done: false };
    assert_eq!((once.take(1, 10), once.take(1, 10)), (Some(1), None));
}
