//! Sets of tasks: their outputs, and what happens to the tasks.

use std::future::pending;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::thread;

use futures_lite::future::poll_once;
use heist_runtime::Runtime;
use heist_runtime::task::{JoinSet, unconstrained, yield_now};

fn block_on<F: Future>(future: F) -> F::Output {
    Runtime::new().unwrap().block_on(future)
}

/// Counts the living values.
struct Alive(Arc<AtomicUsize>);

impl Alive {
    fn new(count: &Arc<AtomicUsize>) -> Self {
        count.fetch_add(1, SeqCst);
        Self(count.clone())
    }
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.fetch_sub(1, SeqCst);
    }
}

#[test]
fn every_output_is_given_once() {
    block_on(async {
        let mut set = JoinSet::new();
        for n in 0..10_000_usize {
            set.spawn(async move {
                for _ in 0..n % 7 {
                    yield_now().await;
                }
                n
            });
        }
        assert_eq!(set.len(), 10_000);
        let mut seen = vec![false; 10_000];
        while let Some(output) = set.join_next().await {
            let n = output.unwrap();
            assert!(!std::mem::replace(&mut seen[n], true));
        }
        assert!(seen.into_iter().all(|seen| seen));
        assert!(set.is_empty());
    });
}

#[test]
fn outputs_come_as_they_are_ready_and_places_are_used_again() {
    block_on(async {
        let mut set = JoinSet::new();
        for round in 0..100 {
            let (go, wait) = async_channel::bounded::<()>(1);
            set.spawn(async move {
                wait.recv().await.unwrap();
                "late"
            });
            set.spawn(async { "early" });
            assert_eq!(
                set.join_next().await.unwrap().unwrap(),
                "early",
                "round {round}"
            );
            assert!(set.try_join_next().is_none());
            go.send(()).await.unwrap();
            assert_eq!(set.join_next().await.unwrap().unwrap(), "late");
            assert!(set.join_next().await.is_none());
        }
    });
}

#[test]
fn a_wait_that_is_dropped_loses_nothing() {
    block_on(unconstrained(async {
        let mut set = JoinSet::new();
        for n in 0..1_000_u32 {
            set.spawn(async move {
                yield_now().await;
                n
            });
        }
        let mut sum = 0;
        while !set.is_empty() {
            match poll_once(set.join_next()).await {
                Some(output) => sum += output.unwrap().unwrap(),
                None => yield_now().await,
            }
        }
        assert_eq!(sum, 499_500);
    }));
}

#[test]
fn panics_and_aborts_come_with_their_ids() {
    block_on(async {
        let mut set = JoinSet::<u8>::new();
        let panics = set.spawn(async { panic!("oh") }).id();
        let aborted = set.spawn(pending());
        aborted.abort();
        let aborted = aborted.id();
        let one = set.join_next_with_id().await.unwrap().unwrap_err();
        let other = set.join_next_with_id().await.unwrap().unwrap_err();
        for error in [one, other] {
            assert_eq!(error.is_panic(), error.id() == panics);
            assert_eq!(error.is_cancelled(), error.id() == aborted);
        }
    });
}

#[test]
fn the_tasks_end_with_the_set() {
    let runtime = Runtime::new().unwrap();
    let count = Arc::new(AtomicUsize::new(0));
    runtime.block_on(async {
        let mut set = JoinSet::new();
        for _ in 0..100 {
            let alive = Alive::new(&count);
            set.spawn(async move {
                let _alive = alive;
                pending::<()>().await;
            });
        }
        yield_now().await;
        drop(set);
        while count.load(SeqCst) > 0 {
            yield_now().await;
        }

        let mut set = JoinSet::new();
        let alive = Alive::new(&count);
        set.spawn(async move {
            let _alive = alive;
            pending::<()>().await;
        });
        set.shutdown().await;
        assert_eq!(count.load(SeqCst), 0);
    });
}

#[test]
fn detached_tasks_continue() {
    block_on(async {
        let (sender, receiver) = async_channel::bounded(1);
        let mut set = JoinSet::new();
        set.spawn(async move {
            yield_now().await;
            sender.send(7).await.unwrap();
        });
        set.detach_all();
        assert!(set.join_next().await.is_none());
        drop(set);
        assert_eq!(receiver.recv().await, Ok(7));
    });
}

#[test]
fn join_all_gives_all_or_passes_a_panic_on() {
    let runtime = Runtime::new().unwrap();
    let mut outputs = runtime.block_on(async {
        let set: JoinSet<_> = (0..5).map(|n| async move { n }).collect();
        set.join_all().await
    });
    outputs.sort();
    assert_eq!(outputs, [0, 1, 2, 3, 4]);

    let result = catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async {
            let mut set = JoinSet::new();
            set.spawn(async { panic!("passed on") });
            set.spawn(pending::<()>());
            set.join_all().await
        })
    }));
    assert_eq!(
        *result.unwrap_err().downcast::<&str>().unwrap(),
        "passed on"
    );
}

#[test]
fn blocking_closures_and_other_runtimes_take_part() {
    let other = Runtime::new().unwrap();
    block_on(async {
        let mut set = JoinSet::new();
        set.spawn_blocking(|| thread::current().name().map(str::to_owned));
        set.spawn_on(async { None }, other.handle());
        set.spawn_blocking_on(|| None, other.handle());
        let mut names = set.join_all().await;
        names.retain(Option::is_some);
        assert_eq!(names.len(), 1);
    });
}

/// Tasks that end on other threads while the set is polled, left, and polled again.
#[test]
fn completions_from_everywhere_wake_the_waiter() {
    let runtime = Runtime::new().unwrap();
    runtime.block_on(async {
        for _ in 0..200 {
            let mut set = JoinSet::new();
            for n in 0..20_u64 {
                set.spawn_blocking(move || n);
                set.spawn(async move { n });
            }
            let mut sum = 0;
            while let Some(n) = set.join_next().await {
                sum += n.unwrap();
            }
            assert_eq!(sum, 380);
        }
    });
}
