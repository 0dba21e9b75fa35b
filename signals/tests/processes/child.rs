//! The child process, from the parent's side.

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

use heist::signal::SignalKind;

/// Precedes each line of the child's, because the test harness prints, too.
pub(crate) const MARK: &str = "> ";

pub(crate) struct Child {
    process: process::Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    Exited(i32),
    Killed(SignalKind),
}

impl Child {
    pub(crate) fn start(scene: &str) -> Self {
        Self::run(Command::new(env::current_exe().unwrap()), scene, None)
    }

    pub(crate) fn start_with(scene: &str, kind: SignalKind) -> Self {
        Self::run(Command::new(env::current_exe().unwrap()), scene, Some(kind))
    }

    /// Starts it as `nohup` does.
    pub(crate) fn start_ignoring(scene: &str, kind: SignalKind) -> Self {
        let mut shell = Command::new("sh");
        let ignore = format!("trap '' {}; exec \"$0\" \"$@\"", kind.as_raw_value());
        shell.args(["-c", &ignore]).arg(env::current_exe().unwrap());
        Self::run(shell, scene, None)
    }

    /// Starts it with the default action of every signal, however these tests were started: a shell
    /// makes programs that it starts by `&` ignore `SIGINT`.
    fn run(mut command: Command, scene: &str, kind: Option<SignalKind>) -> Self {
        let restore = || {
            for signal in 1..=64 {
                // SAFETY: a system call that is allowed between `fork` and `exec`. It fails for
                // signals that do not exist, and for those that always have their default action.
                unsafe { libc::signal(signal, libc::SIG_DFL) };
            }
            Ok(())
        };
        // SAFETY: it only makes those calls.
        unsafe { command.pre_exec(restore) };
        let mut process = command
            .args(["scene", "--exact", "--nocapture", "--test-threads=1"])
            .env("SCENE", scene)
            .env(
                "SIGNAL",
                kind.map_or(0, SignalKind::as_raw_value).to_string(),
            )
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        Self {
            stdin: process.stdin.take().unwrap(),
            stdout: BufReader::new(process.stdout.take().unwrap()),
            process,
        }
    }

    pub(crate) fn send(&self, kind: SignalKind) {
        let pid = i32::try_from(self.process.id()).unwrap();
        // SAFETY: only a system call. The child has not been reaped, so the ID is still its own.
        let result = unsafe { libc::kill(pid, kind.as_raw_value()) };
        assert_eq!(result, 0, "{}", std::io::Error::last_os_error());
    }

    /// Waits for the child's next line, which must be `expected`.
    #[track_caller]
    pub(crate) fn expect(&mut self, expected: &str) {
        let mut line = String::new();
        loop {
            line.clear();
            let count = self.stdout.read_line(&mut line).unwrap();
            assert_ne!(count, 0, "the child ended before it said {expected:?}");
            if let Some((_, said)) = line.trim_end().split_once(MARK) {
                assert_eq!(said, expected);
                return;
            }
        }
    }

    /// Writes a line to the child's standard input.
    pub(crate) fn say(&mut self, line: &str) {
        writeln!(self.stdin, "{line}").unwrap();
    }

    pub(crate) fn wait_until_stopped(&self) {
        let pid = i32::try_from(self.process.id()).unwrap();
        let mut status = 0;
        // SAFETY: `status` is a valid place for an integer.
        let waited = unsafe { libc::waitpid(pid, &mut status, libc::WUNTRACED) };
        assert_eq!(waited, pid);
        assert!(libc::WIFSTOPPED(status), "{status}");
    }

    pub(crate) fn end(mut self) -> Ended {
        drop(self.stdin);
        let status = self.process.wait().unwrap();
        match status.signal() {
            Some(signal) => Ended::Killed(SignalKind::from_raw(signal)),
            None => Ended::Exited(status.code().unwrap()),
        }
    }
}
