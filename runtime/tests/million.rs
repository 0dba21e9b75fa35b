//! A million tasks at once.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, spawn, task};
use std::future::pending;
use support::{Drops, bounded};

const MILLION: usize = 1_000_000;

#[test]
fn a_million_tasks_that_wait_complete() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        let sum = rt.block_on(async {
            let (open, gate) = async_channel::bounded::<()>(1);
            let tasks: Vec<_> = (0..MILLION)
                .map(|n| {
                    let gate = gate.clone();
                    spawn(async move {
                        // An error: the gate opens by being closed.
                        assert!(gate.recv().await.is_err());
                        task::yield_now().await;
                        n
                    })
                })
                .collect();
            drop(open);
            let mut sum = 0;
            for task in tasks {
                sum += task.await.unwrap();
            }
            sum
        });
        assert_eq!(sum, MILLION * (MILLION - 1) / 2);
    });
}

#[test]
fn a_million_pending_tasks_are_dropped_with_the_runtime() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        let drops = Drops::default();
        let mut handles = Vec::new();
        for n in 0..MILLION {
            let guard = drops.guard();
            let task = rt.spawn(async move {
                let _guard = guard;
                pending::<()>().await;
            });
            // Every other one is detached.
            if n % 2 == 0 {
                handles.push(task);
            }
        }
        assert_eq!(drops.count(), 0);
        drop(rt);
        assert_eq!(drops.count(), MILLION);
        assert!(handles.iter().all(|task| task.is_finished()));
    });
}
