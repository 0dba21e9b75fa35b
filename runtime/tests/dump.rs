//! The dump of live tasks: their identity, their state, and the time they have used.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use std::future::pending;
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use heist_runtime::runtime::dump::{Dump, Task, TaskState};
use heist_runtime::task::{self, block_in_place, spawn_local, spawn_pinned, yield_now};
use heist_runtime::{Builder, Runtime, spawn};
use support::{bounded, eventually};

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

fn find(dump: &Dump, id: task::Id) -> Option<&Task> {
    dump.tasks().iter().find(|task| task.id() == id)
}

#[track_caller]
fn state(rt: &Runtime, id: task::Id) -> TaskState {
    find(&rt.handle().dump(), id).expect("it lives").state()
}

#[test]
fn each_live_task_is_listed_once() {
    bounded(|| {
        let rt = runtime(2);
        assert!(rt.handle().dump().tasks().is_empty());
        let plain = rt.spawn(pending::<()>());
        let line = line!() - 1;
        let named = task::Builder::new()
            .name("the \"waiter\"")
            .spawn_on(pending::<()>(), rt.handle())
            .unwrap();
        let (pinned, local) = rt.block_on(async {
            let (told, tell) = async_channel::bounded(1);
            let pinned = spawn_pinned(3, || async move {
                told.send(spawn_local(pending::<()>()).id()).await.unwrap();
                pending::<()>().await;
            });
            (pinned, tell.recv().await.unwrap())
        });
        rt.block_on(spawn_ended(&rt));
        eventually("all wait", || {
            let dump = rt.handle().dump();
            let mut tasks = dump.tasks().iter();
            tasks.len() == 4 && tasks.all(|task| task.state() == TaskState::Waiting)
        });
        let dump = rt.handle().dump();
        let found = find(&dump, plain.id()).unwrap();
        assert_eq!((found.name(), found.location().line()), (None, line));
        assert_eq!((found.polls(), found.pinned_to()), (1, None));
        let found = find(&dump, named.id()).unwrap();
        assert_eq!(found.name(), Some("the \"waiter\""));
        assert_eq!(found.location().file(), file!());
        for id in [pinned.id(), local] {
            assert_eq!(find(&dump, id).unwrap().pinned_to(), Some(1));
        }

        let text = dump.to_string();
        let lines: Vec<_> = text.lines().collect();
        assert_eq!(lines.len(), 2 + 4, "{text}");
        let counts = "4 (0 running, 0 blocking, 0 scheduled, 4 waiting)";
        assert!(lines[0].contains(counts), "{text}");
        let row = lines.iter().find(|line| line.contains("waiter")).unwrap();
        assert!(row.contains(&named.id().to_string()), "{text}");
        assert!(row.contains(r#""the \"waiter\"""#), "{text}");
        assert!(row.contains("tests/dump.rs:"), "{text}");
        // The columns are below each other.
        let column = lines[1].find("SPAWNED AT").unwrap();
        assert!(
            lines[2..]
                .iter()
                .all(|line| line[column..].contains("dump.rs:"))
        );
    });
}

async fn spawn_ended(rt: &Runtime) {
    rt.spawn(async {}).await.unwrap();
}

#[test]
fn a_dump_shows_what_each_task_does() {
    bounded(|| {
        let rt = runtime(1);
        let (release, released) = mpsc::channel::<()>();
        let blocker = rt.spawn(async move {
            let _ = released.recv();
            block_in_place(|| released.recv().unwrap_err());
        });
        // Which worker, and for how long, once known.
        let stalled = || match state(&rt, blocker.id()) {
            TaskState::Running {
                worker,
                stalled_for,
                ..
            } => worker.zip(stalled_for),
            _ => None,
        };
        eventually("it stalls", || stalled().is_some());
        let (worker, first) = stalled().unwrap();
        thread::sleep(Duration::from_millis(5));
        let (same, later) = stalled().unwrap();
        assert_eq!(worker, same);
        assert!(later >= first + Duration::from_millis(5));
        let dump = rt.handle().dump();
        let stalled = find(&dump, blocker.id()).unwrap();
        assert_eq!(stalled.polls(), 1);
        assert!(stalled.busy() >= later);
        assert_eq!(dump.tasks()[0].id(), blocker.id(), "what runs comes first");
        let text = dump.to_string();
        assert!(
            text.contains(&format!("running on {worker} for ")),
            "{text}"
        );

        release.send(()).unwrap();
        let blocking =
            |state| matches!(state, TaskState::Blocking { worker: on, .. } if on == worker);
        eventually("it says that it blocks", || {
            blocking(state(&rt, blocker.id()))
        });
        let text = rt.handle().dump().to_string();
        assert!(text.contains(&format!("blocking on {worker}")), "{text}");
        drop(release);
        rt.block_on(blocker).unwrap();
        eventually("it is gone", || rt.handle().dump().tasks().is_empty());
    });
}

#[test]
fn a_task_that_has_not_run_is_scheduled() {
    bounded(|| {
        // No other worker must take the tasks queued behind the one that blocks.
        let mut builder = Builder::new();
        builder.worker_threads(1).stall_threshold(None);
        let rt = builder.build().unwrap();
        let (release, released) = mpsc::channel::<()>();
        let (told, tell) = mpsc::channel();
        let blocker = rt.spawn(async move {
            told.send(spawn(async {}).id()).unwrap();
            let _ = released.recv();
        });
        let queued = tell.recv().unwrap();
        let injected = rt.spawn(async {}).id();
        assert_eq!(state(&rt, queued), TaskState::Scheduled);
        assert_eq!(state(&rt, injected), TaskState::Scheduled);
        assert!(matches!(
            state(&rt, blocker.id()),
            TaskState::Running {
                worker: Some(0),
                stalled_for: None,
                ..
            }
        ));
        drop(release);
    });
}

#[test]
fn polls_are_counted() {
    bounded(|| {
        let rt = runtime(2);
        let task = rt.spawn(async {
            for _ in 0..999 {
                yield_now().await;
            }
            pending::<()>().await;
        });
        eventually("it waits", || state(&rt, task.id()) == TaskState::Waiting);
        assert_eq!(find(&rt.handle().dump(), task.id()).unwrap().polls(), 1_000);
    });
}

#[test]
fn busy_time_is_attributed_to_the_tasks_that_used_it() {
    async fn take(times: u32, micros: u64) {
        for _ in 0..times {
            let end = Instant::now() + Duration::from_micros(micros);
            while Instant::now() < end {}
            yield_now().await;
        }
        pending::<()>().await;
    }
    bounded(|| {
        for pinned in [false, true] {
            let rt = runtime(1);
            let spawn = |times, micros| match pinned {
                false => rt.spawn(take(times, micros)),
                true => rt.handle().spawn_pinned(0, move || take(times, micros)),
            };
            // Alternating, so that both are polled equally often.
            let (much, little) = (spawn(20_000, 100), spawn(20_000, 2));
            eventually("both wait", || {
                let dump = rt.handle().dump();
                let mut tasks = dump.tasks().iter();
                tasks.all(|task| task.state() == TaskState::Waiting)
            });
            // 2 s in about 330 samples, compared with 40 ms; more of both if others want the core.
            let busy = |id| find(&rt.handle().dump(), id).unwrap().busy();
            let (much, little) = (busy(much.id()), busy(little.id()));
            assert!(much >= Duration::from_secs(1), "{much:?}");
            assert!(little <= much / 2, "{little:?} beside {much:?}");
        }
    });
}

#[test]
fn a_dump_says_which_runtime_it_is_of() {
    let name = |name: Option<&str>| {
        let mut builder = Builder::new();
        name.map(|name| builder.name(name));
        builder.build().unwrap().handle().dump().to_string()
    };
    assert!(name(Some("web")).contains(r#"runtime: "web""#));
    assert!(!name(None).contains("runtime"));
}

#[test]
fn a_pinned_task_runs_on_its_worker() {
    bounded(|| {
        let rt = runtime(2);
        for worker in 0..2 {
            let (release, released) = mpsc::channel::<()>();
            let (runs, is_running) = mpsc::channel();
            let task = rt.handle().spawn_pinned(worker, || async move {
                runs.send(()).unwrap();
                let _ = released.recv();
            });
            is_running.recv().unwrap();
            let found = match state(&rt, task.id()) {
                TaskState::Running { worker, .. } => worker,
                other => panic!("{other:?}"),
            };
            assert_eq!(found, Some(worker));
            drop(release);
            rt.block_on(task).unwrap();
        }
    });
}

#[test]
fn a_stall_counts_when_it_is_over() {
    bounded(|| {
        let rt = runtime(2);
        let task = rt.spawn(async {
            thread::sleep(Duration::from_millis(60));
            pending::<()>().await;
        });
        eventually("it waits", || state(&rt, task.id()) == TaskState::Waiting);
        let stalls = rt.handle().stalls();
        let stall = stalls.iter().find(|stall| stall.task_id() == task.id());
        // On a busy machine the watchdog may not have checked.
        if let Some(stall) = stall {
            let busy = || find(&rt.handle().dump(), task.id()).unwrap().busy();
            // It counts in full.
            let stalled = stall.duration().saturating_sub(Duration::from_millis(1));
            eventually("it counts", || busy() > Duration::ZERO && busy() >= stalled);
        }
    });
}

#[test]
fn dumps_and_tasks_that_come_and_go() {
    bounded(|| {
        let rt = runtime(2);
        let handle = rt.handle().clone();
        let (stop, stopped) = mpsc::channel::<()>();
        let dumps = thread::spawn(move || {
            let mut seen = 0;
            while stopped.try_recv() == Err(mpsc::TryRecvError::Empty) {
                seen += handle.dump().tasks().len();
            }
            seen
        });
        let task = rt.spawn(async {
            for round in 0..20_000 {
                let task = spawn(async move {
                    if round % 1_000 == 0 {
                        thread::sleep(Duration::from_millis(3));
                    }
                    yield_now().await;
                });
                if round % 3 == 0 {
                    task.await.unwrap();
                }
            }
        });
        rt.block_on(task).unwrap();
        drop(stop);
        assert!(dumps.join().unwrap() > 0);
    });
}

#[test]
fn a_task_that_has_blocked_in_place_runs_again() {
    bounded(|| {
        let rt = runtime(1);
        let (release, released) = mpsc::channel::<()>();
        let (came_back, is_back) = mpsc::channel();
        let task = rt.spawn(async move {
            block_in_place(|| ());
            came_back.send(()).unwrap();
            let _ = released.recv();
        });
        is_back.recv().unwrap();
        let state = state(&rt, task.id());
        assert!(matches!(state, TaskState::Running { .. }), "{state:?}");
        drop(release);
        rt.block_on(task).unwrap();
    });
}
