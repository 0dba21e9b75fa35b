//! A runtime's metrics, and the stalls it finds.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use std::future::{pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, OnceLock};
use std::task::{Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use heist_runtime::runtime::{RuntimeMetrics, Stall};
use heist_runtime::task::{self, JoinHandle, Priority, block_in_place, yield_now};
use heist_runtime::{Builder, Handle, Runtime, spawn};
use support::{bounded, eventually};

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// A task that blocks its thread until the sender is dropped. Returns when it does.
fn block(rt: &Handle, name: &str) -> (Sender<()>, JoinHandle<()>) {
    let (release, released) = mpsc::channel::<()>();
    let (blocked, blocking) = mpsc::channel();
    let body = async move {
        blocked.send(()).unwrap();
        let _ = released.recv();
    };
    let task = task::Builder::new().name(name).spawn_on(body, rt).unwrap();
    blocking.recv().unwrap();
    (release, task)
}

fn sum(metrics: &RuntimeMetrics, of: impl Fn(&RuntimeMetrics, usize) -> u64) -> u64 {
    let workers = metrics.num_workers() + metrics.num_spare_workers();
    (0..workers).map(|worker| of(metrics, worker)).sum()
}

#[test]
fn tasks_and_polls_are_counted() {
    bounded(|| {
        let rt = runtime(2);
        let metrics = rt.handle().metrics();
        assert_eq!(metrics.num_workers(), 2);
        let waiting = rt.spawn(pending::<()>());
        let yielding = rt.spawn(async {
            for _ in 0..99 {
                yield_now().await;
            }
        });
        rt.block_on(yielding).unwrap();
        for worker in 0..3 {
            let pinned = rt.handle().spawn_pinned(worker, yield_now);
            rt.block_on(pinned).unwrap();
        }
        let pinned = rt.handle().spawn_pinned(1, pending::<()>);
        // The output comes before the task has left the list.
        eventually("two are left", || metrics.num_alive_tasks() == 2);
        assert_eq!(metrics.spawned_tasks_count(), 6);
        eventually("all have been polled", || {
            sum(&metrics, RuntimeMetrics::worker_poll_count) == 1 + 100 + 3 * 2 + 1
        });
        waiting.abort();
        pinned.abort();
        eventually("none is left", || metrics.num_alive_tasks() == 0);
    });
}

#[test]
fn blocking_in_place_is_no_poll() {
    bounded(|| {
        let rt = runtime(1);
        let task = rt.spawn(async { (0..10).for_each(|_| block_in_place(|| ())) });
        rt.block_on(task).unwrap();
        let metrics = rt.handle().metrics();
        assert_eq!(sum(&metrics, RuntimeMetrics::worker_poll_count), 1);
        assert_eq!(metrics.stalls_count(), 0);
    });
}

#[test]
fn queues_are_measured() {
    bounded(|| {
        // No other worker must take the tasks queued behind the one that blocks.
        let rt = Builder::new()
            .worker_threads(1)
            .stall_threshold(None)
            .max_spare_workers(0)
            .build()
            .unwrap();
        let metrics = rt.handle().metrics();
        assert_eq!(metrics.remote_schedule_count(), 0);
        let (told, tell) = mpsc::channel();
        let (go, wait) = mpsc::channel::<()>();
        rt.spawn(async move {
            for _ in 0..5 {
                spawn(async {});
            }
            told.send(()).unwrap();
            let _ = wait.recv();
            // More than fit beside those that events wake.
            let urgent = || task::Builder::new().priority(Priority::High);
            (0..1_000).for_each(|_| drop(urgent().spawn(async {})));
        });
        tell.recv().unwrap();
        assert_eq!(metrics.worker_local_queue_depth(0), 5);
        assert_eq!(metrics.global_queue_depth(), 0);
        for _ in 0..7 {
            rt.spawn(async {});
        }
        assert_eq!(metrics.global_queue_depth(), 7);
        assert_eq!(metrics.remote_schedule_count(), 8);
        assert_eq!(metrics.worker_overflow_count(0), 0);
        drop(go);
        eventually("all have run", || metrics.num_alive_tasks() == 0);
        assert_eq!(metrics.worker_local_queue_depth(0), 0);
        assert_eq!(metrics.global_queue_depth(), 0);
        assert!(metrics.worker_overflow_count(0) > 0);
        assert_eq!(metrics.remote_schedule_count(), 8);
    });
}

#[test]
fn blocking_threads_are_counted() {
    bounded(|| {
        let rt = Builder::new().max_blocking_threads(2).build().unwrap();
        let metrics = rt.handle().metrics();
        assert_eq!(metrics.num_blocking_threads(), 0);
        let (release, released) = async_channel::bounded::<()>(1);
        let jobs: Vec<_> = (0..5)
            .map(|_| {
                let released = released.clone();
                rt.spawn_blocking(move || released.recv_blocking().unwrap_err())
            })
            .collect();
        eventually("two run", || metrics.blocking_queue_depth() == 3);
        assert_eq!(metrics.num_blocking_threads(), 2);
        assert_eq!(metrics.num_idle_blocking_threads(), 0);
        drop(release);
        for job in jobs {
            rt.block_on(job).unwrap();
        }
        eventually("both are idle", || metrics.num_idle_blocking_threads() == 2);
        assert_eq!(metrics.blocking_queue_depth(), 0);
    });
}

#[test]
fn workers_are_busy_or_asleep() {
    bounded(|| {
        // While the worker waits for its core, a spare one would do the work.
        let mut builder = Builder::new();
        let rt = builder
            .worker_threads(1)
            .max_spare_workers(0)
            .build()
            .unwrap();
        let metrics = rt.handle().metrics();
        let asleep = || metrics.worker_park_unpark_count(0) % 2 == 1;
        eventually("it falls asleep", asleep);
        let (sleeps, busy) = (
            metrics.worker_park_count(0),
            metrics.worker_total_busy_duration(0),
        );
        let work = rt.spawn(async {
            let end = Instant::now() + Duration::from_millis(5);
            while Instant::now() < end {}
        });
        rt.block_on(work).unwrap();
        eventually("it falls asleep again", || {
            asleep() && metrics.worker_park_count(0) > sleeps
        });
        let worked = metrics.worker_total_busy_duration(0) - busy;
        assert!(worked >= Duration::from_millis(5), "{worked:?}");
    });
}

#[test]
fn theft_is_counted() {
    bounded(|| {
        let rt = runtime(2);
        let metrics = rt.handle().metrics();
        let task = rt.spawn(async {
            let (done, all) = mpsc::channel();
            for _ in 0..50 {
                let done = done.clone();
                spawn(async move { done.send(()).unwrap() });
            }
            // Only others can run them.
            all.iter().take(50).for_each(drop);
        });
        rt.block_on(task).unwrap();
        let stolen = sum(&metrics, RuntimeMetrics::worker_steal_count);
        let thefts = sum(&metrics, RuntimeMetrics::worker_steal_operations);
        assert!((50..=100).contains(&stolen), "{stolen}");
        assert!((1..=stolen).contains(&thefts), "{thefts} of {stolen}");
    });
}

#[test]
fn cheap_tasks_that_wake_each_other_get_all_workers() {
    bounded(|| {
        let rt = runtime(2);
        let metrics = rt.handle().metrics();
        // Polls are cheap here, and none of them alone is worth moving.
        let cheap = rt.spawn(async {
            for _ in 0..50_000 {
                yield_now().await;
            }
        });
        rt.block_on(cheap).unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let pairs = (0..50).map(|_| <[Arc<OnceLock<Waker>>; 2]>::default());
        let pairs: Vec<_> = pairs.collect();
        let started = rt.spawn({
            let stop = stop.clone();
            async move {
                for [a, b] in pairs {
                    for (own, other) in [(a.clone(), b.clone()), (b, a)] {
                        let stop = stop.clone();
                        spawn(poll_fn(move |cx| {
                            own.get_or_init(|| cx.waker().clone());
                            if let Some(other) = other.get() {
                                other.wake_by_ref();
                            }
                            match stop.load(Relaxed) {
                                true => Poll::Ready(()),
                                false => Poll::Pending,
                            }
                        }));
                    }
                }
            }
        });
        rt.block_on(started).unwrap();
        // Several in a row, so that it is not an effect of the start.
        for _ in 0..3 {
            let polls = |worker| metrics.worker_poll_count(worker);
            let before = [polls(0), polls(1)];
            eventually("both workers poll", || {
                (0..2).all(|worker| polls(worker) > before[worker] + 100_000)
            });
        }
        stop.store(true, Relaxed);
    });
}

#[test]
fn a_worker_that_is_not_there_is_named() {
    let rt = runtime(1);
    let metrics = rt.handle().metrics();
    let payload = catch_unwind(AssertUnwindSafe(|| metrics.worker_poll_count(7))).unwrap_err();
    let message = payload.downcast::<String>().unwrap();
    assert_eq!(*message, "no worker 7 among 1");
}

fn find(stalls: &[Stall], id: task::Id) -> Option<&Stall> {
    stalls.iter().find(|stall| stall.task_id() == id)
}

#[test]
fn a_stall_is_listed_during_and_after_it() {
    bounded(|| {
        for workers in [1, 2] {
            let rt = runtime(workers);
            let handle = rt.handle().clone();
            let metrics = handle.metrics();
            assert!(handle.stalls().is_empty());
            let before = Instant::now();
            let (release, task) = block(&handle, "blocker");
            let id = task.id();
            eventually("it is found", || find(&handle.stalls(), id).is_some());

            let stall = find(&handle.stalls(), id).unwrap().clone();
            assert!(stall.is_ongoing());
            assert_eq!(stall.name(), Some("blocker"));
            assert_eq!(stall.location().file(), file!());
            assert!(stall.worker() < metrics.num_workers() + metrics.num_spare_workers());
            assert_eq!(metrics.num_stalled_workers(), 1);
            thread::sleep(Duration::from_millis(5));
            let later = find(&handle.stalls(), id).unwrap().clone();
            assert!(later.duration() >= stall.duration() + Duration::from_millis(5));
            // Others make progress, but the stall stays.
            rt.block_on(rt.spawn(async { yield_now().await })).unwrap();
            assert!(find(&handle.stalls(), id).unwrap().is_ongoing());

            drop(release);
            rt.block_on(task).unwrap();
            eventually("it ends", || {
                !find(&handle.stalls(), id).unwrap().is_ongoing()
            });
            let ended = find(&handle.stalls(), id).unwrap().clone();
            assert!(ended.duration() >= later.duration());
            assert!(ended.duration() <= before.elapsed() + Duration::from_millis(100));
            assert_eq!(ended.worker(), stall.worker());
            assert_eq!(metrics.num_stalled_workers(), 0);
            assert!(metrics.stalls_count() >= 1);
            thread::sleep(Duration::from_millis(5));
            let still = find(&handle.stalls(), id).unwrap().duration();
            assert_eq!(still, ended.duration());
            let text = ended.to_string();
            assert!(
                text.starts_with(&format!("task {id} (\"blocker\", ")),
                "{text}"
            );
        }
    });
}

#[test]
fn all_stalled_workers_are_found_and_spare_ones_counted() {
    bounded(|| {
        let rt = runtime(2);
        let handle = rt.handle();
        let metrics = handle.metrics();
        let blockers: Vec<_> = (0..5).map(|_| block(handle, "blocker")).collect();
        eventually("all are found", || metrics.num_stalled_workers() == 5);
        let stalls = handle.stalls();
        for (_, task) in &blockers {
            assert!(find(&stalls, task.id()).unwrap().is_ongoing());
        }
        let mut workers: Vec<_> = stalls.iter().filter(|stall| stall.is_ongoing()).collect();
        workers.sort_by_key(|stall| stall.worker());
        workers.dedup_by_key(|stall| stall.worker());
        assert_eq!(workers.len(), 5);
        assert!(metrics.num_spare_workers() >= 3);
        assert!(metrics.num_awake_spare_workers() >= 3);
        assert!(metrics.spare_workers_called_count() >= 3);
        for (release, task) in blockers {
            drop(release);
            rt.block_on(task).unwrap();
        }
        eventually("none is stalled", || metrics.num_stalled_workers() == 0);
        eventually("spare ones rest", || metrics.num_awake_spare_workers() == 0);
    });
}

#[test]
fn only_the_latest_stalls_are_kept() {
    bounded(|| {
        let rt = runtime(1);
        let (handle, metrics) = (rt.handle(), rt.handle().metrics());
        let mut last = rt.spawn(async {}).id();
        while metrics.stalls_count() < 80 {
            let (release, task) = block(handle, "blocker");
            eventually("it is found", || {
                find(&handle.stalls(), task.id()).is_some()
            });
            drop(release);
            last = task.id();
            rt.block_on(task).unwrap();
        }
        eventually("it ends", || metrics.num_stalled_workers() == 0);
        let stalls = handle.stalls();
        assert_eq!(stalls.len(), 64);
        assert_eq!(stalls.last().unwrap().task_id(), last);
    });
}

#[test]
fn a_pinned_task_that_stalls_is_named() {
    bounded(|| {
        let rt = runtime(2);
        let (release, released) = mpsc::channel::<()>();
        // Others on the same worker, which do not stall.
        for _ in 0..3 {
            rt.handle().spawn_pinned(1, yield_now);
        }
        let block = move || async move { released.recv().is_err() };
        let task = rt.handle().spawn_pinned(1, block);
        eventually("it is found", || {
            find(&rt.handle().stalls(), task.id()).is_some()
        });
        assert_eq!(find(&rt.handle().stalls(), task.id()).unwrap().worker(), 1);
        drop(release);
        assert!(rt.block_on(task).unwrap());
    });
}

#[test]
fn announcing_that_it_blocks_ends_the_stall() {
    bounded(|| {
        let rt = runtime(1);
        let (handle, metrics) = (rt.handle(), rt.handle().metrics());
        let (release, released) = mpsc::channel::<()>();
        let found = handle.clone();
        let task = rt.spawn(async move {
            while found.stalls().is_empty() {
                thread::sleep(Duration::from_millis(1));
            }
            block_in_place(|| released.recv().is_err())
        });
        eventually("it was found", || metrics.stalls_count() == 1);
        eventually("it is over", || metrics.num_stalled_workers() == 0);
        thread::sleep(Duration::from_millis(20));
        assert_eq!(metrics.stalls_count(), 1);
        drop(release);
        assert!(rt.block_on(task).unwrap());
    });
}

#[test]
fn stalls_end_with_the_runtime() {
    bounded(|| {
        let rt = runtime(1);
        let handle = rt.handle().clone();
        let (release, _task) = block(&handle, "blocker");
        eventually("it is found", || {
            handle.metrics().num_stalled_workers() == 1
        });
        let ending = thread::spawn(move || drop(rt));
        thread::sleep(Duration::from_millis(5));
        assert!(handle.stalls()[0].is_ongoing());
        drop(release);
        ending.join().unwrap();
        assert!(!handle.stalls()[0].is_ongoing());
        assert_eq!(handle.metrics().num_alive_tasks(), 0);
    });
}

#[test]
fn without_a_threshold_no_stall_is_recorded() {
    bounded(|| {
        let mut builder = Builder::new();
        builder.worker_threads(1).stall_threshold(None);
        let rt = builder.build().unwrap();
        let task = rt.spawn(async { thread::sleep(Duration::from_millis(20)) });
        rt.block_on(task).unwrap();
        assert!(rt.handle().stalls().is_empty());
    });
}
