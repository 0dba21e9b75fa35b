//! What the pool retains, which cannot be observed from outside until it is too much.

use super::{AtDeadline, BlockingPool, Limits};
use crate::draining::Draining;
use crate::tasks::{Failures, Origin};
use crate::timers::Clock;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

fn pool(keep_alive: Duration) -> BlockingPool {
    #[cfg(feature = "test-util")]
    let clock = Clock::new(false);
    #[cfg(not(feature = "test-util"))]
    let clock = Clock;
    let limits = Limits {
        max_threads: 4,
        cores: 1,
        keep_alive,
    };
    let start = |parts: super::ThreadParts| thread::Builder::new().spawn(move || parts.run());
    BlockingPool::new(
        limits,
        Arc::new(Failures::default()),
        clock,
        Arc::new(Draining::new()),
        Box::new(start),
        false,
    )
}

/// A thread's handle keeps its stack until the thread is joined or detached.
#[test]
fn a_thread_that_retires_is_not_kept() {
    let pool = pool(Duration::ZERO);
    for _ in 0..3 {
        let job = pool.spawn(|| (), Origin::caller(), AtDeadline::Cancel);
        drop(job.unwrap());
        while pool.num_threads() > 0 {
            thread::yield_now();
        }
        assert!(pool.0.state.lock().threads.is_empty());
    }
}
