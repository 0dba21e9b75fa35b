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

/// A child that ends when it is killed, or when its input does.
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

/// Whether there is no such process any more, not even as a zombie.
fn is_gone(pid: Pid) -> bool {
    test_kill_process(pid) == Err(Errno::SRCH)
}

/// Nobody tells when a process is reaped.
async fn until_gone(pid: Pid) {
    while !is_gone(pid) {
        heist::time::sleep(Duration::from_millis(1)).await;
    }
}
