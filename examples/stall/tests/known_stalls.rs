//! Two known ways in which a blocking task delays other tasks on tokio, reproduced for both
//! runtimes. heist must pass; tokio's behaviour is printed as the control.
//!
//! - tokio's issue 4730: the blocking worker was the one that waited for timers and events.
//! - tokio's issue 4941: a task that the blocking one has woken is in its worker's next slot, which
//!   no other worker checks.

use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

const WORKERS: usize = 2;

/// How long heist has for what tokio does not do at all while a task blocks.
const PATIENCE: Duration = Duration::from_secs(30);

/// How long a task blocks on tokio, for the control.
const CONTROL: Duration = Duration::from_millis(300);

fn heist() -> heist::runtime::Runtime {
    let mut builder = heist::runtime::Builder::new();
    builder
        .worker_threads(WORKERS)
        .build()
        .expect("heist starts")
}

fn tokio() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let builder = builder.worker_threads(WORKERS).enable_all();
    builder.build().expect("tokio starts")
}

/// A timer fires while the worker that would have waited for it blocks.
mod timers_behind_a_blocked_worker {
    use super::*;

    /// A task that a timer has just woken blocks until another timer's task reports, or for
    /// `patience`. Evaluates to whether it reported.
    macro_rules! blocked_by_timer {
        ($runtime:expr, $sleep:path, $patience:expr) => {{
            let (ticked, ticks) = channel();
            let (finished, finish) = channel();
            $runtime.spawn(async move {
                loop {
                    $sleep(Duration::from_millis(5)).await;
                    if ticked.send(()).is_err() {
                        break;
                    }
                }
            });
            $runtime.spawn(async move {
                let mut in_time = 0;
                for _ in 0..20 {
                    $sleep(Duration::from_millis(2)).await;
                    while ticks.try_recv().is_ok() {}
                    in_time += u32::from(ticks.recv_timeout($patience).is_ok());
                }
                let _ = finished.send(in_time);
            });
            finish.recv().expect("the task ends")
        }};
    }

    #[test]
    fn fire() {
        let runtime = heist();
        let in_time = blocked_by_timer!(runtime, heist::time::sleep, PATIENCE);
        assert_eq!(in_time, 20, "heist: timers wait for a task that blocks");

        let runtime = tokio();
        let in_time = blocked_by_timer!(runtime, tokio::time::sleep, CONTROL / 10);
        println!("tokio: {in_time} of 20 timers fired while a task blocked");
        runtime.shutdown_background();
    }
}

/// A task runs that was woken by a task that then blocks.
mod a_task_woken_by_one_that_blocks {
    use super::*;

    /// Wakes a task and blocks until it has run, or for `patience`. Returns whether it ran.
    async fn wake_and_block(
        wake: tokio::sync::oneshot::Sender<Sender<()>>,
        patience: Duration,
    ) -> bool {
        let (ran, runs) = channel();
        wake.send(ran).expect("the task waits");
        runs.recv_timeout(patience).is_ok()
    }

    async fn run_when_woken(woken: tokio::sync::oneshot::Receiver<Sender<()>>) {
        if let Ok(ran) = woken.await {
            let _ = ran.send(());
        }
    }

    #[test]
    fn runs() {
        let runtime = heist();
        for _ in 0..20 {
            let (wake, woken) = tokio::sync::oneshot::channel();
            runtime.spawn(run_when_woken(woken));
            let waker = runtime.spawn(wake_and_block(wake, PATIENCE));
            assert!(
                runtime.block_on(waker).unwrap(),
                "heist: a woken task waits"
            );
        }

        let runtime = tokio();
        let (wake, woken) = tokio::sync::oneshot::channel();
        let waiting = runtime.spawn(run_when_woken(woken));
        // Lets the task wait before it is woken.
        thread::sleep(Duration::from_millis(20));
        let start = Instant::now();
        let waker = runtime.spawn(wake_and_block(wake, CONTROL));
        let ran = runtime.block_on(waker).unwrap();
        let took = start.elapsed();
        println!("tokio: the woken task ran while the other blocked: {ran} (after {took:?})");
        runtime.block_on(waiting).unwrap();
    }
}
