//! Every setting of a runtime has its effect, and an invalid one is named.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{BuildError, Builder, Runtime};
use std::io::ErrorKind;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::sync::{Arc, Mutex, mpsc};
use std::thread;
use std::time::Duration;
use support::{bounded, eventually, hush_expected_panics};

/// Asserts that the builder refuses the setting, with an error that names it.
#[track_caller]
fn refused(builder: &Builder, setting: &str) {
    let error = builder.build().expect_err("it is refused");
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.to_string().contains(setting), "{error}");
    let cause = error.get_ref().and_then(|error| error.downcast_ref());
    let cause: &BuildError = cause.expect("a BuildError");
    assert_eq!(cause.setting(), setting);
}

#[test]
fn wrong_settings_are_named() {
    refused(Builder::new().worker_threads(0), "worker_threads");
    refused(Builder::new().worker_threads(32_769), "worker_threads");
    refused(Builder::new().thread_stack_size(1), "thread_stack_size");
    refused(
        Builder::new().max_blocking_threads(0),
        "max_blocking_threads",
    );
    refused(Builder::new().thread_name("a\0b"), "thread_name");
    refused(Builder::new().name("a\0b"), "name");
    refused(Builder::new().name(" "), "name");
}

/// A refusal by the system is an error too, and the threads started so far end.
#[test]
fn an_impossible_stack_size_is_an_error() {
    bounded(|| {
        for bytes in [usize::MAX, usize::MAX / 2, 1 << 46] {
            let error = Builder::new()
                .worker_threads(4)
                .thread_stack_size(bytes)
                .build()
                .expect_err("four stacks of this size");
            assert!(!error.to_string().is_empty());
        }
    });
}

#[test]
fn an_invalid_thread_name_is_an_error() {
    bounded(|| {
        let mut builder = Builder::new();
        builder.thread_name_fn(|| "a\0b".into());
        refused(&builder, "thread_name_fn");
    });
}

/// The names of the threads that run a task and a blocking closure.
fn names(rt: &Runtime) -> [Option<String>; 2] {
    let name = || thread::current().name().map(str::to_owned);
    [
        rt.block_on(rt.spawn(async move { name() })).unwrap(),
        rt.block_on(rt.spawn_blocking(name)).unwrap(),
    ]
}

#[test]
fn threads_have_the_names_they_are_given() {
    bounded(|| {
        let by_role = Builder::new()
            .worker_threads(1)
            .max_spare_workers(0)
            .build()
            .unwrap();
        assert_eq!(
            names(&by_role).map(Option::unwrap),
            ["heist-worker-0", "heist-blocking-0"]
        );

        let mut named = Builder::new();
        named.worker_threads(1).max_spare_workers(0).name("web");
        let by_runtime = named.build().unwrap();
        assert_eq!(by_runtime.handle().name(), Some("web"));
        assert_eq!(
            names(&by_runtime).map(Option::unwrap),
            ["web-worker-0", "web-blocking-0"]
        );
        let same = named.thread_name("own").build().unwrap();
        assert_eq!(same.handle().name(), Some("web"));
        assert_eq!(names(&same).map(Option::unwrap), ["own", "own"]);

        let same = Builder::new().thread_name("mine").build().unwrap();
        assert_eq!(names(&same).map(Option::unwrap), ["mine", "mine"]);

        let count = AtomicUsize::new(0);
        let made = Builder::new()
            .worker_threads(1)
            .thread_name_fn(move || format!("made-{}", count.fetch_add(1, SeqCst)))
            .build()
            .unwrap();
        let names = names(&made).map(Option::unwrap);
        assert!(names.iter().all(|name| name.starts_with("made-")));
        assert_ne!(names[0], names[1]);
    });
}

#[test]
fn hooks_run_once_on_each_worker_and_blocking_thread() {
    bounded(|| {
        let ids = Arc::new(Mutex::new((Vec::new(), Vec::new())));
        let (starts, stops) = (ids.clone(), ids.clone());
        let rt = Builder::new()
            .worker_threads(3)
            .on_thread_start(move || starts.lock().unwrap().0.push(thread::current().id()))
            .on_thread_stop(move || stops.lock().unwrap().1.push(thread::current().id()))
            .build()
            .unwrap();
        let blocking = rt.spawn_blocking(|| thread::current().id());
        let blocking = rt.block_on(blocking).unwrap();
        drop(rt);
        let (mut started, mut stopped) = std::mem::take(&mut *ids.lock().unwrap());
        assert_eq!(started.len(), 4);
        assert!(started.contains(&blocking));
        started.sort_by_key(|id| format!("{id:?}"));
        stopped.sort_by_key(|id| format!("{id:?}"));
        assert_eq!(started, stopped);
    });
}

#[test]
fn hooks_are_inside_the_thread_but_see_no_task_run() {
    bounded(|| {
        let count = Arc::new(AtomicUsize::new(0));
        let started = count.clone();
        let rt = Builder::new()
            .worker_threads(1)
            // A spare worker would call the hook, too.
            .max_spare_workers(0)
            .on_thread_start(move || {
                started.fetch_add(1, SeqCst);
            })
            .build()
            .unwrap();
        // The worker runs tasks only after its hook.
        let seen = rt.spawn(async move { count.load(SeqCst) });
        assert_eq!(rt.block_on(seen).unwrap(), 1);
    });
}

