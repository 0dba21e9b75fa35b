//! A runtime without a watchdog (`Builder::stall_threshold`).

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, spawn};
use std::sync::{Arc, Barrier, mpsc};
use support::bounded;

/// All of them are made ready before the task blocks, and the worker that is woken for them takes
/// only some.
#[test]
fn workers_without_tasks_take_those_of_a_worker_that_is_blocked() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(4)
            .stall_threshold(None)
            .build()
            .unwrap();
        let metrics = rt.handle().metrics();
        let all_sleep = || (0..4).all(|worker| metrics.worker_park_unpark_count(worker) % 2 == 1);
        for _ in 0..100 {
            support::eventually("all sleep", all_sleep);
            let parent = rt.spawn(async {
                let meeting = Arc::new(Barrier::new(3));
                let (tell, told) = mpsc::channel();
                for _ in 0..3 {
                    let (meeting, tell) = (meeting.clone(), tell.clone());
                    spawn(async move {
                        meeting.wait();
                        tell.send(()).unwrap();
                    });
                }
                // The last one waits for this task.
                spawn(async {});
                told.iter().take(3).for_each(drop);
            });
            rt.block_on(parent).unwrap();
        }
    });
}
