//! A process that has given up its right to open descriptors, as sandboxes do: who has a runtime
//! by then keeps what it promises.
#![cfg(target_os = "linux")]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::Builder;
use std::sync::mpsc;
use support::bounded;

fn give_up_descriptors() {
    let mut limit = libc::rlimit {
        rlim_cur: 0,
        rlim_max: 0,
    };
    // SAFETY: `limit` may be written to, and is read.
    unsafe {
        assert_eq!(libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit), 0);
        limit.rlim_cur = 0;
        assert_eq!(libc::setrlimit(libc::RLIMIT_NOFILE, &limit), 0);
    }
}

#[test]
fn stalls_are_met_where_no_descriptor_may_be_opened() {
    bounded(|| {
        let rt = Builder::new().worker_threads(1).build().unwrap();
        give_up_descriptors();
        // After the first one the watchdog waits by itself, and is not to be put off.
        for _ in 0..10 {
            let (release, released) = mpsc::channel::<()>();
            let (blocks, blocked) = mpsc::channel();
            let stalled = rt.spawn(async move {
                blocks.send(()).unwrap();
                let _ = released.recv();
            });
            blocked.recv().unwrap();
            // Only a spare worker can run it.
            rt.block_on(rt.spawn(async move { drop(release) })).unwrap();
            rt.block_on(stalled).unwrap();
        }
    });
}
