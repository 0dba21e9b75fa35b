//! Runtimes without workers: their tasks run on the thread that is in `block_on`, in order.

use heist_runtime::task::yield_now;
use heist_runtime::{Builder, Handle, Runtime, spawn, spawn_blocking, time};
use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;

fn runtime() -> Runtime {
    Builder::new().build_current_thread().unwrap()
}

#[test]
fn tasks_run_in_the_order_of_their_spawning_and_of_their_wakes() {
    const TASKS: usize = 1_000; // more than a worker's queue keeps
    let order = Arc::new(Mutex::new(Vec::new()));
    runtime().block_on(async {
        let tasks: Vec<_> = (0..TASKS)
            .map(|n| {
                let order = order.clone();
                spawn(async move {
                    order.lock().unwrap().push(n);
                    yield_now().await;
                    order.lock().unwrap().push(TASKS + n);
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
    });
    assert_eq!(*order.lock().unwrap(), (0..2 * TASKS).collect::<Vec<_>>());
}

#[test]
fn tasks_run_only_in_block_on_and_on_its_thread() {
    let runtime = runtime();
    let task = runtime.spawn(async { thread::current().id() });
    // Waits for jobs of another thread, which come later.
    for _ in 0..10 {
        let job = runtime.spawn_blocking(|| ());
        while !job.is_finished() {
            thread::yield_now();
        }
    }
    assert!(!task.is_finished());
    let runtime = Arc::new(runtime);
    let there = runtime.clone();
    let (ran_on, thread) = thread::spawn(move || {
        let ran_on = there.block_on(task).unwrap();
        (ran_on, thread::current().id())
    })
    .join()
    .unwrap();
    assert_eq!(ran_on, thread);
}

#[test]
fn the_thread_sleeps_until_others_events_and_timers_wake_it() {
    runtime().block_on(async {
        let handle = Handle::current();
        let outside = thread::spawn(move || handle.spawn(async { 1 }));
        let timed = spawn(async {
            time::sleep(Duration::from_millis(5)).await;
            2
        });
        let job = spawn_blocking(|| 3);
        assert_eq!(timed.await.unwrap(), 2);
        assert_eq!(job.await.unwrap(), 3);
        let task = spawn_blocking(|| outside.join().unwrap()).await.unwrap();
        assert_eq!(task.await.unwrap(), 1);
    });
}

#[test]
fn a_task_that_is_always_ready_does_not_starve_the_future_or_timers() {
    runtime().block_on(async {
        let busy = spawn(async {
            loop {
                yield_now().await;
            }
        });
        time::sleep(Duration::from_millis(1)).await;
        busy.abort();
        assert!(busy.await.unwrap_err().is_cancelled());
    });
}

#[test]
fn another_thread_in_block_on_takes_over() {
    let runtime = Arc::new(runtime());
    let (first_in, second_in) = (mpsc::channel(), mpsc::channel());
    let second = thread::spawn({
        let runtime = runtime.clone();
        move || {
            first_in.1.recv().unwrap();
            runtime.block_on(async {
                second_in.0.send(()).unwrap();
                // Runs only once this thread has taken over.
                let task = Handle::current().spawn(async { thread::current().id() });
                task.await.unwrap()
            }) == thread::current().id()
        }
    });
    runtime.block_on(async {
        first_in.0.send(()).unwrap();
        second_in.1.recv().unwrap(); // without running tasks
    });
    assert!(second.join().unwrap());
}

#[test]
fn a_panic_of_the_future_leaves_the_runtime_usable() {
    let runtime = runtime();
    let task = runtime.spawn(async { 7 });
    catch_unwind(AssertUnwindSafe(|| {
        runtime.block_on(async { panic!("oh") })
    }))
    .unwrap_err();
    assert!(Handle::try_current().is_err());
    assert_eq!(runtime.block_on(task).unwrap(), 7);
}

#[test]
fn within_another_runtime_each_keeps_its_own_tasks() {
    let outer = Builder::new().worker_threads(1).build().unwrap();
    let task = outer.spawn(async {
        let here = Handle::current().id();
        let inner = runtime();
        let inside =
            inner.block_on(async { spawn(async { Handle::current().id() }).await.unwrap() });
        assert_eq!(inside, inner.handle().id());
        assert_eq!(Handle::current().id(), here);
        assert_eq!(spawn(async { Handle::current().id() }).await.unwrap(), here);
    });
    outer.block_on(task).unwrap();
}

#[test]
fn the_drop_drops_the_tasks_in_the_runtimes_context() {
    struct Probe(Arc<AtomicUsize>);
    impl Drop for Probe {
        fn drop(&mut self) {
            assert!(Handle::try_current().is_ok());
            self.0.fetch_add(1, SeqCst);
        }
    }
    let dropped = Arc::new(AtomicUsize::new(0));
    let runtime = runtime();
    for _ in 0..10 {
        let probe = Probe(dropped.clone());
        runtime.spawn(async move {
            let _probe = probe;
            std::future::pending::<()>().await;
        });
    }
    runtime.block_on(yield_now());
    drop(runtime);
    assert_eq!(dropped.load(SeqCst), 10);
}

#[test]
fn a_local_runtime_runs_what_must_stay_on_its_thread() {
    let runtime = Builder::new().build_local().unwrap();
    let shared = Rc::new(Cell::new(0));
    let clone = shared.clone();
    let held = runtime.spawn_local(async move {
        clone.set(1);
        std::future::pending::<()>().await;
    });
    runtime.block_on(async {
        let handle = Handle::current();
        thread::spawn(move || assert!(handle.try_spawn_local(async {}).is_err()))
            .join()
            .unwrap();
        let clone = shared.clone();
        let Ok(task) = Handle::current().try_spawn_local(async move { clone.get() }) else {
            panic!("a local runtime, on its thread");
        };
        assert_eq!(task.await.unwrap(), 1);
    });
    // By another thread it is marked, and dropped here.
    thread::scope(|scope| {
        let held = &held;
        scope.spawn(move || held.abort());
    });
    runtime.block_on(async {
        while Rc::strong_count(&shared) > 1 {
            yield_now().await
        }
    });
}

#[test]
fn no_other_thread_runs_a_local_runtimes_tasks() {
    let runtime = Builder::new().build_local().unwrap();
    let shared: &Runtime = &runtime;
    thread::scope(|scope| {
        let other = scope.spawn(|| shared.block_on(async {}));
        other.join().unwrap_err();
    });
}

/// Even with no other task to run, a yield lets in work from outside.
#[cfg(unix)]
#[test]
fn a_yield_sees_events_that_have_come() {
    use heist_runtime::io::{AsyncFd, Interest};
    use std::io::{ErrorKind, Write};

    runtime().block_on(async {
        for _ in 0..100 {
            let (mut near, far) = std::os::unix::net::UnixStream::pair().unwrap();
            far.set_nonblocking(true).unwrap();
            let far = AsyncFd::new(far).unwrap();
            let block = |_: &_| Err::<(), _>(ErrorKind::WouldBlock.into());
            // It counts as ready at first, and the first event reports nothing else.
            yield_now().await;
            far.try_io(Interest::READABLE, block).unwrap_err();
            near.write_all(b"x").unwrap();
            yield_now().await;
            far.try_io(Interest::READABLE, |_| Ok(())).unwrap();
        }
    });
}
