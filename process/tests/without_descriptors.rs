//! Waiting for children without a descriptor to watch them by. A binary of its own, since it lowers
//! the limit of the whole process.
#![cfg(unix)]

use std::fs::File;
use std::io;
use std::os::fd::AsRawFd;
use std::os::unix::process::ExitStatusExt;

use futures_lite::future::poll_once;
use heist::process::Command;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};

#[heist::test]
async fn a_child_is_waited_for_by_the_clock() -> io::Result<()> {
    let mut child = Command::new("sleep")
        .arg("600")
        .kill_on_drop(true)
        .spawn()?;
    let before = getrlimit(Resource::Nofile);
    let first_free = File::open("/dev/null")?.as_raw_fd();
    let none_left = Rlimit {
        current: Some(first_free as u64),
        ..before
    };
    setrlimit(Resource::Nofile, none_left)?;
    assert!(File::open("/dev/null").is_err());

    // As long as it runs the wait continues.
    assert!(poll_once(child.wait()).await.is_none());
    child.start_kill()?;
    let status = child.wait().await;
    setrlimit(Resource::Nofile, before)?;
    assert_eq!(status?.signal(), Some(Signal::KILL.as_raw()));
    Ok(())
}
