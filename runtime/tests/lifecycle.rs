//! Several runtimes at once, which of them is the current one, and `block_on`.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Handle, Runtime, spawn, task, time};
use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use support::{bounded, hush_expected_panics, panic_message};

fn runtime(name: &str) -> Runtime {
    let mut builder = Builder::new();
    builder.worker_threads(1).thread_name(name).build().unwrap()
}

fn here() -> String {
    thread::current().name().unwrap_or_default().to_owned()
}

#[test]
fn several_runtimes_live_side_by_side() {
    bounded(|| {
        let names = ["one", "two", "three"];
        let runtimes = names.map(runtime);
        let tasks: Vec<_> = runtimes
            .iter()
            .map(|rt| rt.spawn(async { spawn(async { here() }).await.unwrap() }))
            .collect();
        // Each is awaited on a runtime other than its own.
        for (n, task) in tasks.into_iter().enumerate() {
            let there = runtimes[(n + 1) % 3].block_on(task).unwrap();
            assert_eq!(there, names[n]);
        }
        let [first, second, third] = runtimes;
        drop(second);
        assert_eq!(first.block_on(first.spawn(async { 1 })).unwrap(), 1);
        assert_eq!(third.block_on(third.spawn(async { 3 })).unwrap(), 3);
    });
}

#[test]
fn the_current_runtime_nests() {
    bounded(|| {
        let (outer, inner) = (runtime("outer"), runtime("inner"));
        let current = || {
            let handle = Handle::current();
            thread::spawn(move || futures_lite::future::block_on(handle.spawn(async { here() })))
                .join()
                .unwrap()
                .unwrap()
        };
        assert!(Handle::try_current().is_err());
        {
            let _outer = outer.enter();
            assert_eq!(current(), "outer");
            {
                let _inner = inner.handle().enter();
                assert_eq!(current(), "inner");
                outer.block_on(async { assert_eq!(current(), "outer") });
                assert_eq!(current(), "inner");
            }
            assert_eq!(current(), "outer");
        }
        let error = Handle::try_current().unwrap_err();
        assert!(error.to_string().contains("Handle::enter"), "{error}");
        assert!(std::io::Error::from(error).to_string().contains("block_on"));
        let message = panic_message(|| drop(Handle::current()));
        assert!(message.contains("Handle::enter"), "{message}");
    });
}

#[test]
fn the_current_runtime_is_back_after_a_panic() {
    hush_expected_panics();
    bounded(|| {
        let rt = runtime("panics");
        let message = panic_message(|| rt.block_on(async { panic!("expected in block_on") }));
        assert_eq!(message, "expected in block_on");
        assert!(Handle::try_current().is_err());
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
    });
}

#[test]
fn tasks_and_blocking_closures_know_their_runtime() {
    bounded(|| {
        let rt = runtime("known");
        let task = rt.spawn(async {
            heist_runtime::spawn_blocking(|| {
                let handle = Handle::current();
                // `block_on` is allowed on a thread that may block.
                handle.block_on(async {
                    time::sleep(Duration::from_millis(1)).await;
                    spawn(async { here() }).await.unwrap()
                })
            })
            .await
            .unwrap()
        });
        assert_eq!(rt.block_on(task).unwrap(), "known");
    });
}

#[test]
fn block_on_returns_the_output_and_may_borrow() {
    let rt = runtime("borrows");
    let mut text = String::from("borrowed");
    let length = rt.block_on(async {
        text.push('!');
        task::yield_now().await;
        text.len()
    });
    assert_eq!(length, 9);
}

#[test]
fn block_on_nests_on_a_plain_thread() {
    bounded(|| {
        let (outer, inner) = (runtime("outer"), runtime("inner"));
        let sum = outer.block_on(async {
            let first = spawn(async { 1 }).await.unwrap();
            let second = inner.block_on(async {
                time::sleep(Duration::from_millis(1)).await;
                spawn(async { 2 }).await.unwrap()
            });
            // The outer one's timers still work.
            time::sleep(Duration::from_millis(1)).await;
            first + second
        });
        assert_eq!(sum, 3);
    });
}

#[test]
fn block_on_is_not_confused_by_stray_unparks() {
    bounded(|| {
        let rt = runtime("unparked");
        let (go, wait) = async_channel::bounded(1);
        thread::current().unpark();
        let waiting = thread::current();
        let helper = thread::spawn(move || {
            for _ in 0..100 {
                waiting.unpark();
                thread::yield_now();
            }
            go.send_blocking(5).unwrap();
        });
        assert_eq!(rt.block_on(wait.recv()), Ok(5));
        helper.join().unwrap();
    });
}

#[test]
fn many_threads_block_on_one_runtime() {
    bounded(|| {
        let rt = runtime("shared");
        thread::scope(|scope| {
            for n in 0..8 {
                let rt = &rt;
                scope.spawn(move || {
                    for round in 0..50 {
                        let sum = rt.block_on(async move {
                            time::sleep(Duration::from_micros(round)).await;
                            spawn(async move { n + round }).await.unwrap()
                        });
                        assert_eq!(sum, n + round);
                    }
                });
            }
        });
    });
}

#[test]
fn tasks_continue_after_block_on_has_returned() {
    bounded(|| {
        let rt = runtime("goes on");
        let (go, wait) = async_channel::bounded::<()>(1);
        let (done, end) = mpsc::channel();
        rt.block_on(async move {
            drop(spawn(async move {
                wait.recv().await.unwrap();
                done.send(()).unwrap();
            }));
        });
        go.send_blocking(()).unwrap();
        end.recv().unwrap();
    });
}

#[test]
fn a_handle_outlives_its_runtime() {
    bounded(|| {
        let rt = runtime("gone");
        let handle = rt.handle().clone();
        drop(rt);
        let cancelled = [
            handle.block_on(handle.spawn(pending::<()>())),
            handle.block_on(handle.spawn_blocking(|| unreachable!("the pool has closed"))),
        ];
        for outcome in cancelled {
            assert!(outcome.unwrap_err().is_cancelled());
        }
        // What needs no worker still runs, in the old runtime's context.
        let entered = handle.block_on(async { Handle::try_current().is_ok() });
        assert!(entered);
        assert!(format!("{handle:?}").contains("live_tasks: 0"));
    });
}
