//! A child that is forked and continues without `exec`. One test, in a process of its own.
#![cfg(any(target_os = "linux", target_os = "android"))]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::io::AsyncFd;
use heist_runtime::time::{Sleep, sleep};
use heist_runtime::{Builder, Runtime};
use std::fs;
use std::future::{Future, pending};
use std::io::Write;
use std::os::unix::net::UnixStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Waker};
use std::thread;
use std::time::Duration;
use support::bounded;

/// What the child does: reports whether it got an error instead of waiting, and drops everything it
/// has.
fn in_the_child(rt: Runtime, local: Runtime, fd: AsyncFd<UnixStream>) -> bool {
    let refused = |rt: &Runtime| {
        let waits = || rt.block_on(async {});
        catch_unwind(AssertUnwindSafe(waits)).is_err()
    };
    let are_refused = refused(&rt) && refused(&local);
    drop(fd);
    rt.shutdown_graceful(Duration::MAX);
    drop(local);
    let own = Builder::new().worker_threads(1).build().unwrap();
    let works = own.block_on(own.spawn(async { 7 })).unwrap() == 7;
    // Its parent has a thread for timers of ended runtimes. The child needs one of its own.
    let ended = own.handle().clone();
    drop(own);
    let _entered = ended.enter();
    futures_lite::future::block_on(sleep(Duration::from_millis(1)));
    are_refused && works
}

/// Arms a timer on a runtime that has ended, so that the process has a thread for such timers.
fn late_timer() -> Pin<Box<Sleep>> {
    let ended = Builder::new().worker_threads(1).build().unwrap();
    let entered = ended.enter();
    let mut timer = Box::pin(sleep(Duration::from_secs(3_600)));
    let polled = timer.as_mut().poll(&mut Context::from_waker(Waker::noop()));
    assert!(polled.is_pending());
    drop(entered);
    drop(ended);
    timer
}

/// Waits until no other thread of this process runs. One that runs may hold a lock, which nobody
/// would release in a forked child.
fn wait_until_others_sleep() {
    let own = rustix::thread::gettid().as_raw_nonzero().to_string();
    let others_sleep = || {
        fs::read_dir("/proc/self/task").unwrap().all(|thread| {
            let thread = thread.unwrap();
            // If there is no such file any more, the thread has ended.
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = stat.rsplit_once(") ").map(|(_, state)| state);
            thread.file_name() == *own || state.is_none_or(|state| state.starts_with('S'))
        })
    };
    while !(0..3).all(|_| others_sleep()) {
        thread::yield_now();
    }
}

#[test]
fn a_forked_child_waits_for_nothing_and_leaves_its_parent_alone() {
    bounded(|| {
        let rt = Builder::new().worker_threads(2).build().unwrap();
        let local = Builder::new().build_current_thread().unwrap();
        let late = late_timer();
        let (mut near, far) = UnixStream::pair().unwrap();
        far.set_nonblocking(true).unwrap();
        rt.spawn(pending::<()>());
        let _guard = rt.enter();
        let fd = AsyncFd::new(far).unwrap();
        wait_until_others_sleep();
        // SAFETY: the child does nothing that needs its parent's other threads.
        let child = unsafe { libc::fork() };
        assert!(child >= 0);
        if child == 0 {
            // A child that hangs is ended.
            // SAFETY: `alarm` has no preconditions.
            unsafe { libc::alarm(120) };
            let is_right = catch_unwind(AssertUnwindSafe(|| in_the_child(rt, local, fd)));
            // SAFETY: `_exit` has no preconditions.
            unsafe { libc::_exit(i32::from(is_right.ok() != Some(true))) }
        }
        let mut status = 0;
        // SAFETY: the status is writable.
        assert_eq!(unsafe { libc::waitpid(child, &mut status, 0) }, child);
        assert_eq!(status, 0);
        // It is ready at first, and then no more.
        rt.block_on(async {
            fd.readable().await.unwrap().clear_ready();
            near.write_all(b"x").unwrap();
            fd.readable().await.unwrap();
        });
        assert_eq!(local.block_on(async { 7 }), 7);
        drop(late);
    });
}
