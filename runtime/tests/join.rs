//! `task::join`: correct results however the work is shared, and no harm to other tasks.

use heist_runtime::task::{block_in_place, join, yield_now};
use heist_runtime::{Builder, Runtime, spawn};
use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Barrier, Mutex, mpsc};
use std::thread::{self, ThreadId};
use std::time::Duration;

const LONG: Duration = Duration::from_secs(60);

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// Runs the closure in a task.
fn in_task<R: Send + 'static>(rt: &Runtime, f: impl FnOnce() -> R + Send + 'static) -> R {
    rt.block_on(rt.spawn(async { f() })).unwrap()
}

fn fib(n: u64) -> u64 {
    if n < 2 {
        return n;
    }
    let (a, b) = join(|| fib(n - 1), || fib(n - 2));
    a + b
}

/// In place: both halves borrow from one slice.
fn sort(numbers: &mut [u32]) {
    if numbers.len() < 2 {
        return;
    }
    let pivot = numbers.len() - 1;
    let mut smaller = 0;
    for n in 0..pivot {
        if numbers[n] < numbers[pivot] {
            numbers.swap(n, smaller);
            smaller += 1;
        }
    }
    numbers.swap(smaller, pivot);
    let (left, right) = numbers.split_at_mut(smaller);
    join(|| sort(left), || sort(&mut right[1..]));
}

fn shuffled(len: u32) -> Vec<u32> {
    (0..len).map(|n| n.wrapping_mul(2_654_435_761)).collect()
}

#[test]
fn results_are_right_on_any_number_of_workers() {
    for workers in [1, 2, 3, 8] {
        let rt = runtime(workers);
        assert_eq!(in_task(&rt, || fib(20)), 6_765);
        let sorted = in_task(&rt, || {
            let mut numbers = shuffled(20_000);
            sort(&mut numbers);
            numbers
        });
        assert!(sorted.is_sorted());
    }
}

#[test]
fn many_tasks_join_at_once() {
    let rt = runtime(3);
    let tasks: Vec<_> = (0..40)
        .map(|n| rt.spawn(async move { fib(n % 16) }))
        .collect();
    let expected: Vec<u64> = (0..40).map(|n| plain_fib(n % 16)).collect();
    let found: Vec<u64> = tasks
        .into_iter()
        .map(|task| rt.block_on(task).unwrap())
        .collect();
    assert_eq!(found, expected);
}

fn plain_fib(n: u64) -> u64 {
    if n < 2 {
        n
    } else {
        plain_fib(n - 1) + plain_fib(n - 2)
    }
}

#[test]
fn joins_work_on_any_thread() {
    let rt = runtime(2);
    assert_eq!(fib(10), 55, "outside of any runtime");
    assert_eq!(rt.block_on(async { fib(15) }), 610);
    let blocking = rt.spawn_blocking(|| fib(15));
    assert_eq!(rt.block_on(blocking).unwrap(), 610);
    assert_eq!(in_task(&rt, || block_in_place(|| fib(15))), 610);
    let current = Builder::new().build_current_thread().unwrap();
    assert_eq!(current.block_on(async { fib(15) }), 610);
}

/// Each waits for the other, so they must run at the same time.
#[test]
fn an_idle_worker_takes_the_second_half() {
    let rt = runtime(2);
    let meet = |rt: &Runtime| {
        in_task(rt, || {
            let barrier = Barrier::new(2);
            join(|| barrier.wait().is_leader(), || barrier.wait().is_leader())
        })
    };
    for _ in 0..20 {
        let (one, other) = meet(&rt);
        assert!(one != other);
    }
    // Where joins were short, the watchdog ensures that `b` is taken.
    in_task(&rt, || (0..1_000).for_each(|_| _ = join(|| (), || ())));
    let (one, other) = meet(&rt);
    assert!(one != other);
}

#[test]
fn workers_help_a_thread_that_is_no_worker() {
    let rt = runtime(1);
    let barrier = Barrier::new(2);
    let main = thread::current().id();
    let (_, worker) = rt.block_on(async {
        join(
            || _ = barrier.wait(),
            || {
                barrier.wait();
                thread::current().id()
            },
        )
    });
    assert_ne!(worker, main);
}

#[test]
fn halves_within_halves() {
    fn deep(depth: u32, leaves: &AtomicUsize) {
        match depth {
            0 => _ = leaves.fetch_add(1, SeqCst),
            _ => _ = join(|| deep(depth - 1, leaves), || leaves.fetch_add(1, SeqCst)),
        }
    }
    let rt = runtime(2);
    for depth in [30, 1_000] {
        let leaves = in_task(&rt, move || {
            let leaves = AtomicUsize::new(0);
            deep(depth, &leaves);
            leaves.into_inner()
        });
        assert_eq!(leaves, depth as usize + 1);
    }
}

