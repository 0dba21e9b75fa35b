//! An idle runtime costs nothing: its threads do not run at all.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::io::{AsyncFd, Interest};
use heist_runtime::time::{sleep, timeout};
use heist_runtime::{Builder, spawn};
use std::io::Read;
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::SeqCst};
use std::time::Duration;
use std::{fs, thread};
use support::{bounded, eventually};

const NAME: &str = "idle-runtime";

/// Returns how often the runtime's threads have gone to sleep so far. (A busy machine also takes
/// the core away from a thread that runs.)
fn switches(name: &str) -> u64 {
    let mut sum = 0;
    for thread in fs::read_dir("/proc/self/task").unwrap() {
        let status = thread.unwrap().path().join("status");
        // A thread may end while it is read.
        let Ok(status) = fs::read_to_string(status) else {
            continue;
        };
        if !status.starts_with(&format!("Name:\t{name}\n")) {
            continue;
        }
        let mut counts = status.lines();
        let count = counts.find_map(|line| line.strip_prefix("voluntary_ctxt_switches:"));
        sum += count.unwrap().trim().parse::<u64>().unwrap();
    }
    sum
}

/// Waits until the runtime's threads have not run for a second.
fn settles() {
    eventually("an idle runtime stops running", || {
        let before = switches(NAME);
        thread::sleep(Duration::from_secs(1));
        switches(NAME) == before
    });
}

#[test]
fn an_idle_runtime_with_open_sockets_does_not_run() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(2)
            .thread_name(NAME)
            .build()
            .unwrap();
        let mut peers = Vec::new();
        for _ in 0..500 {
            let (near, far) = UnixStream::pair().unwrap();
            far.set_nonblocking(true).unwrap();
            peers.push(near);
            rt.spawn(async move {
                let far = AsyncFd::new(far).unwrap();
                far.async_io(Interest::READABLE, |mut far| far.read(&mut [0]))
                    .await
            });
        }
        settles();
        // And again, after it has had work.
        rt.block_on(async {
            for task in (0..1_000).map(|_| spawn(async {})).collect::<Vec<_>>() {
                task.await.unwrap();
            }
        });
        assert!(switches(NAME) > 0, "the threads are found by their name");
        settles();
        drop(peers);
    });
}

#[test]
fn timers_that_wake_a_worker_do_not_wake_the_watchdog() {
    if cfg!(heist_portable_driver) {
        return eprintln!("skipped: the portable alarm wakes its thread to put it off");
    }
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(2)
            .name("timed")
            .build()
            .unwrap();
        let ticks = Arc::new(AtomicU64::new(0));
        let counted = ticks.clone();
        rt.spawn(async move {
            loop {
                sleep(Duration::from_millis(10)).await;
                counted.fetch_add(1, SeqCst);
            }
        });
        // On a busy machine a worker that is late makes it check: only times without delay count.
        eventually("the watchdog sleeps while timers fire", || {
            let before = (ticks.load(SeqCst), switches("timed-watchdog"));
            thread::sleep(Duration::from_millis(100));
            let ticks = ticks.load(SeqCst) - before.0;
            let switches = switches("timed-watchdog") - before.1;
            ticks >= 8 && switches <= ticks / 3
        });
        let watchdogs = support::threads_named("timed-watchdog").len();
        assert_eq!(watchdogs, 1, "it is found by its name");
    });
}

/// In this file, where no other test has such timers, whose end would also end the thread.
#[test]
fn no_thread_is_kept_for_late_timers_that_are_gone() {
    bounded(|| {
        let handle = Builder::new().build().unwrap().handle().clone();
        let watch = || support::threads_named("heist-late-timers").len();
        handle.block_on(async {
            let mut long = Box::pin(sleep(Duration::from_secs(3_600)));
            let moment = timeout(Duration::from_millis(30), long.as_mut());
            assert!(moment.await.is_err());
            assert!(watch() > 0);
        });
        eventually("the thread has ended", || watch() == 0);
    });
}
