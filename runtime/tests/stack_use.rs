//! How much stack it takes to pass on a large future. Each scene runs in a child process, on a
//! thread with a limited stack: if it needs more, the process is killed.

use heist_runtime::runtime::{Builder, Runtime};
use heist_runtime::task::{CancellationToken, JoinSet, LocalSet, TaskGroup, consume_budget};
use heist_runtime::time::{Duration, timeout};
use heist_runtime::{spawn, spawn_blocking, spawn_try, task};
use std::future::{Ready, ready};
use std::hint::black_box;
use std::process::Command;
use std::{env, thread};

const KIB: usize = 1024;
/// Names the scene to a child process.
const SCENE: &str = "HEIST_STACK_SCENE";
/// The default of std's threads, and of workers.
const USUAL_STACK: usize = 2 * KIB * KIB;
/// The stack for a scene of 64 KiB: 192 KiB, and what the thread itself, the start and end of its
/// runtime, and a task of size zero take.
const SMALL_STACK: usize = 192 * KIB + 48 * KIB;

/// A future of this size, all of which lives across its suspension.
async fn large<const SIZE: usize>() -> usize {
    let bytes = [1_u8; SIZE];
    let bytes = black_box(&bytes);
    consume_budget().await;
    bytes.iter().map(|byte| usize::from(*byte)).sum()
}

fn large_job<const SIZE: usize>() -> impl FnOnce() -> usize + Send {
    let bytes = [1_u8; SIZE];
    move || bytes.iter().map(|byte| usize::from(*byte)).sum()
}

fn fallible_job<const SIZE: usize>() -> impl FnOnce() -> Result<usize, std::fmt::Error> + Send {
    let bytes = [1_u8; SIZE];
    move || Ok(bytes.iter().map(|byte| usize::from(*byte)).sum())
}

/// A closure of this size, whose future is small.
fn large_maker<const SIZE: usize>() -> impl FnOnce() -> Ready<usize> + Send {
    let bytes = [1_u8; SIZE];
    move || ready(bytes.iter().map(|byte| usize::from(*byte)).sum())
}

async fn fallible<const SIZE: usize>() -> Result<usize, std::fmt::Error> {
    let bytes = [1_u8; SIZE];
    let bytes = black_box(&bytes);
    consume_budget().await;
    Ok(bytes.iter().map(|byte| usize::from(*byte)).sum())
}

type Scene = fn();