/// Returns the panic of a join that runs in a task of a runtime with this many workers.
fn panic_of(
    workers: usize,
    a: impl FnOnce() + Send + 'static,
    b: impl FnOnce() + Send + 'static,
) -> String {
    let rt = runtime(workers);
    in_task(&rt, || {
        let payload = catch_unwind(AssertUnwindSafe(|| join(a, b))).unwrap_err();
        payload.downcast_ref::<&str>().unwrap().to_string()
    })
}

#[test]
fn a_panic_propagates_after_both_have_ended() {
    assert_eq!(panic_of(1, || panic!("a"), || ()), "a");
    assert_eq!(panic_of(1, || (), || panic!("b")), "b");
    assert_eq!(panic_of(1, || panic!("a"), || panic!("b")), "a");

    // In halves that another worker has taken.
    let meet = Arc::new(Barrier::new(2));
    let (a, b) = (meet.clone(), meet.clone());
    let with_b = panic_of(
        2,
        move || _ = a.wait(),
        move || {
            b.wait();
            panic!("b");
        },
    );
    assert_eq!(with_b, "b");
    let ended = Arc::new(AtomicUsize::new(0));
    let (a, b, has_ended) = (meet.clone(), meet.clone(), ended.clone());
    let with_a = panic_of(
        2,
        move || {
            a.wait();
            panic!("a");
        },
        move || {
            b.wait();
            thread::yield_now();
            has_ended.fetch_add(1, SeqCst);
        },
    );
    assert_eq!((with_a.as_str(), ended.load(SeqCst)), ("a", 1));
    let (a, b) = (meet.clone(), meet);
    let with_both = panic_of(
        2,
        move || {
            a.wait();
            panic!("a");
        },
        move || {
            b.wait();
            panic!("b");
        },
    );
    assert_eq!(with_both, "a");
}

/// If `a` panics before another worker has taken `b`, `b` is dropped without being called.
#[test]
fn an_untaken_half_is_dropped() {
    let rt = runtime(1);
    let dropped = in_task(&rt, || {
        let dropped = Arc::new(());
        let kept = dropped.clone();
        let a = || panic!("a");
        let b = move || unreachable!("{kept:?}");
        catch_unwind(AssertUnwindSafe(|| join(a, b))).unwrap_err();
        Arc::strong_count(&dropped)
    });
    assert_eq!(dropped, 1);
}

/// A half that blocks holds up its own join and nothing else.
#[test]
fn a_blocking_half_delays_only_its_own_join() {
    let rt = runtime(2);
    let (release, released) = mpsc::channel::<()>();
    let (started, has_started) = mpsc::channel();
    let joining = rt.spawn(async move {
        join(
            || started.send(()).unwrap(),
            move || released.recv().unwrap(),
        );
    });
    has_started.recv_timeout(LONG).unwrap();
    // On both workers.
    for _ in 0..50 {
        let (send, done) = mpsc::channel();
        rt.spawn(async move {
            for _ in 0..3 {
                yield_now().await;
            }
            spawn(async move { send.send(()).unwrap() });
        });
        done.recv_timeout(LONG).unwrap();
    }
    assert_eq!(in_task(&rt, || fib(12)), 144, "another join");
    assert!(!joining.is_finished());
    release.send(()).unwrap();
    rt.block_on(joining).unwrap();
}

/// A thread that waits for its half runs no work of others in the meantime: such work may want the
/// lock that it holds.
#[test]
fn a_lock_may_be_held_across_a_join() {
    let rt = runtime(3);
    let lock = Arc::new(Mutex::new(0));
    let tasks: Vec<_> = (0..30)
        .map(|_| {
            let lock = lock.clone();
            rt.spawn(async move {
                let mut count = lock.lock().unwrap();
                *count += fib(14);
            })
        })
        .collect();
    for task in tasks {
        rt.block_on(task).unwrap();
    }
    assert_eq!(*lock.lock().unwrap(), 30 * 377);
}

#[test]
fn a_runtime_ends_after_its_joins() {
    let rt = runtime(2);
    let (started, has_started) = mpsc::channel();
    let task = rt.spawn(async move {
        let barrier = Barrier::new(2);
        let threads: Mutex<HashSet<ThreadId>> = Mutex::default();
        let half = || {
            barrier.wait();
            threads.lock().unwrap().insert(thread::current().id());
            started.clone().send(()).unwrap();
            fib(20)
        };
        assert_eq!(join(half, half), (6_765, 6_765));
        threads.into_inner().unwrap().len()
    });
    has_started.recv_timeout(LONG).unwrap();
    drop(rt);
    assert_eq!(Runtime::new().unwrap().block_on(task).unwrap(), 2);
}
