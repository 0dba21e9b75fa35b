//! Dropped children of a process that was forked and continues without `exec`. One test, in a
//! process of its own.
#![cfg(unix)]

use std::panic::catch_unwind;
use std::process::Stdio;
use std::time::Duration;

use heist::process::{Child, Command};
use heist::runtime::Runtime;
use rustix::io::Errno;
use rustix::process::{Pid, WaitOptions, test_kill_process, waitpid};

/// Starts a child that ends when its input does.
fn reader() -> Child {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command.spawn().expect("there is a `cat`")
}

/// Drops a child before it ends, and waits until it is no zombie any more.
fn is_reaped_after_the_drop() -> bool {
    let runtime = Runtime::new().expect("the system has threads");
    runtime.block_on(async {
        let mut child = reader();
        let id = child.id().and_then(|id| Pid::from_raw(id as i32)).unwrap();
        let input = child.stdin.take();
        drop(child);
        drop(input);
        for _ in 0..10_000 {
            if test_kill_process(id) == Err(Errno::SRCH) {
                return true;
            }
            heist::time::sleep(Duration::from_millis(1)).await;
        }
        false
    })
}

/// Waits until no other thread of this process runs. One that runs may hold a lock, which nobody
/// would release in a forked child.
#[cfg(any(target_os = "linux", target_os = "android"))]
fn wait_until_others_sleep() {
    use std::{fs, thread};

    let own = fs::read_link("/proc/thread-self").unwrap();
    let others_sleep = || {
        fs::read_dir("/proc/self/task").unwrap().all(|thread| {
            let thread = thread.unwrap();
            // If there is no such file any more, the thread has ended.
            let stat = fs::read_to_string(thread.path().join("stat")).unwrap_or_default();
            let state = stat.rsplit_once(") ").map(|(_, state)| state);
            Some(&*thread.file_name()) == own.file_name()
                || state.is_none_or(|state| state.starts_with('S'))
        })
    };
    while !(0..3).all(|_| others_sleep()) {
        thread::yield_now();
    }
}

/// The system does not tell.
#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn wait_until_others_sleep() {}

#[test]
fn a_forked_child_reaps_its_own_children() {
    let runtime = Runtime::new().unwrap();
    let _entered = runtime.enter();
    // While this one lives, a thread waits for dropped children.
    let mut child = reader();
    let input = child.stdin.take();
    drop(child);
    wait_until_others_sleep();
    // SAFETY: the child does nothing that needs its parent's other threads.
    let forked = unsafe { libc::fork() };
    assert!(forked >= 0);
    if forked == 0 {
        let is_right = catch_unwind(is_reaped_after_the_drop);
        // SAFETY: `_exit` has no preconditions.
        unsafe { libc::_exit(i32::from(is_right.ok() != Some(true))) }
    }
    let (_, status) = waitpid(Pid::from_raw(forked), WaitOptions::empty())
        .unwrap()
        .expect("it was waited for");
    assert_eq!(status.exit_status(), Some(0));
    drop(input);
}
