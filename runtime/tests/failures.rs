//! Failures of tasks that nothing can await any more: reported once, with the task's identity.

#[cfg(not(feature = "tracing"))]
use std::env;
use std::future::pending;
use std::panic::{self, AssertUnwindSafe};
#[cfg(not(feature = "tracing"))]
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use heist_runtime::task::{self, FailureCause, UnhandledPanic};
use heist_runtime::{Builder, Runtime, spawn, spawn_blocking, spawn_try};

/// The arguments of a call of the hook.
#[derive(Debug, PartialEq)]
struct Report {
    id: task::Id,
    name: Option<String>,
    line: u32,
    panicked: bool,
    text: String,
}

/// A runtime that sends its reports through a channel.
fn runtime() -> (Runtime, mpsc::Receiver<Report>) {
    let (sender, reports) = mpsc::channel();
    let runtime = Builder::new()
        .worker_threads(2)
        .on_task_failure(move |failure| {
            assert_eq!(failure.location().file(), file!());
            let (panicked, text) = match failure.cause() {
                FailureCause::Panic(message) => (true, message.unwrap_or("no text").to_owned()),
                FailureCause::Error(error) => (false, error.to_string()),
                _ => unreachable!("there are no other causes"),
            };
            let report = Report {
                id: failure.id(),
                name: failure.name().map(str::to_owned),
                line: failure.location().line(),
                panicked,
                text,
            };
            let _ = sender.send(report);
        })
        .build()
        .unwrap();
    (runtime, reports)
}

/// Returns the only report: none follows once the runtime has ended.
#[track_caller]
fn only(runtime: Runtime, reports: &mpsc::Receiver<Report>) -> Report {
    let report = reports.recv_timeout(Duration::from_secs(60));
    drop(runtime);
    assert_eq!(reports.try_iter().count(), 0, "reported again");
    report.expect("it is reported")
}

#[track_caller]
fn none(runtime: Runtime, reports: &mpsc::Receiver<Report>) {
    drop(runtime);
    let reports: Vec<_> = reports.try_iter().collect();
    assert!(reports.is_empty(), "{reports:?}");
}

#[test]
fn a_panic_after_the_handle_was_dropped_is_reported() {
    let (runtime, reports) = runtime();
    let (go, wait) = async_channel::bounded::<()>(1);
    let handle = runtime.spawn(async move {
        wait.recv().await.unwrap();
        panic!("in vain");
    });
    let (id, line) = (handle.id(), line!() - 4);
    drop(handle);
    go.try_send(()).unwrap();
    let expected = Report {
        id,
        name: None,
        line,
        panicked: true,
        text: "in vain".into(),
    };
    assert_eq!(only(runtime, &reports), expected);
}

#[test]
fn a_panic_before_the_handle_is_dropped_is_reported_when_it_is() {
    let (runtime, reports) = runtime();
    let handle = runtime.spawn(async { panic!("early") });
    while !handle.is_finished() {
        thread::yield_now();
    }
    assert!(reports.try_recv().is_err(), "somebody may still await it");
    drop(handle);
    assert_eq!(only(runtime, &reports).text, "early");
}

#[test]
fn awaited_failures_are_not_reported() {
    let (runtime, reports) = runtime();
    runtime.block_on(async {
        assert!(
            spawn(async { panic!("told") })
                .await
                .unwrap_err()
                .is_panic()
        );
        assert!(
            spawn_blocking(|| panic!("told"))
                .await
                .unwrap_err()
                .is_panic()
        );
        assert_eq!(
            spawn_try(async { Err::<(), _>("told") }).await.unwrap(),
            Err("told")
        );
    });
    none(runtime, &reports);
}

#[test]
fn cancellation_and_plain_errors_are_no_failures() {
    let (runtime, reports) = runtime();
    runtime.spawn(async { Err::<(), _>("an output like any other") });
    runtime.spawn_blocking(|| Err::<(), _>("an output like any other"));
    runtime.spawn(pending::<()>()).abort();
    let handle = runtime.handle().spawn_try(pending::<Result<(), String>>());
    drop(handle);
    none(runtime, &reports);
}

#[test]
fn errors_of_spawn_try_are_reported_with_their_name() {
    let (runtime, reports) = runtime();
    let _entered = runtime.enter();
    let builder = task::Builder::new().name("cleaner");
    drop(builder.spawn_try(async { Err::<(), _>(std::io::Error::other("dust")) }));
    drop(_entered);
    let report = only(runtime, &reports);
    assert_eq!(report.name.as_deref(), Some("cleaner"));
    assert_eq!((report.panicked, &*report.text), (false, "dust"));
}

#[test]
fn panics_of_blocking_closures_are_reported() {
    let (runtime, reports) = runtime();
    drop(runtime.spawn_blocking(|| panic::panic_any(7)));
    let line = line!() - 1;
    let report = only(runtime, &reports);
    assert_eq!((report.line, &*report.text), (line, "no text"));
}

/// The handle is dropped at the moment of the failure.
#[test]
fn a_panic_that_races_with_the_drop_is_reported_once() {
    let previous = panic::take_hook();
    panic::set_hook(Box::new(|_| ()));
    let (runtime, reports) = runtime();
    const RACES: usize = 2_000;
    for race in 0..RACES {
        let handle = runtime.spawn(async { panic!("now") });
        for _ in 0..race % 200 {
            std::hint::spin_loop();
        }
        drop(handle);
    }
    let count = reports.iter().take(RACES).count();
    panic::set_hook(previous);
    assert_eq!(count, RACES);
    none(runtime, &reports);
}

