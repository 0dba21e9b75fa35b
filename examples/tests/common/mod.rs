//! Runs the built examples as child processes.
// Each test file uses its own part of this.
#![allow(dead_code)]

use std::io::{BufRead, BufReader, Read};
use std::net::SocketAddr;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;

/// Returns the built example: `cargo test` builds the examples into the directory beside that of
/// the tests.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test knows its path");
    let profile = test
        .ancestors()
        .nth(2)
        .expect("tests are in target/PROFILE/deps");
    let path = profile.join("examples").join(name);
    assert!(
        path.exists(),
        "{} is missing: cargo build --examples",
        path.display()
    );
    path
}

/// Returns a new file name for each call.
pub(crate) fn scratch(suffix: &str) -> PathBuf {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    let n = NEXT.fetch_add(1, Relaxed);
    let name = format!("examples-{}-{n}{suffix}", std::process::id());
    Path::new(env!("CARGO_TARGET_TMPDIR")).join(name)
}

/// Returns an address that refuses connections. The port stays bound, so that no other process
/// takes it.
pub(crate) fn closed_port() -> (OwnedFd, SocketAddr) {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket};
    let socket = socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port is free");
    let address = getsockname(&socket).expect("it is bound");
    (socket, address.try_into().expect("an IPv4 address"))
}

pub(crate) fn interrupt(child: &Child) {
    let pid = Pid::from_child(child);
    kill_process(pid, Signal::INT).expect("the child can be signalled");
}

/// A server in a child process, killed when dropped.
pub(crate) struct Server {
    pub(crate) child: Child,
    /// Its address, in the form that it prints and that `load` accepts.
    pub(crate) target: String,
    output: BufReader<ChildStdout>,
}

impl Server {
    /// Starts the `echo` example on a free port.
    pub(crate) fn echo(args: &[&str]) -> Server {
        Server::echo_on("127.0.0.1:0", args)
    }

    /// Starts the `echo` example on the given address.
    pub(crate) fn echo_on(address: &str, args: &[&str]) -> Server {
        let mut command = Command::new(example("echo"));
        Server::start(command.arg(address).args(args))
    }

    /// Starts a server whose first line of output contains its address.
    pub(crate) fn start(command: &mut Command) -> Server {
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server starts");
        let mut output = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = String::new();
        output
            .read_line(&mut line)
            .expect("the server's output can be read");
        let mut words = line.split([' ', ',']).map(str::trim);
        let target = words.find(|word| word.contains(':'));
        let target = target.unwrap_or_else(|| panic!("no address in {line:?}"));
        Server {
            child,
            target: target.to_owned(),
            output,
        }
    }

    /// Returns the address that the server listens at, if it is a TCP address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.target.parse().expect("it listens on TCP")
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).expect("the child can be signalled");
    }

    /// Waits for a line of output that contains the text.
    pub(crate) fn wait_for_line(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            let count = self.output.read_line(&mut line);
            assert_ne!(
                count.expect("its output is text"),
                0,
                "it never says {text:?}"
            );
        }
    }

    /// Interrupts the server, and returns its exit status and the rest of its output.
    pub(crate) fn interrupt(self) -> (ExitStatus, String, String) {
        self.signal(Signal::INT);
        self.finish()
    }

    /// Waits for the server to exit, and returns its exit status and the rest of its output.
    pub(crate) fn finish(mut self) -> (ExitStatus, String, String) {
        let (mut out, mut err) = (String::new(), String::new());
        self.output
            .read_to_string(&mut out)
            .expect("its output is text");
        let mut stderr = self.child.stderr.take().expect("it is piped");
        stderr
            .read_to_string(&mut err)
            .expect("its errors are text");
        (self.child.wait().expect("it ends"), out, err)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have exited already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

/// The results of a run of `load`.
#[derive(Debug)]
pub(crate) struct Load {
    pub(crate) code: Option<i32>,
    pub(crate) output: String,
    pub(crate) errors: String,
    pub(crate) json: Value,
}

impl Load {
    /// Runs `load` with the arguments, which are separated by spaces.
    pub(crate) fn run(args: &str) -> Load {
        Load::start(args).finish()
    }

    pub(crate) fn start(args: &str) -> Running {
        let json = scratch(".json");
        let mut command = Command::new(example("load"));
        command
            .args(args.split_whitespace())
            .arg("--json")
            .arg(&json);
        let command = command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running {
            child: command.spawn().expect("load starts"),
            json,
        }
    }

    pub(crate) fn number(&self, pointer: &str) -> f64 {
        let value = self.json.pointer(pointer).and_then(Value::as_f64);
        value.unwrap_or_else(|| panic!("no number at {pointer} in {:#}", self.json))
    }

    /// Returns how many errors of a kind there were.
    pub(crate) fn errors_of(&self, kind: &str) -> u64 {
        self.number(&format!("/errors/by_kind/{kind}")) as u64
    }

    /// Asserts that it ran, found no error, and said so in all of its outputs.
    pub(crate) fn assert_clean(&self) {
        assert_eq!(self.code, Some(0), "{self:#?}");
        assert_eq!(self.json["clean"], true, "{self:#?}");
        assert_eq!(self.number("/errors/total"), 0.0);
        assert_eq!(self.number("/unanswered_requests"), 0.0);
        assert!(self.number("/requests") > 0.0, "{self:#?}");
        assert!(self.output.contains("no errors"), "{}", self.output);
    }

    /// Asserts that it counted errors of only this kind, and said so in all of its outputs.
    pub(crate) fn assert_only(&self, kind: &str, title: &str) {
        assert_eq!(self.code, Some(1), "{self:#?}");
        assert_eq!(self.json["clean"], false);
        assert!(self.errors_of(kind) > 0, "{self:#?}");
        assert_eq!(
            self.errors_of(kind) as f64,
            self.number("/errors/total"),
            "{self:#?}"
        );
        assert!(self.output.contains(title), "{}", self.output);
        assert!(!self.errors.contains("panicked"), "{}", self.errors);
    }
}

/// A run of `load` in progress.
pub(crate) struct Running {
    pub(crate) child: Child,
    json: PathBuf,
}

impl Running {
    pub(crate) fn finish(self) -> Load {
        let output = self.child.wait_with_output().expect("load ends");
        let json = std::fs::read(&self.json).unwrap_or_default();
        // The file need not have been written.
        _ = std::fs::remove_file(&self.json);
        Load {
            code: output.status.code(),
            output: String::from_utf8(output.stdout).expect("its output is text"),
            errors: String::from_utf8(output.stderr).expect("its errors are text"),
            json: serde_json::from_slice(&json).unwrap_or(Value::Null),
        }
    }
}

/// Returns the Python interpreter, or prints why the test is skipped.
pub(crate) fn python() -> Option<Command> {
    let found = Command::new("python3")
        .arg("--version")
        .output()
        .is_ok_and(|o| o.status.success());
    if !found {
        eprintln!("skipped: no python3 here");
    }
    found.then(|| Command::new("python3"))
}
