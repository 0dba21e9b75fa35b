//! Users' code that blocks a thread of the pool before it gets to the jobs, or that starts one: the
//! jobs go to the others.

use crate::support::gate::Gate;
use crate::support::{bounded, eventually};
use crate::{named_once_built, occupy};
use heist_runtime::{Builder, Runtime};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

/// Occupies threads until one that is started for that is held up. They are free again when the
/// senders are dropped.
fn occupy_until(has_blocked: &mpsc::Receiver<()>, rt: &Runtime) -> Vec<mpsc::Sender<()>> {
    let mut occupied = Vec::new();
    while has_blocked.recv_timeout(Duration::from_millis(1)).is_err() {
        let (release, released) = mpsc::channel();
        rt.spawn_blocking(move || _ = released.recv());
        occupied.push(release);
    }
    occupied
}

/// A later job ends, whether the threads that are not held up are busy or rest.
fn assert_later_jobs_end(rt: &Runtime, has_blocked: &mpsc::Receiver<()>, are_others_busy: bool) {
    let mut occupied = occupy_until(has_blocked, rt);
    if !are_others_busy {
        occupied.clear();
        eventually("a thread rests", || {
            rt.metrics().num_idle_blocking_threads() > 0
        });
    }
    rt.block_on(rt.spawn_blocking(|| ())).unwrap();
}

/// A runtime whose start hook passes the gate. Its worker has done so.
fn hooked(gate: &Arc<Gate>) -> Runtime {
    let hook = gate.clone();
    let rt = Builder::new()
        .worker_threads(1)
        .max_spare_workers(0)
        .on_thread_start(move || hook.pass())
        .build()
        .unwrap();
    rt.block_on(rt.spawn(async {})).unwrap();
    rt
}

#[test]
fn a_start_hook_that_blocks_holds_up_no_later_job() {
    for are_others_busy in [true, false] {
        bounded(move || {
            let (gate, has_blocked, open) = Gate::new();
            let rt = hooked(&gate);
            let release = occupy(&rt);
            gate.close();
            assert_later_jobs_end(&rt, &has_blocked, are_others_busy);
            drop((open, release));
        });
    }
}

#[test]
fn a_thread_name_that_blocks_holds_up_no_later_job() {
    for are_others_busy in [true, false] {
        bounded(move || {
            let (gate, has_blocked, open) = Gate::new();
            let names = gate.clone();
            let rt = named_once_built(move |_| {
                names.pass();
                "pool".into()
            });
            let release = occupy(&rt);
            gate.close();
            assert_later_jobs_end(&rt, &has_blocked, are_others_busy);
            drop((open, release));
        });
    }
}

/// The job waits for no thread but the one that is held up, until another one is started for it.
#[test]
fn a_start_hook_that_blocks_holds_up_no_job() {
    bounded(|| {
        let (gate, has_blocked, open) = Gate::new();
        let rt = hooked(&gate);
        gate.close();
        let job = rt.spawn_blocking(|| ());
        has_blocked.recv().unwrap();
        rt.block_on(job).unwrap();
        drop(open);
    });
}

#[test]
fn a_thread_name_that_blocks_holds_up_neither_the_caller_nor_the_job() {
    bounded(|| {
        let (gate, has_blocked, open) = Gate::new();
        let names = gate.clone();
        let rt = named_once_built(move |_| {
            names.pass();
            "pool".into()
        });
        gate.close();
        let name = || thread::current().name().map(str::to_owned);
        let job = rt.spawn_blocking(name);
        has_blocked.recv().unwrap();
        assert_eq!(rt.block_on(job).unwrap().as_deref(), Some("pool"));
        drop(open);
    });
}

/// Each thread that is started in place of one that is held up is expected for longer.
#[test]
fn start_hooks_that_block_do_not_use_up_the_threads() {
    const THREADS: usize = 400;
    bounded(|| {
        let started = Arc::new(AtomicUsize::new(0));
        let hook = started.clone();
        let rt = Builder::new()
            .worker_threads(1)
            .max_spare_workers(0)
            .max_blocking_threads(THREADS)
            .on_thread_start(move || {
                hook.fetch_add(1, SeqCst);
                thread::sleep(Duration::from_secs(1));
            })
            .build()
            .unwrap();
        rt.block_on(rt.spawn_blocking(|| ())).unwrap();
        let started = started.load(SeqCst);
        assert!(started < THREADS / 10, "{started}");
    });
}
