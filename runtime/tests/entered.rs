//! The current runtime of a thread, in whatever order its guards are dropped.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::task::{LocalSet, spawn_local};
use heist_runtime::time::sleep;
use heist_runtime::{Builder, EnterGuard, Handle, Runtime, spawn};
use std::cell::RefCell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{OnceLock, mpsc};
use std::thread;
use std::time::Duration;
use support::bounded;

fn runtime() -> Runtime {
    Builder::new().worker_threads(1).build().unwrap()
}

#[track_caller]
fn assert_in(runtime: Option<&Runtime>) {
    let current = Handle::try_current().ok().map(|handle| handle.id());
    assert_eq!(current, runtime.map(|runtime| runtime.handle().id()));
}

#[test]
fn the_latest_guard_that_is_left_counts() {
    let runtimes = [runtime(), runtime(), runtime()];
    // Every order in which three guards can be dropped.
    for order in [
        [0, 1, 2],
        [0, 2, 1],
        [1, 0, 2],
        [1, 2, 0],
        [2, 0, 1],
        [2, 1, 0],
    ] {
        let mut guards: Vec<Option<EnterGuard<'_>>> = runtimes
            .iter()
            .map(|runtime| Some(runtime.enter()))
            .collect();
        for place in order {
            let latest = guards.iter().rposition(Option::is_some);
            assert_in(latest.map(|latest| &runtimes[latest]));
            guards[place] = None;
        }
        assert_in(None);
    }
}

#[test]
fn a_guard_may_outlive_its_block_on() {
    let (outer, inner) = (runtime(), runtime());
    let guard = outer.block_on(async {
        let guard = inner.enter();
        assert_in(Some(&inner));
        guard
    });
    assert_in(Some(&inner));
    drop(guard);
    assert_in(None);
}

#[test]
fn local_sets_may_be_left_in_any_order() {
    let (one, other) = (LocalSet::new(), LocalSet::new());
    let (first, second) = (one.enter(), other.enter());
    drop(first);
    let task = spawn_local(async { 7 });
    assert_eq!(other.block_on(&runtime(), task).unwrap(), 7);
    drop(second);
    assert!(catch_unwind(AssertUnwindSafe(|| spawn_local(async {}))).is_err());
}

/// Calls the function when it is dropped.
struct AtDrop(Option<Box<dyn FnOnce()>>);

impl Drop for AtDrop {
    fn drop(&mut self) {
        if let Some(f) = self.0.take() {
            f();
        }
    }
}

thread_local! {
    static KEPT: RefCell<Option<EnterGuard<'static>>> = const { RefCell::new(None) };
    static LAST: RefCell<Option<AtDrop>> = const { RefCell::new(None) };
}

#[test]
fn a_guard_may_be_kept_in_a_thread_local() {
    bounded(|| {
        static HANDLE: OnceLock<Handle> = OnceLock::new();
        let handle = HANDLE.get_or_init(|| runtime().handle().clone());
        for first_use in [false, true] {
            thread::spawn(move || {
                if first_use {
                    let _ = Handle::try_current();
                }
                KEPT.set(Some(handle.enter()));
                assert!(Handle::try_current().is_ok());
            })
            .join()
            .unwrap();
        }
    });
}

/// For example a connection that says goodbye when its thread ends.
#[test]
fn a_destructor_of_a_thread_local_may_block_on_a_runtime() {
    bounded(|| {
        for first_use in [false, true] {
            let (done, end) = mpsc::channel();
            thread::spawn(move || {
                let runtime = runtime();
                if first_use {
                    runtime.block_on(async {});
                }
                LAST.set(Some(AtDrop(Some(Box::new(move || {
                    let sum = runtime.block_on(async {
                        sleep(Duration::from_millis(1)).await;
                        spawn(async { 1 + 2 }).await.unwrap()
                    });
                    let set = LocalSet::new();
                    let local = set.block_on(&runtime, async { spawn_local(async { 4 }).await });
                    drop(runtime);
                    done.send(sum + local.unwrap()).unwrap();
                })))));
                if !first_use {
                    let _ = Handle::try_current();
                }
            })
            .join()
            .unwrap();
            assert_eq!(end.recv().unwrap(), 7);
        }
    });
}
