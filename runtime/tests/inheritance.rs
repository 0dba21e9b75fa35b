//! Settings that a worker makes for its own thread are not inherited by the threads it starts.
//!
//! Not with the portable driver: it leaves the timer slack alone, and cannot bind a thread to
//! several cores again.
#![cfg(all(target_os = "linux", not(heist_portable_driver)))]

use heist_runtime::{Builder, Runtime};
use rustix::thread::{current_timer_slack, sched_getaffinity};

#[test]
fn threads_that_a_task_starts_have_the_programs_timer_slack() {
    let own = current_timer_slack().unwrap();
    let rt = Runtime::new().unwrap();
    let of_job = rt.spawn(async {
        // The pool's first thread is started by this worker.
        let job = heist_runtime::spawn_blocking(|| current_timer_slack().unwrap());
        (current_timer_slack().unwrap(), job.await.unwrap())
    });
    let (of_worker, of_job) = rt.block_on(of_job).unwrap();
    assert_eq!(of_worker, 1_000);
    assert_eq!(of_job, own);
}

#[test]
fn block_on_restores_the_threads_timer_slack() {
    let own = current_timer_slack().unwrap();
    let rt = Builder::new().build_current_thread().unwrap();
    assert_eq!(rt.block_on(async { current_timer_slack().unwrap() }), 1_000);
    assert_eq!(current_timer_slack().unwrap(), own);
    drop(rt);
    assert_eq!(current_timer_slack().unwrap(), own);
}

#[test]
fn threads_that_a_bound_worker_starts_run_where_the_program_may() {
    let cores = || sched_getaffinity(None).unwrap();
    let rt = Builder::new()
        .worker_threads(1)
        // They are not bound.
        .max_spare_workers(0)
        .pin_workers(true)
        .build()
        .unwrap();
    let found = rt.spawn(async move {
        // The pool's first thread is started by this worker.
        let job = heist_runtime::spawn_blocking(cores);
        (job.await.unwrap(), cores())
    });
    let (of_job, of_worker) = rt.block_on(found).unwrap();
    assert_eq!(of_job, cores());
    assert_eq!(of_worker.count(), 1, "it is bound again");
}
