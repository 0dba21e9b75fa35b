//! Users' code that panics where the runtime calls or drops it harms nothing else, even if the
//! payload panics again when it is dropped.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::task::CancellationToken;
use heist_runtime::time::{Duration, sleep};
use heist_runtime::{Builder, Runtime};
use std::future::{Future, pending};
use std::panic::panic_any;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::task::{Context, Poll, RawWaker, RawWakerVTable, Wake, Waker};
use std::{fs, ptr};
use support::{bounded, eventually, hush_expected_panics};

/// A payload that panics when it is dropped.
struct Bomb;

impl Drop for Bomb {
    fn drop(&mut self) {
        panic!("expected: a payload's destructor");
    }
}

/// Tells LeakSanitizer that this binary leaks on purpose: payloads whose destructors panic are
/// leaked, and so are wakers whose own destructor panics.
// SAFETY: it has the name and the type by which that library looks for it, and nothing else has
// that name.
#[unsafe(no_mangle)]
extern "C" fn __lsan_is_turned_off() -> std::ffi::c_int {
    1
}

/// A waker that panics on every use except a clone.
struct Panicking(Arc<AtomicUsize>);

impl Panicking {
    fn waker() -> (Waker, Arc<AtomicUsize>) {
        let woken = Arc::default();
        (Waker::from(Arc::new(Self(Arc::clone(&woken)))), woken)
    }
}

impl Wake for Panicking {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
        panic_any(Bomb);
    }
}

/// A waker whose every drop panics.
fn panics_when_dropped() -> Waker {
    fn clone(_: *const ()) -> RawWaker {
        RawWaker::new(ptr::null(), &VTABLE)
    }
    fn nothing(_: *const ()) {}
    fn panics(_: *const ()) {
        panic_any(Bomb);
    }
    static VTABLE: RawWakerVTable = RawWakerVTable::new(clone, nothing, nothing, panics);
    // SAFETY: there is no data.
    unsafe { Waker::from_raw(clone(ptr::null())) }
}

/// A runtime with a single worker and no spare workers.
fn runtime() -> Runtime {
    hush_expected_panics();
    Builder::new()
        .worker_threads(1)
        .max_spare_workers(0)
        .build()
        .unwrap()
}

fn assert_works(rt: &Runtime) {
    assert_eq!(rt.block_on(rt.spawn(async { 7 })).unwrap(), 7);
}

/// Polls once with the waker, which is not dropped.
fn poll_with<F: Future + ?Sized>(future: Pin<&mut F>, waker: Waker) -> Poll<F::Output> {
    let waker = std::mem::ManuallyDrop::new(waker);
    future.poll(&mut Context::from_waker(&waker))
}

#[test]
fn payloads_of_tasks_that_nobody_awaits() {
    bounded(|| {
        let rt = runtime();
        drop(rt.spawn(async { panic_any(Bomb) }));
        assert_works(&rt);
        drop(rt.spawn_blocking(|| panic_any(Bomb)));
        assert_works(&rt);
        // Its handle is dropped after it.
        let ended = rt.spawn(async { panic_any(Bomb) });
        eventually("the task ends", || ended.is_finished());
        drop(ended);
        let error = rt
            .block_on(rt.spawn(async { panic_any(Bomb) }))
            .unwrap_err();
        assert!(error.is_panic());
        drop(error);
        assert_works(&rt);
    });
}

#[test]
fn futures_and_outputs_that_panic_when_they_are_dropped() {
    struct Holds(#[allow(dead_code, reason = "for its destructor")] Bombs);
    struct Bombs;
    impl Drop for Bombs {
        fn drop(&mut self) {
            panic_any(Bomb);
        }
    }
    bounded(|| {
        let rt = runtime();
        drop(rt.spawn(async { Holds(Bombs) }));
        assert_works(&rt);
        let held = Holds(Bombs);
        let task = rt.spawn(async move {
            let _held = held;
            pending::<()>().await;
        });
        task.abort();
        assert!(rt.block_on(task).unwrap_err().is_panic());
        let held = Holds(Bombs);
        drop(rt.spawn(async move {
            let _held = held;
            pending::<()>().await;
        }));
        assert_works(&rt);
        // The last one's future is dropped with the runtime, which must end.
        drop(rt);
    });
}

#[test]
fn hooks() {
    bounded(|| {
        hush_expected_panics();
        let rt = Builder::new()
            .worker_threads(1)
            .on_thread_start(|| panic_any(Bomb))
            .on_thread_stop(|| panic_any(Bomb))
            .on_task_failure(|_| panic_any(Bomb))
            .build()
            .unwrap();
        drop(rt.spawn(async { panic!("expected: a failure to report") }));
        assert_works(&rt);
        assert_eq!(rt.block_on(rt.spawn_blocking(|| 8)).unwrap(), 8);
    });
}

#[test]
fn wakers_of_timers_and_joiners() {
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let (waker, woken) = Panicking::waker();
        let mut timer = pin!(sleep(Duration::from_millis(1)));
        assert!(poll_with(timer.as_mut(), waker).is_pending());
        eventually("the timer's waker is woken", || woken.load(SeqCst) == 1);
        assert_works(&rt);

        let (release, released) = mpsc::channel::<()>();
        let mut task = pin!(rt.spawn_blocking(move || released.recv().is_ok()));
        let (waker, woken) = Panicking::waker();
        assert!(poll_with(task.as_mut(), waker).is_pending());
        drop(release);
        eventually("the joiner's waker is woken", || woken.load(SeqCst) == 1);
        assert_works(&rt);
    });
}

