//! Timers while the process has no descriptor left. One test, since it needs a process of its own.
#![cfg(unix)]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::{Builder, time};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use std::time::{Duration, Instant};
use support::bounded;

#[test]
fn timers_need_no_descriptor_that_is_not_there() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        let none = Rlimit {
            current: Some(0),
            maximum: getrlimit(Resource::Nofile).maximum,
        };
        setrlimit(Resource::Nofile, none).unwrap();
        for length in [1, 30, 5, 60].map(Duration::from_millis) {
            // On a worker: as whose timer the poller waits for it.
            let task = rt.spawn(async move {
                let start = Instant::now();
                time::sleep(length).await;
                start.elapsed()
            });
            assert!(rt.block_on(task).unwrap() >= length);
        }
    });
}
