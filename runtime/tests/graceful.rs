//! Graceful shutdown of a runtime.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use heist_runtime::task::{self, spawn_pinned, yield_now};
use heist_runtime::{Builder, Runtime, spawn, spawn_blocking, time};

const LONG: Duration = Duration::from_secs(600);

#[test]
fn tasks_may_finish_with_all_that_they_spawn() {
    for _ in 0..20 {
        let runtime = Builder::new().worker_threads(2).build().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        for n in 0..50_u64 {
            let done = done.clone();
            runtime.spawn(async move {
                time::sleep(Duration::from_micros(100 * (n % 7))).await;
                let shared = done.clone();
                spawn_blocking(move || {
                    let done = shared.clone();
                    spawn_pinned(n as usize, move || async move {
                        yield_now().await;
                        done.fetch_add(1, SeqCst);
                    });
                    shared.fetch_add(1, SeqCst);
                });
                done.fetch_add(1, SeqCst);
            });
        }
        let report = runtime.shutdown_graceful(LONG);
        assert!(report.is_clean(), "{report}");
        assert_eq!(done.load(SeqCst), 150);
    }
}

#[test]
fn the_token_tells_endless_tasks_to_end() {
    let runtime = Runtime::new().unwrap();
    let token = runtime.handle().shutdown_token().clone();
    let ended = Arc::new(AtomicBool::new(false));
    let told = ended.clone();
    runtime.spawn(async move {
        token.cancelled().await;
        spawn(async {}).await.unwrap();
        told.store(true, SeqCst);
    });
    assert!(!runtime.handle().shutdown_token().is_cancelled());
    assert!(runtime.shutdown_graceful(LONG).is_clean());
    assert!(ended.load(SeqCst));
}

#[test]
fn tasks_left_at_the_deadline_are_named_and_dropped() {
    struct Tell(mpsc::Sender<()>);
    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    let runtime = Runtime::new().unwrap();
    let (sender, dropped) = mpsc::channel();
    let tell = Tell(sender);
    let left = {
        let _entered = runtime.enter();
        let builder = task::Builder::new().name("straggler");
        builder.spawn(async move {
            let _tell = tell;
            pending::<()>().await;
        })
    };
    let left = left.unwrap();
    let line = line!() - 6;
    let report = runtime.shutdown_graceful(Duration::from_millis(20));
    let task = &report.tasks[0];
    assert_eq!((report.tasks.len(), report.blocking), (1, 0));
    assert_eq!(
        (task.id, task.name.as_deref()),
        (left.id(), Some("straggler"))
    );
    assert_eq!(
        (task.location.file(), task.location.line()),
        (file!(), line)
    );
    assert!(report.to_string().contains("straggler"), "{report}");
    dropped.try_recv().expect("it is gone when this returns");
}

#[test]
fn blocking_closures_are_waited_for_or_counted() {
    let runtime = Runtime::new().unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    runtime.spawn_blocking(move || blocked.recv());
    let report = runtime.shutdown_graceful(Duration::from_millis(20));
    assert_eq!((report.tasks.len(), report.blocking), (0, 1));
    drop(release);
}

#[test]
fn work_from_outside_is_refused_during_shutdown() {
    let runtime = Runtime::new().unwrap();
    let handle = runtime.handle().clone();
    let (end, ended) = async_channel::bounded::<()>(1);
    runtime.spawn(async move { ended.recv().await });
    let outside = thread::spawn(move || {
        while !handle.shutdown_token().is_cancelled() {
            thread::yield_now();
        }
        let refused = [handle.spawn(async {}), handle.spawn_pinned(0, || async {})];
        for task in refused {
            assert!(
                futures_lite::future::block_on(task)
                    .unwrap_err()
                    .is_cancelled()
            );
        }
        end.try_send(()).unwrap();
    });
    assert!(runtime.shutdown_graceful(LONG).is_clean());
    outside.join().unwrap();
}

#[test]
fn a_task_that_blocks_its_thread_does_not_delay_shutdown() {
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    let (release, blocked) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel();
    runtime.spawn(async move {
        started.send(()).unwrap();
        let _ = blocked.recv();
    });
    start.recv().unwrap();
    let report = runtime.shutdown_graceful(Duration::from_millis(20));
    assert_eq!(report.tasks.len(), 1);
    drop(release);
}

/// Work that moves on as soon as it is looked for: from a task to a closure, to a task, and so on.
#[test]
fn work_that_moves_between_tasks_and_closures_is_waited_for() {
    fn in_task(left: usize, done: Arc<AtomicUsize>) {
        spawn(async move {
            match left {
                0 => _ = done.fetch_add(1, SeqCst),
                _ => in_closure(left - 1, done),
            }
        });
    }
    fn in_closure(left: usize, done: Arc<AtomicUsize>) {
        spawn_blocking(move || in_task(left, done));
    }
    for _ in 0..20 {
        // This many, so that checking all of them takes about as long as a move.
        let runtime = Builder::new().worker_threads(64).build().unwrap();
        let done = Arc::new(AtomicUsize::new(0));
        {
            let _entered = runtime.enter();
            in_closure(2_000, done.clone());
        }
        let report = runtime.shutdown_graceful(LONG);
        assert!(report.is_clean(), "{report}");
        assert_eq!(done.load(SeqCst), 1);
    }
}

/// The worker of the other runtime is not held up.
#[test]
fn a_task_of_another_runtime_may_wait_for_the_end() {
    support::bounded(|| {
        let outer = Builder::new()
            .worker_threads(1)
            .stall_threshold(None)
            .build()
            .unwrap();
        let inner = Runtime::new().unwrap();
        let (end, ended) = async_channel::bounded::<()>(1);
        inner.spawn(async move { ended.recv().await });
        let token = inner.handle().shutdown_token().clone();
        let ending = outer.spawn(async move { inner.shutdown_graceful(LONG) });
        // On the same worker, unless another takes over.
        let other = outer.spawn(async move {
            token.cancelled().await;
            end.send(()).await.unwrap();
        });
        let (report, told) = outer.block_on(async { (ending.await.unwrap(), other.await) });
        assert!(report.is_clean(), "{report}");
        told.unwrap();
    });
}
