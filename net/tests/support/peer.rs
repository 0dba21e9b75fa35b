//! Other programs as peers: found or skipped, killed when dropped.

use std::io::{BufRead, BufReader};
use std::process::{Child, ChildStdout, Command, Stdio};

/// Returns a command for `program`, or prints why the test is skipped.
pub(crate) fn program(program: &str, probe: &str) -> Option<Command> {
    let found = Command::new(program)
        .arg(probe)
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if found.is_err() {
        eprintln!("skipped: no {program} on this machine");
        return None;
    }
    Some(Command::new(program))
}

/// Returns a command for Python running `script` with `args`.
pub(crate) fn python(script: &str, args: &[&str]) -> Option<Command> {
    let mut command = program("python3", "--version")?;
    command.args(["-c", script]).args(args);
    Some(command)
}

/// A program that runs beside the test.
pub(crate) struct Peer {
    child: Child,
    output: BufReader<ChildStdout>,
}

impl Peer {
    pub(crate) fn start(mut command: Command) -> Peer {
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the peer starts");
        let output = BufReader::new(child.stdout.take().expect("it is piped"));
        Peer { child, output }
    }

    /// Returns the next line of its output.
    pub(crate) fn line(&mut self) -> String {
        let mut line = String::new();
        self.output
            .read_line(&mut line)
            .expect("its output is text");
        line.trim_end().to_owned()
    }

    /// Waits for its end, which must be successful.
    pub(crate) fn finish(mut self) {
        drop(self.child.stdin.take());
        let status = self.child.wait().expect("it can be waited for");
        assert!(status.success(), "the peer: {status}");
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have ended already.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}
