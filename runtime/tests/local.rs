//! Tasks that stay on one thread.

use std::cell::{Cell, RefCell};
use std::future::{Future, pending, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst};
use std::task::Poll;
use std::thread::{self, ThreadId};
use std::time::Duration;

use heist_runtime::task::{JoinSet, LocalSet, spawn_local, spawn_pinned, yield_now};
use heist_runtime::{Builder, Runtime, spawn, time};

fn here() -> ThreadId {
    thread::current().id()
}

#[test]
fn tasks_stay_on_their_thread_and_share_what_is_not_send() {
    let runtime = Runtime::new().unwrap();
    let local = LocalSet::new();
    let home = here();
    let sum = Rc::new(Cell::new(0));
    local.block_on(&runtime, async {
        let mut set = JoinSet::new();
        for n in 0..1_000 {
            let sum = sum.clone();
            set.spawn_local(async move {
                for _ in 0..n % 5 {
                    yield_now().await;
                    assert_eq!(here(), home);
                }
                sum.set(sum.get() + n);
            });
        }
        set.join_all().await;
    });
    assert_eq!(sum.get(), 499_500);
}

#[test]
fn others_wake_and_abort_them_from_other_threads() {
    let runtime = Runtime::new().unwrap();
    let local = LocalSet::new();
    local.block_on(&runtime, async {
        let home = here();
        for _ in 0..300 {
            let (sender, receiver) = async_channel::bounded(1);
            let task = spawn_local(async move {
                let n: u32 = receiver.recv().await.unwrap();
                assert_eq!(here(), home);
                n
            });
            spawn(async move { sender.send(7).await.unwrap() });
            assert_eq!(task.await.unwrap(), 7);

            let dropped_at = Rc::new(RefCell::new(None));
            struct Where(Rc<RefCell<Option<ThreadId>>>);
            impl Drop for Where {
                fn drop(&mut self) {
                    *self.0.borrow_mut() = Some(here());
                }
            }
            let tell = Where(dropped_at.clone());
            let task = spawn_local(async move {
                let _tell = tell;
                pending::<()>().await;
            });
            let abort = task.abort_handle();
            spawn(async move { abort.abort() }).await.unwrap();
            assert!(task.await.unwrap_err().is_cancelled());
            assert_eq!(*dropped_at.borrow(), Some(home));
        }
    });
}

#[test]
fn timers_and_the_runtimes_tasks_run_beside_them() {
    let runtime = Runtime::new().unwrap();
    LocalSet::new().block_on(&runtime, async {
        spawn_local(async {
            time::sleep(Duration::from_millis(1)).await;
            spawn(async { here() }).await.unwrap()
        })
        .await
        .unwrap();
    });
}

#[test]
fn awaiting_the_set_waits_for_all_of_its_tasks() {
    let runtime = Runtime::new().unwrap();
    let local = LocalSet::new();
    let count = Rc::new(Cell::new(0));
    for _ in 0..10 {
        let count = count.clone();
        local.spawn_local(async move {
            time::sleep(Duration::from_millis(1)).await;
            // One more, spawned by a task.
            spawn_local(async move {
                yield_now().await;
                count.set(count.get() + 1);
            });
        });
    }
    runtime.block_on(local);
    assert_eq!(count.get(), 10);
}

#[test]
fn a_dropped_set_drops_its_tasks_and_late_wakes_are_harmless() {
    let runtime = Runtime::new().unwrap();
    let (sender, receiver) = async_channel::bounded::<()>(1);
    let alive = Rc::new(());
    let local = LocalSet::new();
    let kept = alive.clone();
    let task = local.spawn_local(async move {
        let _kept = kept;
        receiver.recv().await
    });
    local.block_on(&runtime, yield_now());
    drop(local);
    assert_eq!(Rc::strong_count(&alive), 1);
    assert!(runtime.block_on(task).unwrap_err().is_cancelled());
    let _ = sender.try_send(());
}

/// The outer task yields in the same poll in which it runs others.
#[test]
fn a_yield_beside_a_set_is_not_lost() {
    Runtime::new().unwrap().block_on(async {
        let task = spawn_pinned(0, || async {
            let local = LocalSet::new();
            for _ in 0..100 {
                local.spawn_local(yield_now());
            }
            let mut yielding = Box::pin(yield_now());
            let mut local = Box::pin(local);
            let mut left = [true, true];
            poll_fn(|cx| {
                left[0] = left[0] && yielding.as_mut().poll(cx).is_pending();
                left[1] = left[1] && local.as_mut().poll(cx).is_pending();
                if left == [false, false] {
                    return Poll::Ready(());
                }
                Poll::Pending
            })
            .await;
        });
        task.await.unwrap();
    });
}

#[test]
fn spawning_nowhere_says_so() {
    let spawned = catch_unwind(AssertUnwindSafe(|| drop(spawn_local(async {}))));
    assert!(spawned.is_err());
}

