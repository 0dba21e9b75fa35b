//! A process that has given up its right to open descriptors, as sandboxes do: a runtime that
//! exists by then keeps its promises.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::Builder;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;
use support::{bounded, threads_named};

/// Sets how many descriptors may be open from now on: none, or as many as before.
fn allow_descriptors(allowed: bool) {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` may be written to, and is read.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0);
        limit.rlim_cur = if allowed { limit.rlim_max } else { 0 };
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0);
    }
}

#[test]
fn stalls_are_handled_without_opening_descriptors() {
    // The poller would have no descriptors either.
    if cfg!(polling_test_poll_backend) {
        return;
    }
    bounded(|| {
        let rt = Builder::new().worker_threads(1).build().unwrap();
        allow_descriptors(false);
        for _ in 0..10 {
            let (release, released) = mpsc::channel::<()>();
            let (blocks, blocked) = mpsc::channel();
            let stalled = rt.spawn(async move {
                blocks.send(()).unwrap();
                // Long enough that the watchdog is alert from now on, and is not put off.
                thread::sleep(Duration::from_millis(20));
                let _ = released.recv();
            });
            blocked.recv().unwrap();
            // Only a spare worker can run it.
            rt.block_on(rt.spawn(async move { drop(release) })).unwrap();
            rt.block_on(stalled).unwrap();
        }
        allow_descriptors(true);
        assert_eq!(threads_named("heist-watchdog").len(), 1);
    });
}
