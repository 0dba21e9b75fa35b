//! Timers while the process has no descriptor left. One test, since it needs a process of its own.
#![cfg(unix)]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, time};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::fs::File;
use std::os::fd::AsRawFd;
use std::time::{Duration, Instant};
use support::bounded;

#[test]
fn timers_fire_without_free_descriptors() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        // Not lower than the number of open descriptors, for poll(2) takes no more than the limit.
        let first_free = File::open("/dev/null").unwrap().as_raw_fd();
        let none = Rlimit {
            current: Some(first_free as u64),
            maximum: getrlimit(Resource::Nofile).maximum,
        };
        setrlimit(Resource::Nofile, none).unwrap();
        assert!(File::open("/dev/null").is_err());
        for length in [1, 30, 5, 60].map(Duration::from_millis) {
            // On a worker, whose timer the poller waits for.
            let task = rt.spawn(async move {
                let start = Instant::now();
                time::sleep(length).await;
                start.elapsed()
            });
            assert!(rt.block_on(task).unwrap() >= length);
        }
    });
}
