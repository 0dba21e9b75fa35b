//! The bounds of the queues, which decide how long a task waits, and the effect of closing the
//! injector.

use super::*;
use crate::tasks::tests::last_entry;
use std::sync::Arc;

fn entry() -> Notified {
    last_entry().0
}

fn injector_of(tasks: usize) -> Injector {
    let injector = Injector::new();
    for _ in 0..tasks {
        injector.push(entry());
    }
    injector
}

fn deque_of(tasks: usize) -> WorkerQueue {
    let deque = WorkerQueue::new();
    for _ in 0..tasks {
        deque.push(entry());
    }
    deque
}

#[test]
fn a_full_urgent_lane_returns_the_next_task() {
    let deque = deque_of(0);
    (0..URGENT_CAPACITY).for_each(|_| assert!(deque.push_urgent(entry()).is_ok()));
    assert!(deque.push_urgent(entry()).is_err());
    assert_eq!(deque.len(), URGENT_CAPACITY);
}

/// The number of tasks that a worker takes, by the length of its deque and of the injector and the
/// number of workers.
#[test]
fn a_worker_takes_its_share_up_to_a_batch() {
    for (in_deque, in_injector, workers, taken) in [
        (0, 1, 1, 1),
        (0, 10, 1, 10),
        // A fair share, rounded up, in addition to the task that is returned.
        (0, 11, 4, 1 + 3),
        // At most a batch.
        (0, 1_000, 1, 1 + INJECTOR_BATCH),
        (0, 1_000, 8, 1 + INJECTOR_BATCH),
        // As many as there is room for, and some even if there is none.
        (ENOUGH - 20, 1_000, 1, 1 + 20),
        (ENOUGH - 1, 1_000, 1, 1 + LEAST_BATCH),
        (ENOUGH, 1_000, 1, 1 + LEAST_BATCH),
    ] {
        let (deque, injector) = (deque_of(in_deque), injector_of(in_injector));
        assert!(injector.pop_into(&deque, workers).is_some());
        let case = (in_deque, in_injector, workers);
        assert_eq!(in_injector - injector.len(), taken, "{case:?}");
        assert_eq!(deque.len(), in_deque + taken - 1, "{case:?}");
    }
}

/// As above, for a worker whose task has yielded: it fills its deque only up to a batch, since the
/// task waits for everything in the deque.
#[test]
fn a_yield_lets_no_more_than_a_batch_go_first() {
    for (in_deque, in_injector, workers, taken) in [
        (0, 0, 1, 0),
        (0, 10, 1, 10),
        (0, 1_000, 1, INJECTOR_BATCH),
        (0, 10, 4, 3),
        (INJECTOR_BATCH - 5, 1_000, 1, 5),
        (INJECTOR_BATCH, 1_000, 1, 0),
        (ENOUGH, 1_000, 1, 0),
    ] {
        let (deque, injector) = (deque_of(in_deque), injector_of(in_injector));
        injector.move_into(&deque, workers);
        let case = (in_deque, in_injector, workers);
        assert_eq!(in_injector - injector.len(), taken, "{case:?}");
        assert_eq!(deque.len(), in_deque + taken, "{case:?}");
    }
}

#[test]
fn a_closed_injector_keeps_nothing() {
    let injector = Injector::new();
    let (before, memory_before) = last_entry();
    injector.push_from_outside(before);
    injector.close();
    let (after, memory_after) = last_entry();
    injector.push_from_outside(after);
    assert_eq!(injector.len(), 0);
    for memory in [memory_before, memory_after] {
        assert_eq!(Arc::strong_count(&memory), 1);
    }
}
