//! A runtime that cannot continue ends the program, so that no thread waits for it forever.
#![cfg(unix)]

#[allow(dead_code, reason = "each test binary uses some of it")]
mod support;

use heist_runtime::Builder;
use rustix::process::{Resource, Rlimit, Signal, getrlimit, setrlimit};
use std::future::pending;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::Command;
use std::{env, fs};
use support::bounded;

/// Closes the descriptors that the process's pollers use to wait.
fn break_pollers() {
    let mut closed = 0;
    for entry in fs::read_dir("/proc/self/fd").unwrap() {
        let entry = entry.unwrap();
        let leads_to = fs::read_link(entry.path()).unwrap_or_default();
        if leads_to.to_string_lossy().contains("[eventpoll]") {
            let number = entry.file_name().to_string_lossy().parse().unwrap();
            // SAFETY: not sound; this is what the test is about.
            drop(unsafe { OwnedFd::from_raw_fd(number) });
            closed += 1;
        }
    }
    if closed == 0 {
        // poll(2) takes no more descriptors than may be open.
        let none = Rlimit {
            current: Some(0),
            maximum: getrlimit(Resource::Nofile).maximum,
        };
        setrlimit(Resource::Nofile, none).unwrap();
    }
}

#[test]
fn without_its_poller_a_runtime_ends_the_program() {
    const CHILD: &str = "HEIST_TEST_BREAKS_ITS_POLLER";
    if env::var_os(CHILD).is_some() {
        bounded(|| {
            let rt = Builder::new().worker_threads(1).build().unwrap();
            break_pollers();
            // Makes the worker wake, and then wait again.
            rt.spawn(async {});
            rt.block_on(pending::<()>());
        });
    }
    let output = Command::new(env::current_exe().unwrap())
        .args(["--exact", "--nocapture"])
        .arg("without_its_poller_a_runtime_ends_the_program")
        .env(CHILD, "")
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        output.status.signal(),
        Some(Signal::ABORT.as_raw()),
        "{text}"
    );
    assert!(text.contains("the I/O driver cannot wait"), "{text}");
    assert!(text.contains("heist: the thread 'heist-"), "{text}");
}
