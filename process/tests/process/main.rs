//! Real children: sh, cat, sleep and the like.
#![cfg(unix)]

mod errors;
mod orphans;
mod stdio;
mod traced;
mod wait;

use std::process::Stdio;
use std::time::Duration;

use heist::process::{Child, Command};
use rustix::io::Errno;
use rustix::process::{Pid, test_kill_process};

fn sh(script: &str) -> Command {
    let mut command = Command::new("sh");
    command.args(["-c", script]);
    command
}

/// Starts a child that ends when it is killed, or when its input ends.
fn reader() -> Command {
    let mut command = Command::new("cat");
    command.stdin(Stdio::piped()).stdout(Stdio::null());
    command
}

fn pid_of(child: &Child) -> Pid {
    let id = child.id().expect("it has not been waited for");
    i32::try_from(id)
        .ok()
        .and_then(Pid::from_raw)
        .expect("it is a process's number")
}

/// Whether there is no such process, not even as a zombie.
fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid) == Err(Errno::SRCH)
}

/// Waits until the process is reaped, of which there is no notification.
async fn until_gone(pid: Pid) {
    while !is_gone(pid) {
        heist::time::sleep(Duration::from_millis(1)).await;
    }
}

/// A worker lowers its timer slack, which programs that it starts must not inherit.
#[cfg(target_os = "linux")]
#[heist::test]
async fn a_child_has_the_programs_timer_slack() {
    let own = std::fs::read("/proc/self/timerslack_ns").expect("/proc is mounted");
    // On a worker thread.
    let task = heist::spawn(async {
        let mut plain = Command::new("cat");
        plain.arg("/proc/self/timerslack_ns");
        let mut forked = Command::new("cat");
        forked.arg("/proc/self/timerslack_ns");
        // SAFETY: it does nothing.
        unsafe { forked.pre_exec(|| Ok(())) };
        [
            plain.output().await.unwrap(),
            forked.output().await.unwrap(),
        ]
    });
    for output in task.await.unwrap() {
        assert_eq!(output.stdout, own);
    }
}
