//! The parent's side of a child process: this program again, with a job in its argument.

use std::env;
use std::io::{self, BufRead, BufReader, Write};
use std::process::{self, ChildStdin, ChildStdout, Command, Stdio};

use serde::de::DeserializeOwned;

use crate::job::Job;

/// The hidden argument in front of a job.
pub(crate) const JOB: &str = "--job";

/// Killed on drop, so that an error leaves no process behind.
pub(crate) struct Child {
    process: process::Child,
    /// Closed to make the child exit.
    stdin: Option<ChildStdin>,
    stdout: BufReader<ChildStdout>,
}

impl Child {
    pub(crate) fn start(job: &Job) -> io::Result<Child> {
        Child::start_under(&[], job)
    }

    /// Starts the child as the last argument of another program's command.
    pub(crate) fn start_under(command: &[&str], job: &Job) -> io::Result<Child> {
        let this = env::current_exe()?;
        let mut start = match command {
            [] => Command::new(this),
            [program, options @ ..] => {
                let mut start = Command::new(program);
                start.args(options).arg(this);
                start
            }
        };
        let mut process = start
            .arg(JOB)
            .arg(serde_json::to_string(job)?)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let stdin = process.stdin.take();
        let stdout = BufReader::new(process.stdout.take().expect("it is piped"));
        Ok(Child {
            process,
            stdin,
            stdout,
        })
    }

    /// Requests the next answer.
    pub(crate) fn ask(&mut self) -> io::Result<()> {
        let stdin = self.stdin.as_mut().expect("open until it is finished");
        stdin.write_all(b"\n")
    }

    /// Waits for the child's next answer.
    pub(crate) fn read<T: DeserializeOwned>(&mut self) -> io::Result<T> {
        let mut line = String::new();
        self.stdout.read_line(&mut line)?;
        if line.is_empty() {
            let status = self.process.wait()?;
            return Err(io::Error::other(format!("the child ended early: {status}")));
        }
        Ok(serde_json::from_str(&line)?)
    }

    /// Waits for the child to exit successfully.
    pub(crate) fn finish(mut self) -> io::Result<()> {
        self.stdin = None;
        let status = self.process.wait()?;
        if !status.success() {
            return Err(io::Error::other(format!("the child failed: {status}")));
        }
        Ok(())
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        // Both fail only if the child has already been waited for.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
