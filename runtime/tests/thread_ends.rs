//! The user's code at both ends of a runtime's threads: hooks, and destructors of thread-locals.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, Runtime};
use std::cell::RefCell;
use std::future::pending;
use std::sync::{Mutex, mpsc};
use std::thread;
use std::time::Duration;
use support::{Drops, bounded, eventually};

/// Calls a function when the thread ends.
struct AtEnd(Box<dyn FnMut() + Send>);

impl Drop for AtEnd {
    fn drop(&mut self) {
        (self.0)();
    }
}

thread_local!(static AT_END: RefCell<Option<AtEnd>> = const { RefCell::new(None) });

/// Has one of the runtime's threads call `f` when it ends, after its hooks.
fn at_end(rt: &Runtime, of: Of, f: impl FnMut() + Send + 'static) {
    let f = AtEnd(Box::new(f));
    let leave = move || AT_END.set(Some(f));
    match of {
        Of::Worker => rt.block_on(rt.spawn(async { leave() })).unwrap(),
        Of::BlockingThread => rt.block_on(rt.spawn_blocking(leave)).unwrap(),
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Of {
    Worker,
    BlockingThread,
}

const BOTH: [Of; 2] = [Of::Worker, Of::BlockingThread];

/// A runtime whose blocking threads end at once.
fn runtime() -> Builder {
    let mut builder = Builder::new();
    builder
        .worker_threads(2)
        .thread_keep_alive(Duration::from_millis(1));
    builder
}

#[test]
fn a_shutdown_with_a_limit_returns_in_spite_of_a_thread_local_that_blocks() {
    bounded(|| {
        let end: [fn(Runtime); 3] = [
            |rt| rt.shutdown_background(),
            |rt| rt.shutdown_timeout(Duration::from_millis(50)),
            |rt| drop(rt.shutdown_graceful(Duration::from_millis(50))),
        ];
        for end in end {
            for of in BOTH {
                let rt = Builder::new().worker_threads(2).build().unwrap();
                let (release, blocked) = mpsc::channel::<()>();
                at_end(&rt, of, move || _ = blocked.recv());
                end(rt);
                drop(release);
            }
        }
    });
}

#[test]
fn dropping_a_runtime_waits_for_thread_locals() {
    bounded(|| {
        for of in BOTH {
            let rt = runtime().build().unwrap();
            let (release, blocked) = mpsc::channel::<()>();
            let drops = Drops::default();
            let mut guard = Some(drops.guard());
            let (began, begin) = mpsc::channel();
            at_end(&rt, of, move || {
                let _ = began.send(());
                let _ = blocked.recv();
                drop(guard.take());
            });
            if of == Of::BlockingThread {
                begin.recv().unwrap();
            }
            let releasing = thread::spawn(move || {
                // A drop that does not wait has usually returned by then.
                thread::sleep(Duration::from_millis(50));
                drop(release);
            });
            drop(rt);
            assert_eq!(drops.count(), 1);
            releasing.join().unwrap();
        }
    });
}

/// Such a drop cannot wait for the thread that it is on.
fn assert_ends(rt: Runtime, give: &mpsc::Sender<Runtime>) {
    let drops = Drops::default();
    let guard = drops.guard();
    drop(rt.spawn(async move {
        let _guard = guard;
        pending::<()>().await;
    }));
    give.send(rt).unwrap();
    eventually("the runtime has ended", || drops.count() == 1);
}

#[test]
fn a_runtime_dropped_by_a_thread_local_of_its_own_thread_ends() {
    bounded(|| {
        let rt = runtime().build().unwrap();
        let (give, take) = mpsc::channel::<Runtime>();
        let (dropped, drops) = mpsc::channel();
        at_end(&rt, Of::BlockingThread, move || {
            drop(take.recv());
            dropped.send(()).unwrap();
        });
        assert_ends(rt, &give);
        drops.recv().unwrap();
    });
}

#[test]
fn a_runtime_dropped_by_a_hook_of_its_own_thread_ends() {
    bounded(|| {
        for is_start in [true, false] {
            let (give, take) = mpsc::channel::<Runtime>();
            let (dropped, drops) = mpsc::channel();
            let (take, dropped) = (Mutex::new(take), Mutex::new(dropped));
            let hook = move || {
                let name = thread::current().name().unwrap_or_default().to_owned();
                if name.contains("blocking") {
                    drop(take.lock().unwrap().recv());
                    let _ = dropped.lock().unwrap().send(());
                }
            };
            let mut builder = runtime();
            match is_start {
                true => builder.on_thread_start(hook),
                false => builder.on_thread_stop(hook),
            };
            let rt = builder.build().unwrap();
            drop(rt.spawn_blocking(|| ()));
            assert_ends(rt, &give);
            drops.recv().unwrap();
        }
    });
}
