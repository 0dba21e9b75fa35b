//! Users' code that blocks a thread of the pool before it gets to the jobs, or that starts one: the
//! jobs go to the others.

use crate::support::gate::Gate;
use crate::support::{bounded, eventually};
use crate::{named_once_built, naming, occupy};
use heist_runtime::{Builder, Runtime, task};
use std::thread;

/// A name that no thread can have.
const REFUSED: &str = "\0";

/// Waits until no thread has a job.
fn await_rest(rt: &Runtime) {
    eventually("the thread rests", || {
        rt.metrics().num_idle_blocking_threads() == 1
    });
}

#[test]
fn a_start_hook_that_blocks_holds_up_no_later_job() {
    for is_other_busy in [true, false] {
        bounded(move || {
            let (gate, has_blocked, open) = Gate::new();
            let hook = gate.clone();
            let rt = Builder::new()
                .worker_threads(1)
                .max_spare_workers(0)
                .on_thread_start(move || hook.pass())
                .build()
                .unwrap();
            rt.block_on(rt.spawn(async {})).unwrap();
            let release = occupy(&rt);
            gate.close();
            let first = rt.spawn_blocking(|| ());
            has_blocked.recv().unwrap();
            let _release = is_other_busy.then_some(release);
            if !is_other_busy {
                await_rest(&rt);
            }
            rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            rt.block_on(first).unwrap();
            drop(open);
        });
    }
}

#[test]
fn a_thread_name_that_blocks_holds_up_no_later_job() {
    for is_other_busy in [true, false] {
        bounded(move || {
            let (gate, has_blocked, open) = Gate::new();
            let names = gate.clone();
            let rt = named_once_built(move |_| {
                names.pass();
                "pool".into()
            });
            let release = occupy(&rt);
            gate.close();
            let handle = rt.handle().clone();
            let first = thread::spawn(move || handle.spawn_blocking(|| ()));
            has_blocked.recv().unwrap();
            let _release = is_other_busy.then_some(release);
            if !is_other_busy {
                await_rest(&rt);
            }
            rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            drop(open);
            rt.block_on(first.join().unwrap()).unwrap();
        });
    }
}

/// A thread that takes a job calls another one for those that wait, and has the job meanwhile.
#[test]
fn a_thread_name_that_blocks_holds_up_no_job_that_has_a_thread() {
    bounded(|| {
        let (gate, has_blocked, open) = Gate::new();
        let names = gate.clone();
        let rt = named_once_built(move |n| {
            names.pass();
            if n == 0 { "pool" } else { REFUSED }.into()
        });
        let release = occupy(&rt);
        // None of them gets a thread of its own.
        let jobs: Vec<_> = (0..3).map(|_| rt.spawn_blocking(|| ())).collect();
        gate.close();
        drop(release);
        has_blocked.recv().unwrap();
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        drop(open);
    });
}

/// The only thread that there may be is refused while another job waits for it: that job gets
/// another one, or if the system has none is given up.
#[test]
fn a_refused_thread_cancels_no_job_that_could_have_another() {
    for system_has_one in [true, false] {
        bounded(move || {
            let (gate, has_blocked, open) = Gate::new();
            gate.close();
            let rt = naming(move |n| {
                gate.pass();
                let is_refused = n == 0 || !system_has_one;
                if is_refused { REFUSED } else { "pool" }.into()
            })
            .max_blocking_threads(1)
            .build()
            .unwrap();
            let handle = rt.handle().clone();
            let first =
                thread::spawn(move || task::Builder::new().spawn_blocking_on(|| 1, &handle));
            has_blocked.recv().unwrap();
            let second = rt.spawn_blocking(|| 2);
            drop(open);
            assert!(first.join().unwrap().is_err());
            match rt.block_on(second) {
                Ok(output) => assert!(system_has_one && output == 2),
                Err(error) => assert!(!system_has_one && error.is_cancelled(), "{error}"),
            }
        });
    }
}