fn scenes<const SIZE: usize>() -> Vec<(&'static str, Scene)> {
    fn runtime() -> Runtime {
        Builder::new().worker_threads(1).build().unwrap()
    }
    fn all<R>(run: impl FnOnce(&Runtime) -> R) -> R {
        let rt = runtime();
        let _entered = rt.enter();
        run(&rt)
    }
    vec![
        ("spawn", || {
            all(|rt| assert_eq!(rt.block_on(spawn(large::<SIZE>())).unwrap(), SIZE))
        }),
        ("spawn_try", || {
            all(|rt| {
                let task = spawn_try(fallible::<SIZE>());
                assert_eq!(rt.block_on(task).unwrap(), Ok(SIZE));
            })
        }),
        ("runtime_spawn", || {
            all(|rt| assert_eq!(rt.block_on(rt.spawn(large::<SIZE>())).unwrap(), SIZE))
        }),
        ("handle_spawn", || {
            all(|rt| {
                assert_eq!(
                    rt.block_on(rt.handle().spawn(large::<SIZE>())).unwrap(),
                    SIZE
                )
            })
        }),
        ("builder_spawn", || {
            all(|rt| {
                let task = task::Builder::new().name("large").spawn(large::<SIZE>());
                assert_eq!(rt.block_on(task.unwrap()).unwrap(), SIZE);
            })
        }),
        ("builder_spawn_blocking", || {
            all(|rt| {
                let task = task::Builder::new().spawn_blocking(large_job::<SIZE>());
                assert_eq!(rt.block_on(task.unwrap()).unwrap(), SIZE);
            })
        }),
        ("block_on", || {
            all(|rt| assert_eq!(rt.block_on(large::<SIZE>()), SIZE))
        }),
        ("current_thread_block_on", || {
            let rt = Builder::new().build_current_thread().unwrap();
            assert_eq!(rt.block_on(large::<SIZE>()), SIZE);
        }),
        ("local_runtime_spawn_local", || {
            let rt = Builder::new().build_local().unwrap();
            assert_eq!(rt.block_on(rt.spawn_local(large::<SIZE>())).unwrap(), SIZE);
        }),
        ("handle_block_on", || {
            all(|rt| assert_eq!(rt.handle().block_on(large::<SIZE>()), SIZE))
        }),
        ("spawn_blocking", || {
            all(|rt| {
                let job = spawn_blocking(large_job::<SIZE>());
                assert_eq!(rt.block_on(job).unwrap(), SIZE);
            })
        }),
        ("spawn_pinned", || {
            all(|rt| {
                let task = task::spawn_pinned(0, large::<SIZE>);
                assert_eq!(rt.block_on(task).unwrap(), SIZE);
            })
        }),
        ("spawn_pinned_of_a_large_closure", || {
            all(|rt| {
                let task = rt.handle().spawn_pinned(0, large_maker::<SIZE>());
                assert_eq!(rt.block_on(task).unwrap(), SIZE);
            })
        }),
        ("join_set", || {
            all(|rt| {
                let mut set = JoinSet::new();
                set.spawn(large::<SIZE>());
                assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), SIZE);
            })
        }),
        ("join_set_builder", || {
            all(|rt| {
                let mut set = JoinSet::new();
                set.build_task().spawn(large::<SIZE>()).unwrap();
                assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), SIZE);
            })
        }),
        ("join_set_spawn_blocking", || {
            all(|rt| {
                let mut set = JoinSet::new();
                set.spawn_blocking(large_job::<SIZE>());
                assert_eq!(rt.block_on(set.join_next()).unwrap().unwrap(), SIZE);
            })
        }),
        ("task_group", || {
            all(|rt| {
                let group = TaskGroup::new();
                group.spawn(fallible::<SIZE>());
                assert_eq!(rt.block_on(group.join()).unwrap(), [SIZE]);
            })
        }),
        ("task_group_spawn_blocking", || {
            all(|rt| {
                let group = TaskGroup::new();
                group.spawn_blocking(fallible_job::<SIZE>());
                assert_eq!(rt.block_on(group.join()).unwrap(), [SIZE]);
            })
        }),
        ("local_set_spawn_local", || {
            all(|rt| {
                let set = LocalSet::new();
                let task = set.spawn_local(large::<SIZE>());
                assert_eq!(set.block_on(rt, task).unwrap(), SIZE);
            })
        }),
        ("local_set_block_on", || {
            all(|rt| assert_eq!(LocalSet::new().block_on(rt, large::<SIZE>()), SIZE))
        }),
        ("spawn_local", || {
            all(|rt| {
                let set = LocalSet::new();
                let output = set.block_on(rt, async { task::spawn_local(large::<SIZE>()).await });
                assert_eq!(output.unwrap(), SIZE);
            })
        }),
        ("join_set_spawn_local_on", || {
            all(|rt| {
                let (local, mut set) = (LocalSet::new(), JoinSet::new());
                set.spawn_local_on(large::<SIZE>(), &local);
                assert_eq!(local.block_on(rt, set.join_next()).unwrap().unwrap(), SIZE);
            })
        }),
    ]
}

/// Runs in a child process if a scene is given.
#[test]
fn one_scene() {
    let Ok(scene) = env::var(SCENE) else { return };
    let (size, name) = scene.split_once(' ').unwrap();
    let (scenes, stack) = match size {
        "small" => (scenes::<{ 64 * KIB }>(), SMALL_STACK),
        _ => (scenes::<{ 768 * KIB }>(), USUAL_STACK),
    };
    let (_, scene) = scenes.iter().find(|(known, _)| *known == name).unwrap();
    let thread = thread::Builder::new().stack_size(stack);
    thread.spawn(*scene).unwrap().join().unwrap();
    println!("has run");
}

/// Returns the scenes that did not end well.
fn failing(size: &str) -> Vec<&'static str> {
    let names = scenes::<1>().into_iter().map(|(name, _)| name);
    names
        .filter(|name| {
            let output = Command::new(env::current_exe().unwrap())
                .args(["--exact", "one_scene", "--nocapture"])
                .env(SCENE, format!("{size} {name}"))
                .output()
                .unwrap();
            let ran = String::from_utf8_lossy(&output.stdout).contains("has run");
            !(ran && output.status.success())
        })
        .collect()
}

/// The same as on tokio, including debug builds.
#[test]
fn a_future_of_768_kib_fits_the_usual_stack() {
    assert_eq!(failing("large"), [""; 0]);
}

/// tokio's figure. Debug builds copy more.
#[cfg(not(debug_assertions))]
#[test]
fn a_future_of_64_kib_takes_192_kib_of_stack() {
    assert_eq!(failing("small"), [""; 0]);
}

/// An `async fn` that takes a future has room for two.
#[test]
fn wrappers_add_little_to_a_futures_size() {
    const ROOM: usize = 128;
    let size = size_of_val(&large::<4096>());
    let (set, token) = (LocalSet::new(), CancellationToken::new());
    assert!(size_of_val(&set.run_until(large::<4096>())) < size + ROOM);
    assert!(size_of_val(&token.run_until_cancelled(large::<4096>())) < size + ROOM);
    let owned = token.clone();
    assert!(size_of_val(&owned.run_until_cancelled_owned(large::<4096>())) < size + ROOM);
    let limited = timeout(Duration::from_secs(1), large::<4096>());
    assert!(size_of_val(&limited) < size + ROOM);
}
