//! What a worker does that cannot be arranged from outside.

use crate::{Builder, spawn};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// Those who search may have been woken and not have got a core yet.
#[test]
fn a_worker_takes_what_it_sees_however_many_search() {
    // Nobody looks after them.
    let rt = Builder::new()
        .worker_threads(2)
        .stall_threshold(None)
        .build()
        .unwrap();
    let shared = rt.handle().shared();
    let (started, has_started) = mpsc::channel();
    let (release_brief, brief) = mpsc::channel::<()>();
    let has_brief_started = started.clone();
    rt.spawn(async move {
        has_brief_started.send(()).unwrap();
        let _ = brief.recv();
    });
    let (release_parent, parent) = mpsc::channel::<()>();
    let (ran, has_run) = mpsc::channel();
    rt.spawn(async move {
        started.send(()).unwrap();
        parent.recv().unwrap();
        // The last one waits for the parent, the others for whoever takes them.
        for _ in 0..2 {
            let ran = ran.clone();
            spawn(async move { ran.send(()) });
        }
        let _ = parent.recv();
    });
    has_started.iter().take(2).for_each(drop);

    shared.sleepers.join_search();
    release_parent.send(()).unwrap();
    while shared.workers.iter().all(|worker| worker.queue.len() == 0) {
        thread::yield_now();
    }
    drop(release_brief);
    has_run.recv_timeout(Duration::from_secs(30)).unwrap();
    shared.sleepers.end_search();
    drop(release_parent);
}
