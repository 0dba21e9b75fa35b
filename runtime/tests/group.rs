//! Groups: tasks that succeed or fail together.

use std::future::pending;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use heist_runtime::task::{CancellationToken, GroupFailure, TaskGroup, yield_now};
use heist_runtime::{Builder, Runtime};

fn block_on<F: Future>(future: F) -> F::Output {
    Runtime::new().unwrap().block_on(future)
}

/// Signals when it is dropped, and counts drops.
struct Tell(Arc<AtomicUsize>);

impl Drop for Tell {
    fn drop(&mut self) {
        self.0.fetch_add(1, SeqCst);
    }
}

fn told(count: &Arc<AtomicUsize>) -> impl Future<Output = Result<(), String>> + Send + use<> {
    let tell = Tell(count.clone());
    async move {
        let _tell = tell;
        pending().await
    }
}

#[test]
fn outputs_come_in_the_order_of_spawning() {
    block_on(async {
        let group = TaskGroup::<_, String>::new();
        for n in 0..1_000 {
            group.spawn(async move {
                for _ in 0..(1_000 - n) % 10 {
                    yield_now().await;
                }
                Ok(n)
            });
        }
        assert!(group.join().await.unwrap().into_iter().eq(0..1_000));
        assert_eq!(TaskGroup::<(), String>::new().join().await.unwrap(), []);
    });
}

#[test]
fn the_first_error_cancels_the_others_even_before_the_join() {
    block_on(async {
        let group = TaskGroup::new();
        let dropped = Arc::new(AtomicUsize::new(0));
        for _ in 0..50 {
            group.spawn(told(&dropped));
        }
        group.spawn(async { Err("the first".to_owned()) });
        group.token().cancelled().await;
        let error = group.join().await.unwrap_err();
        // The group was joined, so all of them have been dropped.
        assert_eq!(dropped.load(SeqCst), 50);
        assert_eq!(error.cancelled(), 50);
        assert!(matches!(error.first(), Some(GroupFailure::Error(text)) if text == "the first"));
        assert_eq!(
            error.to_string(),
            "the first (50 other tasks were cancelled)"
        );
    });
}

#[test]
fn a_panic_is_a_failure_and_cancels_the_others() {
    block_on(async {
        let group = TaskGroup::<(), String>::new();
        let token = group.token().clone();
        group.spawn_blocking(move || {
            while !token.is_cancelled() {
                std::thread::yield_now();
            }
            Err("the second".into())
        });
        group.spawn(async { panic!("the first") });
        let failures = group.join().await.unwrap_err().into_failures();
        assert_eq!(failures.len(), 2);
        assert!(matches!(&failures[0], GroupFailure::Panic(error) if error.is_panic()));
        assert!(matches!(&failures[1], GroupFailure::Error(text) if text == "the second"));
    });
}

#[test]
fn a_dropped_group_cancels_its_tasks() {
    block_on(async {
        let dropped = Arc::new(AtomicUsize::new(0));
        let group = TaskGroup::new().limit(3);
        for _ in 0..10 {
            group.spawn(told(&dropped));
        }
        yield_now().await;
        drop(group);
        while dropped.load(SeqCst) < 10 {
            yield_now().await;
        }
    });
}

#[test]
fn no_more_run_than_the_limit_allows() {
    block_on(async {
        let (running, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let group = TaskGroup::<usize, String>::new().limit(3);
        for n in 0..200 {
            let (running, most) = (running.clone(), most.clone());
            group.spawn(async move {
                most.fetch_max(running.fetch_add(1, SeqCst) + 1, SeqCst);
                for _ in 0..5 {
                    yield_now().await;
                }
                running.fetch_sub(1, SeqCst);
                Ok(n)
            });
        }
        assert!(group.join().await.unwrap().into_iter().eq(0..200));
        assert!((1..=3).contains(&most.load(SeqCst)), "{most:?}");
    });
}

#[test]
fn with_a_limit_too_a_failure_ends_those_that_wait() {
    block_on(async {
        let dropped = Arc::new(AtomicUsize::new(0));
        let group = TaskGroup::new().limit(1);
        group.spawn(async {
            yield_now().await;
            Err("no".to_owned())
        });
        for _ in 0..20 {
            group.spawn(told(&dropped));
        }
        let error = group.join().await.unwrap_err();
        assert_eq!((error.cancelled(), dropped.load(SeqCst)), (20, 20));
    });
}

#[test]
fn the_deadline_bounds_it_whoever_waits() {
    block_on(async {
        let group = TaskGroup::<(), String>::new().timeout(Duration::from_millis(5));
        group.spawn(pending());
        // Not joined, and limited all the same.
        group.token().cancelled().await;
        let error = group.join().await.unwrap_err();
        assert!(matches!(error.first(), Some(GroupFailure::Deadline)));
        assert_eq!((error.failures().len(), error.cancelled()), (1, 1));

        // Before the deadline.
        let group = TaskGroup::<_, String>::new().timeout(Duration::MAX);
        group.spawn(async { Ok(1) });
        assert_eq!(group.join().await.unwrap(), [1]);
    });
}

#[test]
fn groups_nest_and_outer_tokens_reach_in() {
    block_on(async {
        let dropped = Arc::new(AtomicUsize::new(0));
        let shutdown = CancellationToken::new();
        let outer = TaskGroup::with_token(shutdown.clone());
        let inner_dropped = dropped.clone();
        let (started, start) = async_channel::bounded(1);
        outer.spawn(async move {
            let inner = TaskGroup::new();
            inner.spawn(told(&inner_dropped));
            started.send(()).await.unwrap();
            inner
                .join()
                .await
                .map(drop)
                .map_err(|error| error.to_string())
        });
        start.recv().await.unwrap();
        shutdown.cancel();
        let error = outer.join().await.unwrap_err();
        assert!(error.first().is_none());
        while dropped.load(SeqCst) < 1 {
            yield_now().await;
        }
        assert_eq!(
            error.to_string(),
            "the group was cancelled (1 other task was cancelled)"
        );
    });
}

/// Its runtime shuts down, but not the one that joins.
#[test]
fn a_group_whose_runtime_ends_is_cancelled_and_not_waited_for() {
    let (one, other) = (Runtime::new().unwrap(), Runtime::new().unwrap());
    let group = {
        let _entered = one.enter();
        let group = TaskGroup::<(), String>::new().limit(2);
        for _ in 0..5 {
            group.spawn(pending());
        }
        group
    };
    drop(one);
    let error = other.block_on(group.join()).unwrap_err();
    assert_eq!(error.cancelled(), 5);
}

/// A refused task makes room for the next, and so on through all that wait.
#[test]
fn thousands_of_queued_tasks_end_with_the_runtime() {
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    let handle = runtime.handle().clone();
    let group = {
        let _entered = runtime.enter();
        let group = TaskGroup::<(), String>::new().limit(1);
        for n in 0..20_000 {
            match n % 2 {
                0 => group.spawn(pending()),
                _ => group.spawn_blocking(|| Ok(())),
            }
        }
        group
    };
    drop(runtime);
    let error = handle.block_on(group.join()).unwrap_err();
    assert_eq!(error.cancelled(), 20_000);
}