#[test]
fn a_future_that_panics_while_the_runtime_ends_is_reported() {
    struct Bomb;
    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("on the way out");
        }
    }
    let (runtime, reports) = runtime();
    let bomb = Bomb;
    runtime.spawn(async move {
        let _bomb = bomb;
        pending::<()>().await;
    });
    drop(runtime);
    let texts: Vec<_> = reports.iter().map(|report| report.text).collect();
    assert_eq!(texts, ["on the way out"]);
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counter = calls.clone();
    let runtime = Builder::new()
        .worker_threads(1)
        .on_task_failure(move |_| {
            counter.fetch_add(1, SeqCst);
            panic!("the hook, too");
        })
        .build()
        .unwrap();
    runtime.block_on(async {
        for _ in 0..3 {
            drop(spawn(async { panic!("first") }));
        }
        // The only worker continues.
        while calls.load(SeqCst) < 3 {
            spawn(async {}).await.unwrap();
        }
    });
}

#[test]
fn ignored_panics_are_not_reported_but_errors_are() {
    let (sender, reports) = mpsc::channel();
    let runtime = Builder::new()
        .unhandled_panic(UnhandledPanic::Ignore)
        .on_task_failure(move |failure| sender.send(failure.to_string()).unwrap())
        .build()
        .unwrap();
    drop(runtime.spawn(async { panic!("ignored") }));
    drop(runtime.handle().spawn_try(async { Err::<(), _>("heard") }));
    let report = reports.recv().unwrap();
    assert!(
        report.contains("heard") && report.contains(file!()),
        "{report}"
    );
    drop(runtime);
    assert!(reports.recv().is_err());
}

#[test]
fn a_panic_can_end_the_runtime() {
    let runtime = Builder::new()
        .worker_threads(2)
        .unhandled_panic(UnhandledPanic::ShutdownRuntime)
        .build()
        .unwrap();
    let other = runtime.spawn(pending::<()>());
    // It is awaited, so it ends nothing.
    assert!(
        runtime
            .block_on(runtime.spawn(async { panic!("heard") }))
            .is_err()
    );

    let blocked = AssertUnwindSafe(|| {
        runtime.block_on(async {
            drop(spawn(async { panic!("unheard") }));
            pending::<()>().await;
        });
    });
    let panic = panic::catch_unwind(blocked).unwrap_err();
    let message = panic.downcast_ref::<&str>().unwrap();
    assert!(message.contains("shut down"), "{message}");
    // The other task is cancelled, and a later call fails at once.
    while !other.is_finished() {
        thread::yield_now();
    }
    let again = AssertUnwindSafe(|| runtime.block_on(async {}));
    assert!(panic::catch_unwind(again).is_err());
}

#[test]
fn the_current_task_is_known_while_it_runs_and_while_it_is_dropped() {
    struct Tell(mpsc::Sender<Option<task::Id>>);
    impl Drop for Tell {
        fn drop(&mut self) {
            let _ = self.0.send(task::try_id());
        }
    }
    let runtime = Runtime::new().unwrap();
    let (sender, ids) = mpsc::channel();

    let tell = Tell(sender.clone());
    let running = runtime.spawn(async move {
        task::yield_now().await;
        drop(tell);
    });
    assert_eq!(ids.recv().unwrap(), Some(running.id()));

    let tell = Tell(sender.clone());
    let dropped = runtime.spawn(async move {
        let _tell = tell;
        pending::<()>().await;
    });
    dropped.abort();
    assert_eq!(ids.recv().unwrap(), Some(dropped.id()));

    let tell = Tell(sender);
    let output = runtime.spawn(async move { tell });
    let id = output.id();
    drop(output);
    assert_eq!(ids.recv().unwrap(), Some(id));
    assert_eq!(runtime.block_on(async { task::try_id() }), None);
}

#[test]
fn failures_of_a_group_are_reported_unless_it_is_joined() {
    let (runtime, reports) = runtime();
    runtime.block_on(async {
        let joined = task::TaskGroup::<(), &str>::new();
        joined.spawn(async { Err("told") });
        assert_eq!(joined.join().await.unwrap_err().failures().len(), 1);

        let dropped = task::TaskGroup::<(), &str>::new();
        dropped.spawn(async { Err("in vain") });
        dropped.token().cancelled().await;
    });
    let report = only(runtime, &reports);
    assert_eq!((report.panicked, &*report.text), (false, "in vain"));
}

/// Without a hook, reports are written to standard error.
#[cfg(not(feature = "tracing"))]
#[test]
fn reports_begin_with_the_runtimes_name() {
    const NAME: &str = "HEIST_TEST_RUNTIME_NAME";
    if let Ok(name) = env::var(NAME) {
        let mut builder = Builder::new();
        if !name.is_empty() {
            builder.name(name);
        }
        let runtime = builder.build().unwrap();
        drop(runtime.spawn_blocking(|| panic!("told to")));
        return;
    }
    let written = |name| {
        let output = Command::new(env::current_exe().unwrap())
            .args(["--exact", "--nocapture"])
            .arg("reports_begin_with_the_runtimes_name")
            .env(NAME, name)
            .output()
            .unwrap();
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    for (name, begin) in [("", "heist: "), ("web", "heist (web): ")] {
        let text = written(name);
        assert!(text.lines().any(|line| line.starts_with(begin)), "{text}");
    }
}
