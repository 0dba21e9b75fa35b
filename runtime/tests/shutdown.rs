//! How runtimes end: what is dropped, which threads wait, and what is left.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Handle, Runtime, spawn, spawn_blocking, task, time};
use std::cell::RefCell;
use std::future::pending;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use support::{DropGuard, Drops, bounded, eventually};

/// Longer than any test takes: a thread that waits for all of it hangs.
const LONG: Duration = Duration::from_secs(3_600);

fn runtime() -> Runtime {
    Builder::new().worker_threads(2).build().unwrap()
}

/// A task that waits forever, and is counted when it is dropped.
fn linger(handle: &Handle, drops: &Drops) {
    let guard = drops.guard();
    drop(handle.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
}

/// A task that blocks its worker until the sender is dropped.
fn block_worker(rt: &Runtime) -> mpsc::Sender<()> {
    let (release, blocked) = mpsc::channel::<()>();
    let (started, start) = mpsc::channel();
    drop(rt.spawn(async move {
        started.send(()).unwrap();
        let _ = blocked.recv();
    }));
    start.recv().unwrap();
    release
}

#[test]
fn dropping_a_runtime_drops_its_tasks_wherever_they_wait() {
    bounded(|| {
        let drops = Drops::default();
        let rt = runtime();
        let (never, channel) = async_channel::bounded::<()>(1);
        for _ in 0..100 {
            linger(rt.handle(), &drops);
            let (guard, channel) = (drops.guard(), channel.clone());
            drop(rt.spawn(async move {
                let _guard = guard;
                let _ = channel.recv().await;
            }));
            let guard = drops.guard();
            drop(rt.spawn(async move {
                let _guard = guard;
                time::sleep(LONG).await;
            }));
            let guard = drops.guard();
            drop(rt.spawn(async move {
                let _guard = guard;
                loop {
                    task::yield_now().await;
                }
            }));
            let guard = drops.guard();
            drop(rt.spawn(async move {
                let _guard = guard;
                spawn(pending::<()>()).await.unwrap();
            }));
        }
        drop(rt);
        assert_eq!(drops.count(), 500);
        drop(never);
    });
}

thread_local! {
    static AT_THREAD_END: RefCell<Option<SlowGuard>> = const { RefCell::new(None) };
}

/// Dropped among the last actions of a thread.
struct SlowGuard(#[allow(dead_code, reason = "counts when dropped")] DropGuard);

impl Drop for SlowGuard {
    fn drop(&mut self) {
        // Gives a drop that fails to wait the time to be detected.
        for _ in 0..100 {
            thread::yield_now();
        }
    }
}

#[test]
fn dropping_a_runtime_waits_for_its_threads_to_end() {
    bounded(|| {
        for _ in 0..20 {
            let ends = Drops::default();
            let guards = ends.clone();
            // No spare workers, which may be called on a busy machine.
            let rt = Builder::new()
                .worker_threads(3)
                .max_spare_workers(0)
                .on_thread_start(move || {
                    let guard = SlowGuard(guards.guard());
                    AT_THREAD_END.with_borrow_mut(|end| *end = Some(guard));
                })
                .build()
                .unwrap();
            rt.block_on(rt.spawn_blocking(|| ())).unwrap();
            drop(rt);
            assert_eq!(ends.count(), 4);
        }
    });
}

#[cfg(target_os = "linux")]
#[test]
fn no_thread_is_left_after_the_drop() {
    bounded(|| {
        const NAME: &str = "counted-threads";
        let mut builder = Builder::new();
        builder.worker_threads(3).thread_name(NAME);
        let rt = builder.build().unwrap();
        rt.block_on(rt.spawn_blocking(|| ())).unwrap();
        let count = || support::threads_named(NAME).len();
        // Three workers, the driver, one blocking thread.
        eventually("all threads have their names", || count() == 5);
        drop(rt);
        // The system takes a moment to remove a thread that was joined.
        eventually("the threads are gone", || count() == 0);
    });
}

/// Even those that had retired and are running their stop hooks.
#[test]
fn dropping_a_runtime_waits_for_the_stop_hooks_of_retired_threads() {
    bounded(|| {
        let (entered, in_hook) = mpsc::channel();
        let (release, blocked) = mpsc::channel::<()>();
        let hook = Mutex::new((entered, blocked));
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let rt = Builder::new()
            .worker_threads(1)
            .thread_keep_alive(Duration::from_millis(1))
            .on_thread_stop(move || {
                let (entered, blocked) = &*hook.lock().unwrap();
                entered.send(()).unwrap();
                let _ = blocked.recv();
                ended.store(true, SeqCst);
            })
            .build()
            .unwrap();
        rt.block_on(rt.spawn_blocking(|| ())).unwrap();
        in_hook.recv().unwrap();
        let releasing = thread::spawn(move || {
            // A drop that does not wait has usually returned by then.
            thread::sleep(Duration::from_millis(50));
            drop(release);
        });
        drop(rt);
        assert!(over.load(SeqCst));
        releasing.join().unwrap();
    });
}

#[test]
fn a_runtime_dropped_in_its_own_task_ends() {
    bounded(|| {
        for _ in 0..50 {
            let drops = Drops::default();
            let rt = runtime();
            let handle = rt.handle().clone();
            linger(&handle, &drops);
            let (done, end) = mpsc::channel();
            let (give, take) = async_channel::bounded::<Runtime>(1);
            let guard = drops.guard();
            drop(handle.spawn(async move {
                let _guard = guard;
                drop(take.recv().await);
                done.send(()).unwrap();
                // The runtime ends at the next point of suspension.
                pending::<()>().await;
            }));
            give.send_blocking(rt).unwrap();
            end.recv().unwrap();
            eventually("all tasks are dropped", || drops.count() == 2);
        }
    });
}

#[test]
fn a_runtime_dropped_in_its_own_blocking_closure_ends() {
    bounded(|| {
        let drops = Drops::default();
        let rt = runtime();
        let handle = rt.handle().clone();
        linger(&handle, &drops);
        let (give, take) = mpsc::channel::<Runtime>();
        let job = handle.spawn_blocking(move || drop(take.recv()));
        give.send(rt).unwrap();
        handle.block_on(job).unwrap();
        eventually("the task is dropped", || drops.count() == 1);
    });
}

#[test]
fn a_runtime_dropped_in_another_ones_task_ends() {
    bounded(|| {
        let outer = runtime();
        let drops = Drops::default();
        let inner = runtime();
        linger(inner.handle(), &drops);
        let task = outer.spawn(async move { drop(inner) });
        outer.block_on(task).unwrap();
        assert_eq!(drops.count(), 1);
    });
}

#[test]
fn a_runtime_dropped_within_block_on_ends() {
    bounded(|| {
        let (outer, inner) = (runtime(), runtime());
        let drops = Drops::default();
        linger(inner.handle(), &drops);
        outer.block_on(async {
            drop(inner);
            assert_eq!(drops.count(), 1);
        });
        // Its own, through a handle.
        linger(outer.handle(), &drops);
        let handle = outer.handle().clone();
        handle.block_on(async {
            drop(outer);
            assert_eq!(drops.count(), 2);
            assert!(spawn(async {}).await.unwrap_err().is_cancelled());
        });
    });
}

#[test]
fn dropping_a_runtime_waits_for_a_task_that_is_running() {
    bounded(|| {
        let rt = runtime();
        let (release, blocked) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        drop(rt.spawn(async move {
            started.send(()).unwrap();
            let _ = blocked.recv();
            ended.store(true, SeqCst);
        }));
        start.recv().unwrap();
        let handle = rt.handle().clone();
        let releasing = thread::spawn(move || {
            // Only once the runtime has begun to shut down.
            eventually("the runtime ends", || {
                handle.spawn(pending::<()>()).is_finished()
            });
            drop(release);
        });
        drop(rt);
        assert!(over.load(SeqCst));
        releasing.join().unwrap();
    });
}

#[test]
fn shutdown_timeout_returns_in_spite_of_a_blocked_task() {
    bounded(|| {
        let rt = runtime();
        let drops = Drops::default();
        linger(rt.handle(), &drops);
        let release = block_worker(&rt);
        rt.shutdown_timeout(Duration::from_millis(20));
        // The other worker has ended everything that was not stalled.
        eventually("the waiting task is dropped", || drops.count() == 1);
        drop(release);
    });
}

#[test]
fn shutdown_timeout_returns_in_spite_of_a_blocked_closure() {
    bounded(|| {
        let rt = runtime();
        let (release, blocked) = mpsc::channel::<()>();
        let (started, start) = mpsc::channel();
        let job = rt.spawn_blocking(move || {
            started.send(()).unwrap();
            blocked.recv().is_err()
        });
        start.recv().unwrap();
        rt.shutdown_timeout(Duration::from_millis(20));
        drop(release);
        // It runs to its end all the same.
        assert!(futures_lite::future::block_on(job).unwrap());
    });
}

#[test]
fn shutdown_timeout_returns_in_spite_of_a_blocked_hook() {
    bounded(|| {
        let (release, blocked) = mpsc::channel::<()>();
        let blocked = Mutex::new(blocked);
        let rt = Builder::new()
            .worker_threads(1)
            .on_thread_stop(move || {
                let _ = blocked.lock().unwrap().recv();
            })
            .build()
            .unwrap();
        rt.shutdown_timeout(Duration::from_millis(200));
        drop(release);
    });
}

#[test]
fn shutdown_timeout_waits_no_longer_than_it_must() {
    bounded(|| {
        let drops = Drops::default();
        let rt = runtime();
        linger(rt.handle(), &drops);
        rt.shutdown_timeout(LONG);
        assert_eq!(drops.count(), 1);
        let rt = runtime();
        linger(rt.handle(), &drops);
        rt.shutdown_timeout(Duration::MAX);
        assert_eq!(drops.count(), 2);
    });
}

#[test]
fn shutdown_background_does_not_wait() {
    bounded(|| {
        let drops = Drops::default();
        let mut builder = Builder::new();
        builder.worker_threads(1).max_spare_workers(0);
        let rt = builder.build().unwrap();
        linger(rt.handle(), &drops);
        let release = block_worker(&rt);
        rt.shutdown_background();
        eventually("the waiting task is dropped", || drops.count() == 1);
        drop(release);

        // In a task, where waiting would be wrong.
        let (outer, inner) = (runtime(), runtime());
        let release = block_worker(&inner);
        outer
            .block_on(outer.spawn(async { inner.shutdown_background() }))
            .unwrap();
        drop(release);
    });
}

/// As an application ends: the runtime is dropped while it is busy.
#[test]
fn a_runtime_ends_while_it_is_busy() {
    bounded(|| {
        for round in 0..100 {
            let drops = Drops::default();
            let rt = runtime();
            let (sender, receiver) = async_channel::bounded(2);
            let mut made = 0;
            for _ in 0..20 {
                let (guard, sender) = (drops.guard(), sender.clone());
                drop(rt.spawn(async move {
                    let _guard = guard;
                    loop {
                        sender.send(spawn(task::yield_now())).await.unwrap();
                    }
                }));
                let (guard, receiver) = (drops.guard(), receiver.clone());
                drop(rt.spawn(async move {
                    let _guard = guard;
                    while let Ok(task) = receiver.recv().await {
                        let _ = task.await;
                        let _ = spawn_blocking(|| ()).await;
                        time::sleep(Duration::from_micros(50)).await;
                    }
                }));
                made += 2;
            }
            rt.block_on(time::sleep(Duration::from_micros(20 * round)));
            drop(rt);
            assert_eq!(drops.count(), made);
        }
    });
}
