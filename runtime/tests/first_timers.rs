//! The first timers of a process, under a clock that was paused before there were any. One test,
//! since it needs a process of its own.

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::time::{Duration, Instant, sleep, timeout};
use heist_runtime::{Builder, spawn_blocking};
use std::thread;
use support::bounded;

/// Longer than the timers, in real time.
const SET_UP: Duration = Duration::from_millis(30);

#[test]
fn slow_thread_start_hooks_do_not_fire_paused_timers() {
    bounded(|| {
        let rt = Builder::new()
            .worker_threads(1)
            .start_paused(true)
            .on_thread_start(|| thread::sleep(SET_UP))
            .build()
            .unwrap();
        rt.block_on(async {
            thread::sleep(SET_UP);
            let start = Instant::now();
            for length in [1, 2, 5].map(Duration::from_millis) {
                let before = Instant::now();
                sleep(length).await;
                assert_eq!(before.elapsed(), length);
            }
            let job = spawn_blocking(|| thread::sleep(SET_UP));
            timeout(SET_UP / 2, job)
                .await
                .expect("no time passes")
                .unwrap();
            assert_eq!(start.elapsed(), Duration::from_millis(8));
        });
    });
}