#[test]
fn a_hook_that_panics_harms_nobody() {
    hush_expected_panics();
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(2)
            .on_thread_start(|| panic!("expected in a start hook"))
            .on_thread_stop(|| panic!("expected in a stop hook"))
            .build()
            .unwrap();
        assert_eq!(rt.block_on(rt.spawn(async { 1 })).unwrap(), 1);
        assert_eq!(rt.block_on(rt.spawn_blocking(|| 2)).unwrap(), 2);
        drop(rt);
    });
}

/// A start hook that does not return delays its own worker only.
#[test]
fn a_hook_that_blocks_delays_its_own_thread_only() {
    bounded(|| {
        let (release, blocked) = mpsc::channel::<()>();
        let blocked = Mutex::new(blocked);
        let calls = AtomicUsize::new(0);
        let rt = Builder::new()
            .worker_threads(2)
            .on_thread_start(move || {
                if calls.fetch_add(1, SeqCst) == 0 {
                    let _ = blocked.lock().unwrap().recv();
                }
            })
            .build()
            .unwrap();
        for n in 0..100 {
            assert_eq!(rt.block_on(rt.spawn(async move { n })).unwrap(), n);
        }
        drop(release);
    });
}

#[test]
fn as_many_workers_as_asked_for() {
    bounded(|| {
        for workers in [1, 2, 7, 65] {
            let started = Arc::new(AtomicUsize::new(0));
            let count = started.clone();
            let rt = Builder::new()
                .worker_threads(workers)
                // With more workers than cores, some look stalled while they only wait for a core.
                .max_spare_workers(0)
                .on_thread_start(move || {
                    count.fetch_add(1, SeqCst);
                })
                .build()
                .unwrap();
            eventually("all workers started", || started.load(SeqCst) == workers);
            let tasks: Vec<_> = (0..1_000).map(|n| rt.spawn(async move { n })).collect();
            for (n, task) in tasks.into_iter().enumerate() {
                assert_eq!(rt.block_on(task).unwrap(), n);
            }
            drop(rt);
            assert_eq!(started.load(SeqCst), workers);
        }
    });
}

/// With as many blocking tasks as there are workers, all of them run at once.
#[test]
fn every_worker_runs_tasks() {
    bounded(|| {
        let rt = Builder::new().worker_threads(4).build().unwrap();
        let barrier = Arc::new(std::sync::Barrier::new(4));
        let tasks: Vec<_> = (0..4)
            .map(|_| {
                let barrier = barrier.clone();
                rt.spawn(async move { barrier.wait().is_leader() })
            })
            .collect();
        let leaders = tasks.into_iter().filter(|_| true);
        let leaders = leaders.map(|task| rt.block_on(task).unwrap());
        assert_eq!(leaders.filter(|&leader| leader).count(), 1);
    });
}

#[cfg(target_os = "linux")]
#[test]
fn pinned_workers_stay_on_one_core() {
    bounded(|| {
        let cores = || {
            let status = std::fs::read_to_string("/proc/thread-self/status").unwrap();
            let line = status.lines().find(|l| l.starts_with("Cpus_allowed_list:"));
            line.unwrap().split_whitespace().nth(1).unwrap().to_owned()
        };
        // More workers than cores, so that they are shared.
        let workers = 2 * thread::available_parallelism().unwrap().get() + 1;
        let rt = Builder::new()
            .worker_threads(workers)
            // On a busy machine a worker that waits for its core would be taken for stalled, and a
            // spare worker, which is not bound, would stand in for it.
            .max_spare_workers(0)
            .pin_workers(true)
            .build()
            .unwrap();
        for _ in 0..100 {
            let allowed = rt.block_on(rt.spawn(async move { cores() })).unwrap();
            allowed.parse::<usize>().expect("one core, not a range");
        }
        let unpinned = rt.block_on(rt.spawn_blocking(cores)).unwrap();
        assert_eq!(unpinned, cores(), "blocking threads go where they like");
    });
}

#[test]
fn stacks_are_as_deep_as_asked_for() {
    fn fill(depth: usize) -> usize {
        let page = std::hint::black_box([depth; 512]);
        match depth {
            0 => page[0],
            _ => fill(depth - 1) + 1,
        }
    }
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            .thread_stack_size(64 << 20)
            .build()
            .unwrap();
        // More than 16 MiB, where the default is 2.
        assert_eq!(rt.block_on(rt.spawn(async { fill(4_000) })).unwrap(), 4_000);
        assert_eq!(
            rt.block_on(rt.spawn_blocking(|| fill(4_000))).unwrap(),
            4_000
        );
    });
}

#[test]
fn a_builder_makes_several_runtimes() {
    bounded(|| {
        let mut builder = Builder::default();
        builder
            .worker_threads(1)
            .max_spare_workers(0)
            .thread_keep_alive(Duration::MAX);
        let first = builder.build().unwrap();
        let second = builder.thread_name("second").build().unwrap();
        assert_eq!(names(&first)[0].as_deref(), Some("heist-worker-0"));
        assert_eq!(names(&second)[0].as_deref(), Some("second"));
    });
}
