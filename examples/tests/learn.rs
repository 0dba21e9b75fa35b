//! Runs each program of `learn/`, and compares what it prints.
#![cfg(target_os = "linux")]

mod common;

use common::{Server, example};
use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};

/// The examples that end by themselves, and their whole output.
const ENDING: &[(&str, &str)] = &[
    ("hello", "hello, world\n"),
    ("timeout", "near says 42\nfar did not answer within 500ms\n"),
    (
        "channel",
        "the squares of all numbers below 100 add up to 328350\n100 requests were answered\n",
    ),
    (
        "task_group",
        "page 1, page 2, page 3, page 4\n\
         failed: there is no page 11 (1 other task was cancelled)\n",
    ),
    (
        "blocking_work",
        "computed: true\nthe clock ticked on: true\n",
    ),
    ("udp", "HELLO\nAND GOODBYE\n"),
    ("unix_socket", "you asked \"what time is it?\"\n"),
    (
        "child_process",
        "and 1 is 1\nand 20 is 21\nand 300 is 321\nthe child succeeded: true\n",
    ),
];

/// The examples with a test of their own.
const OTHERS: &[&str] = &["two_tasks", "echo_server", "graceful_shutdown", "signals"];

fn output(name: &str) -> String {
    let output = Command::new(example(name)).output().expect("it starts");
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "{name}: {}\n{errors}",
        output.status
    );
    String::from_utf8(output.stdout).expect("it prints text")
}

#[test]
fn each_that_ends_prints_what_it_should() {
    for (name, expected) in ENDING {
        assert_eq!(output(name), *expected, "{name}");
    }
}

#[test]
fn two_tasks_count_side_by_side() {
    let output = output("two_tasks");
    for name in ["quick", "slow"] {
        let of_it: Vec<_> = output.lines().filter(|l| l.starts_with(name)).collect();
        let expected = [1, 2, 3].map(|number| format!("{name}: {number}"));
        assert_eq!(of_it, expected, "{output}");
    }
    assert!(
        output.ends_with("counted 6 numbers\nthe third task panicked: true\n"),
        "{output}"
    );
}

#[test]
fn the_echo_server_serves_connections_side_by_side() {
    let server = Server::start(Command::new(example("echo_server")).arg("127.0.0.1:0"));
    let idle = TcpStream::connect(server.address()).expect("it listens");
    let mut stream = TcpStream::connect(server.address()).expect("it listens");
    stream.write_all(b"hello").expect("it is open");
    stream.shutdown(Shutdown::Write).expect("it is open");
    let mut reply = String::new();
    stream.read_to_string(&mut reply).expect("the reply comes");
    assert_eq!(reply, "hello");
    drop(idle);
}

#[test]
fn the_graceful_server_lets_its_connections_end() {
    let server = Server::start(Command::new(example("graceful_shutdown")).arg("127.0.0.1:0"));
    let address = server.address();
    let mut stream = BufReader::new(TcpStream::connect(address).expect("it listens"));
    let mut ask = |question: &str| {
        let question = format!("{question}\n");
        stream
            .get_mut()
            .write_all(question.as_bytes())
            .expect("it is open");
        let mut reply = String::new();
        stream.read_line(&mut reply).expect("the reply comes");
        reply
    };
    assert_eq!(ask("hello"), "5 bytes\n");
    server.signal(Signal::TERM);
    while TcpStream::connect(address).is_ok() {
        std::thread::yield_now();
    }
    assert_eq!(ask("and goodbye"), "11 bytes\n", "it is not cut off");
    drop(stream);
    let (status, output, errors) = server.finish();
    assert!(status.success(), "{status}: {errors}");
    assert!(output.contains("completed"), "{output}");
}

#[test]
fn the_service_reads_its_configuration_again() {
    let mut command = Command::new(example("signals"));
    let mut child = command.stdout(Stdio::piped()).spawn().expect("it starts");
    let pid = Pid::from_child(&child);
    let signal = |signal| kill_process(pid, signal).expect("it runs");
    let mut lines = BufReader::new(child.stdout.take().expect("it is piped")).lines();
    let mut wait_for = |text: &str| {
        let found = lines.any(|line| line.expect("it prints text") == text);
        assert!(found, "it never says {text:?}");
    };
    wait_for("running with configuration 1");
    signal(Signal::HUP);
    wait_for("running with configuration 2");
    signal(Signal::TERM);
    wait_for("ending because of SIGTERM");
    assert!(child.wait().expect("it ends").success());
}

/// Each example is run by a test here, is short, and imports only heist.
#[test]
fn each_is_tested_short_and_imports_heist_alone() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("learn");
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be read").path();
        let name = path.file_stem().and_then(|n| n.to_str()).expect("a name");
        let is_tested = ENDING.iter().any(|(n, _)| *n == name) || OTHERS.contains(&name);
        assert!(is_tested, "no test runs {name}");
        let text = fs::read_to_string(&path).expect("it is text");
        let lines = text.lines().count();
        assert!((20..=80).contains(&lines), "{name} has {lines} lines");
        for line in text.lines().map(str::trim_start) {
            if let Some(used) = line.strip_prefix("use ") {
                let is_allowed = ["heist::", "std::"].iter().any(|c| used.starts_with(c));
                assert!(is_allowed, "{name}: {line}");
            }
        }
        count += 1;
    }
    assert_eq!(count, ENDING.len() + OTHERS.len());
}
