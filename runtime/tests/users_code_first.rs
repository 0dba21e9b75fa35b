//! Users' code that blocks a worker before it gets to the tasks: these spread over the others.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::task::{self, JoinHandle};
use heist_runtime::{Builder, Runtime};
use std::sync::{Arc, Barrier, mpsc};
use support::bounded;
use support::gate::Gate;

/// Three workers, and one spare one. There is no watchdog, which would also wake workers.
fn three_workers() -> Builder {
    let mut builder = Builder::new();
    builder
        .worker_threads(3)
        .max_spare_workers(1)
        .stall_threshold(None);
    builder
}

/// Waits until all of these workers sleep.
fn await_sleep(rt: &Runtime, workers: impl Iterator<Item = usize> + Clone) {
    let metrics = rt.handle().metrics();
    let is_asleep = |worker| metrics.worker_park_unpark_count(worker) % 2 == 1;
    support::eventually("they sleep", || workers.clone().all(is_asleep));
}

/// Two tasks run at the same time, though only these two workers are left.
fn assert_two_tasks_meet(rt: &Runtime, workers: [usize; 2]) {
    await_sleep(rt, workers.into_iter());
    let both = Arc::new(Barrier::new(2));
    let tasks = [both.clone(), both].map(|both| rt.spawn(async move { _ = both.wait() }));
    for task in tasks {
        rt.block_on(task).unwrap();
    }
}

/// Blocks the first worker in the hook that it runs when it is woken for this task, until the
/// sender is dropped.
fn blocked_in_unpark_hook() -> (Runtime, JoinHandle<()>, mpsc::Sender<()>) {
    let (gate, has_blocked, release) = Gate::new();
    let hook = gate.clone();
    let rt = three_workers()
        .on_thread_unpark(move || hook.pass())
        .build()
        .unwrap();
    await_sleep(&rt, 0..3);
    gate.close();
    let task = rt.spawn(async {});
    has_blocked.recv().unwrap();
    (rt, task, release)
}

#[test]
fn a_hook_that_blocks_a_woken_worker_leaves_the_others_to_the_tasks() {
    bounded(|| {
        let (rt, task, release) = blocked_in_unpark_hook();
        assert_two_tasks_meet(&rt, [1, 2]);
        rt.block_on(task).unwrap();
        drop(release);
    });
}

#[test]
fn a_pinned_task_that_blocks_a_woken_worker_leaves_the_others_to_the_tasks() {
    bounded(|| {
        let (rt, task, release) = blocked_in_unpark_hook();
        // It is the first thing that the worker finds.
        let (release_pinned, released) = mpsc::channel::<()>();
        let (started, has_started) = mpsc::channel();
        let pinned = rt.handle().spawn_pinned(0, move || async move {
            started.send(()).unwrap();
            let _ = released.recv();
        });
        drop(release);
        has_started.recv().unwrap();
        assert_two_tasks_meet(&rt, [1, 2]);
        rt.block_on(task).unwrap();
        drop(release_pinned);
        rt.block_on(pinned).unwrap();
    });
}

/// Calls a spare worker whose thread blocks in the user's code before it gets to work. `set` sets
/// that code.
fn assert_late_spare_leaves_the_others_to_the_tasks(set: impl FnOnce(&mut Builder, Arc<Gate>)) {
    let (gate, has_blocked, release) = Gate::new();
    let mut builder = three_workers();
    set(&mut builder, gate.clone());
    let rt = builder.build().unwrap();
    let mut ends = Vec::new();
    for worker in 0..3 {
        await_sleep(&rt, worker..3);
        let (end, ended) = mpsc::channel::<()>();
        ends.push(end);
        let (started, has_started) = mpsc::channel();
        if worker == 2 {
            gate.close();
        }
        rt.spawn(async move {
            task::block_in_place(|| {
                let _ = started.send(());
                let _ = ended.recv();
            });
        });
        match worker {
            2 => has_blocked.recv().unwrap(),
            _ => has_started.recv().unwrap(),
        }
    }
    ends.drain(..2);
    assert_two_tasks_meet(&rt, [0, 1]);
    drop(release);
}

#[test]
fn a_thread_name_that_blocks_leaves_the_other_workers_to_the_tasks() {
    bounded(|| {
        assert_late_spare_leaves_the_others_to_the_tasks(|builder, gate| {
            builder.thread_name_fn(move || {
                gate.pass();
                "named".into()
            });
        });
    });
}

#[test]
fn a_start_hook_that_blocks_leaves_the_other_workers_to_the_tasks() {
    bounded(|| {
        assert_late_spare_leaves_the_others_to_the_tasks(|builder, gate| {
            builder.on_thread_start(move || gate.pass());
        });
    });
}
