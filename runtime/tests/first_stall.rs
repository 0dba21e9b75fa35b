//! The first tasks of a runtime that block: others run as soon as they would later, although the
//! watchdog's thread may not have been started yet.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Runtime, spawn};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};
use support::bounded;

const THRESHOLD: Duration = Duration::from_millis(1);

/// How long others may wait after a task has begun to block.
const MOST: Duration = Duration::from_millis(2);

/// How old the runtimes are when their first task comes: during the first watch, at about its end,
/// and later.
const AGES: [Duration; 5] = [
    Duration::ZERO,
    Duration::from_micros(150),
    Duration::from_micros(280),
    Duration::from_micros(400),
    Duration::from_millis(3),
];

fn runtime(workers: usize) -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(workers).stall_threshold(THRESHOLD);
    builder.build().unwrap()
}

fn wait(age: Duration) {
    let start = Instant::now();
    while start.elapsed() < age {
        std::hint::spin_loop();
    }
}

/// Repeats it, and if the machine is too busy, until it takes no longer than allowed.
fn soon(others_wait: impl Fn() -> Duration) {
    let mut best = Duration::MAX;
    for attempt in 0.. {
        best = best.min(others_wait());
        if attempt >= 10 && best <= MOST {
            break;
        }
    }
}

/// Blocks the thread until a task that it spawns has run. Returns how long that took.
fn wait_for_a_child() -> Duration {
    let (sender, receiver) = mpsc::channel();
    let start = Instant::now();
    spawn(async move { sender.send(start.elapsed()).unwrap() });
    receiver.recv().unwrap()
}

#[test]
fn a_child_runs_while_the_first_task_blocks_for_it() {
    bounded(|| {
        for workers in [1, 2, 64] {
            for age in AGES {
                soon(|| {
                    let rt = runtime(workers);
                    wait(age);
                    rt.block_on(rt.spawn(async { wait_for_a_child() })).unwrap()
                });
            }
        }
    });
}

/// Has this many first tasks block their workers, and then spawns another. Returns how long that
/// one waits.
fn others_wait_for(rt: &Runtime, blockers: usize) -> Duration {
    let (release, released) = mpsc::channel::<()>();
    let released = Arc::new(Mutex::new(released));
    let (blocks, blocking) = mpsc::channel();
    for _ in 0..blockers {
        let (released, blocks) = (released.clone(), blocks.clone());
        rt.spawn(async move {
            blocks.send(Instant::now()).unwrap();
            let _ = released.lock().unwrap().recv();
        });
    }
    let last = blocking.iter().take(blockers).max().unwrap();
    let waited = rt
        .block_on(rt.spawn(async move { last.elapsed() }))
        .unwrap();
    drop(release);
    waited
}

#[test]
fn tasks_from_outside_run_while_the_first_ones_block() {
    bounded(|| {
        for (workers, blockers) in [(1, 1), (2, 1), (2, 2), (3, 2), (64, 1), (64, 64)] {
            for age in AGES {
                soon(|| {
                    let rt = runtime(workers);
                    wait(age);
                    others_wait_for(&rt, blockers)
                });
            }
        }
    });
}

/// The last worker would start the watchdog's thread, but only without such a hook.
#[test]
fn a_hook_that_blocks_the_last_worker_does_not_block_the_watchdog() {
    bounded(|| {
        let (release, released) = mpsc::channel::<()>();
        let released = Mutex::new(released);
        let rt = Builder::new()
            .worker_threads(2)
            .on_thread_start(move || {
                let name = thread::current().name().unwrap_or_default().to_owned();
                if name == "heist-worker-1" {
                    let _ = released.lock().unwrap().recv();
                }
            })
            .build()
            .unwrap();
        rt.block_on(rt.spawn(async { wait_for_a_child() })).unwrap();
        drop(release);
    });
}