#[test]
fn pinned_tasks_run_on_the_worker_of_their_number() {
    let runtime = Builder::new().worker_threads(3).build().unwrap();
    runtime.block_on(async {
        let mut threads = Vec::new();
        for worker in 0..6 {
            let task = spawn_pinned(worker, || async {
                let home = here();
                let shared = Rc::new(Cell::new(0));
                for _ in 0..50 {
                    yield_now().await;
                    time::sleep(Duration::from_micros(50)).await;
                    let shared = shared.clone();
                    spawn_local(async move { shared.set(shared.get() + 1) });
                    assert_eq!(here(), home);
                }
                while shared.get() < 50 {
                    yield_now().await;
                }
                home
            });
            threads.push(task.await.unwrap());
        }
        assert_eq!(threads[..3], threads[3..]);
        assert!(threads[0] != threads[1] && threads[1] != threads[2] && threads[0] != threads[2]);
    });
}

/// Pinned tasks of busy and of sleeping workers are woken from all threads.
#[test]
fn wakes_of_pinned_tasks_are_not_lost() {
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let mut tasks = Vec::new();
        for worker in 0..4 {
            let (to, from) = async_channel::unbounded::<u32>();
            let (back, replies) = async_channel::unbounded::<u32>();
            tasks.push(spawn_pinned(worker, move || async move {
                let count = Rc::new(Cell::new(0));
                while let Ok(n) = from.recv().await {
                    count.set(count.get() + 1);
                    back.send(n).await.unwrap();
                }
                count.get()
            }));
            tasks.push(spawn(async move {
                for n in 0..2_000 {
                    to.send(n).await.unwrap();
                    assert_eq!(replies.recv().await, Ok(n));
                }
                2_000
            }));
        }
        for task in tasks {
            assert_eq!(task.await.unwrap(), 2_000);
        }
    });
}

#[test]
fn pinned_tasks_are_dropped_on_their_worker_with_the_runtime() {
    struct Tell(Arc<AtomicUsize>, ThreadId);
    impl Drop for Tell {
        fn drop(&mut self) {
            assert_eq!(here(), self.1);
            self.0.fetch_add(1, SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let runtime = Builder::new().worker_threads(2).build().unwrap();
    let (sender, started) = std::sync::mpsc::channel();
    for worker in 0..2 {
        let (dropped, sender) = (dropped.clone(), sender.clone());
        runtime.handle().spawn_pinned(worker, move || async move {
            let _tell = Tell(dropped, here());
            let _not_send = Rc::new(());
            sender.send(()).unwrap();
            pending::<()>().await;
        });
    }
    started.recv().unwrap();
    started.recv().unwrap();
    let handle = runtime.handle().clone();
    drop(runtime);
    assert_eq!(dropped.load(SeqCst), 2);
    // Too late.
    let late = handle.spawn_pinned(0, || async {});
    assert!(
        futures_lite::future::block_on(late)
            .unwrap_err()
            .is_cancelled()
    );
}

#[test]
fn pinned_tasks_that_are_always_ready_leave_time_for_others() {
    let rt = Builder::new().worker_threads(1).build().unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let (started, start) = std::sync::mpsc::channel();
    let stopped = stop.clone();
    let _guard = rt.enter();
    let ready = spawn_pinned(0, || async move {
        started.send(()).unwrap();
        while !stopped.load(SeqCst) {
            yield_now().await;
        }
    });
    start.recv().unwrap();
    // From outside, and by a timer.
    rt.block_on(rt.spawn(time::sleep(Duration::from_millis(1))))
        .unwrap();
    stop.store(true, SeqCst);
    rt.block_on(ready).unwrap();
}

/// Counts how often it was woken.
struct Counted(AtomicUsize);

impl std::task::Wake for Counted {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}

/// As by a `FuturesUnordered`, which gives each of its futures a waker of its own.
#[test]
fn each_of_two_that_drive_a_set_is_told_when_the_other_is_gone() {
    enum Gone {
        Dropped,
        Ready,
        DroppedWhenTold,
    }
    for gone in [Gone::Dropped, Gone::Ready, Gone::DroppedWhenTold] {
        let local = LocalSet::new();
        let (sender, receiver) = async_channel::bounded::<()>(1);
        let task = local.spawn_local(async move { receiver.recv().await });
        let [first, second] = [(); 2].map(|()| Arc::new(Counted(AtomicUsize::new(0))));
        let (waker, other_waker) = (first.clone().into(), second.clone().into());
        let mut cx = std::task::Context::from_waker(&waker);
        let mut other_cx = std::task::Context::from_waker(&other_waker);

        let mut waits = Box::pin(local.run_until(task));
        assert!(waits.as_mut().poll(&mut cx).is_pending());
        let is_over = Cell::new(false);
        let mut other = Box::pin(local.run_until(poll_fn(|_| match is_over.get() {
            true => Poll::Ready(()),
            false => Poll::Pending,
        })));
        // The latest to have run the set's tasks.
        assert!(other.as_mut().poll(&mut other_cx).is_pending());
        match gone {
            Gone::Dropped => drop(other),
            Gone::Ready => {
                is_over.set(true);
                assert!(other.as_mut().poll(&mut other_cx).is_ready());
            }
            Gone::DroppedWhenTold => {
                sender.try_send(()).unwrap();
                assert!(second.0.load(SeqCst) > 0);
                drop(other);
            }
        }
        // In the last case the message has been sent.
        let _ = sender.try_send(());
        assert!(first.0.load(SeqCst) > 0, "nobody tells the other one");
        // The task runs in the first, and its end is seen in the second.
        assert!((0..2).any(|_| waits.as_mut().poll(&mut cx).is_ready()));
    }
}