#[test]
fn wakers_that_are_replaced_or_left_behind() {
    bounded(|| {
        let rt = runtime();
        let _entered = rt.enter();
        let token = CancellationToken::new();
        let mut cancelled = pin!(token.cancelled());
        let mut timer = Box::pin(sleep(Duration::from_secs(3600)));
        let mut task = Box::pin(rt.spawn(pending::<()>()));
        let other = Waker::noop();
        for waker in [panics_when_dropped(), other.clone(), panics_when_dropped()] {
            assert!(poll_with(cancelled.as_mut(), waker.clone()).is_pending());
            assert!(poll_with(timer.as_mut(), waker.clone()).is_pending());
            assert!(poll_with(task.as_mut(), waker.clone()).is_pending());
            heist_runtime::panics::discard(waker);
        }
        // With a waker in place. The worker drops the task's waker.
        drop(timer);
        task.abort();
        assert!(rt.block_on(task).unwrap_err().is_cancelled());
        token.cancel();
        assert_works(&rt);
    });
}

#[test]
fn a_cancelled_token_wakes_all_waiting_tasks() {
    bounded(|| {
        hush_expected_panics();
        let token = CancellationToken::new();
        let child = token.child_token();
        let (mut first, mut second) = (pin!(token.cancelled()), pin!(child.cancelled()));
        let mut third = pin!(token.cancelled());
        let mut counts = Vec::new();
        for waiting in [first.as_mut(), second.as_mut(), third.as_mut()] {
            let (waker, woken) = Panicking::waker();
            assert!(poll_with(waiting, waker).is_pending());
            counts.push(woken);
        }
        token.cancel();
        let woken: Vec<_> = counts.iter().map(|woken| woken.load(SeqCst)).collect();
        assert_eq!(woken, [1, 1, 1]);
    });
}

#[test]
fn a_panicking_waker_on_the_shutdown_token_does_not_stop_shutdown() {
    bounded(|| {
        let rt = runtime();
        let token = rt.handle().shutdown_token().clone();
        let (waker, woken) = Panicking::waker();
        let mut waiting = Box::pin(async move { token.cancelled().await });
        assert!(poll_with(waiting.as_mut(), waker).is_pending());
        let task = rt.spawn(pending::<()>());
        drop(rt);
        assert_eq!(woken.load(SeqCst), 1);
        assert!(task.is_finished());
    });
}

#[test]
fn members_of_a_group() {
    bounded(|| {
        let rt = runtime();
        rt.block_on(async {
            let group = heist_runtime::task::TaskGroup::<(), std::io::Error>::new();
            group.spawn(async { panic_any(Bomb) });
            group.spawn(pending());
            assert!(group.join().await.is_err());
        });
        assert_works(&rt);
    });
}

/// Code that keeps a bare waker will at some point drop or wake it without a guard.
#[test]
fn no_bare_waker_is_kept_in_the_sources() {
    fn look(folder: &std::path::Path, found: &mut Vec<String>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                look(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = fs::read_to_string(&path).unwrap();
                let kept = ["<Waker>", "<Waker,", ", Waker>", ", Waker)", "(Waker,"];
                let lines = text.lines().enumerate();
                found.extend(lines.filter_map(|(number, line)| {
                    let is_code = !line.trim_start().starts_with("//");
                    let keeps = is_code && kept.iter().any(|kept| line.contains(kept));
                    keeps.then(|| format!("{}:{}", path.display(), number + 1))
                }));
            }
        }
    }
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut found = Vec::new();
    for sources in ["src", "../net/src", "../signals/src", "../process/src"] {
        let folder = root.join(sources);
        // Outside the repository only this package is present.
        if folder.is_dir() {
            look(&folder, &mut found);
        }
    }
    found.retain(|place| !place.contains("src/waking.rs:") && !place.contains("tests.rs:"));
    assert_eq!(found, Vec::<String>::new(), "keep a `GuardedWaker`");
}
