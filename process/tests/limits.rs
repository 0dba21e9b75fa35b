//! Orphans, in a process that may not have any descriptors.
#![cfg(target_os = "linux")]

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::thread;
use std::time::Duration;

use heist::process::{Child, Command};
use heist::runtime::Runtime;
use rustix::process::{Pid, Resource, Rlimit, Signal, getrlimit, kill_process, setrlimit};

fn sleeper() -> Child {
    Command::new("sleep")
        .arg("1000")
        .spawn()
        .expect("it starts")
}

/// The CPU time of this process, in the system's ticks.
fn cpu_ticks(stat: &File) -> u64 {
    let mut text = [0; 1024];
    let len = stat.read_at(&mut text, 0).expect("it is there");
    let text = String::from_utf8_lossy(&text[..len]);
    let (_, fields) = text.rsplit_once(") ").expect("the name is in parentheses");
    // Starting with the third field.
    let fields = fields.split(' ').skip(11).take(2);
    fields
        .map(|field| field.parse::<u64>().expect("a number"))
        .sum()
}

#[test]
fn the_thread_for_orphans_does_not_spin_if_poll_fails() {
    // The poller would have no descriptors either.
    if cfg!(polling_test_poll_backend) {
        return;
    }
    let stat = File::open("/proc/self/stat").expect("Linux has it");
    let runtime = Runtime::new().expect("it starts");
    let _entered = runtime.enter();
    let (first, second) = (sleeper(), sleeper());
    let numbers = [first.id(), second.id()];
    drop(first);
    let usual = getrlimit(Resource::Nofile);
    let none = Rlimit {
        current: Some(0),
        ..usual
    };
    setrlimit(Resource::Nofile, none).expect("a limit may be lowered");
    // This wakes the thread that waits for the first.
    drop(second);
    let before = cpu_ticks(&stat);
    thread::sleep(Duration::from_millis(500));
    let ticks = cpu_ticks(&stat) - before;
    // A leak checker at the end of the process opens files.
    setrlimit(Resource::Nofile, usual).expect("a limit may be raised again");
    for number in numbers.into_iter().flatten() {
        let pid = Pid::from_raw(i32::try_from(number).expect("small")).expect("a process");
        kill_process(pid, Signal::KILL).expect("it runs");
    }
    // Of 50, if it had a core to itself.
    assert!(ticks < 15, "{ticks}");
}
