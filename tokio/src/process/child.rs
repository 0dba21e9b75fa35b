//! `Child`: a process that has been started, and its pipes.

use super::{ChildStderr, ChildStdin, ChildStdout};
use crate::io::{AsyncRead, ReadBuf};
use futures_lite::future::{poll_fn, try_zip};
use heist_process_wait::Process;
use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::process::{Child as StdChild, ExitStatus, Output};
use std::task::{Poll, ready};

/// How many bytes of output are read at once.
const CHUNK: usize = 8 * 1024;

/// A process that has been started.
#[derive(Debug)]
pub struct Child {
    process: Process,
    /// The process's standard input, if it is a pipe.
    pub stdin: Option<ChildStdin>,
    /// The process's standard output, if it is a pipe.
    pub stdout: Option<ChildStdout>,
    /// The process's standard error, if it is a pipe.
    pub stderr: Option<ChildStderr>,
}

impl Child {
    pub(super) fn new(
        mut child: StdChild,
        program: String,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // The process is killed if a pipe cannot be awaited: if `spawn` fails, no process may be
        // left running.
        let mut process = Process::new(child, program, true);
        let (stdin, stdout, stderr) = pipes;
        let stdin = stdin.map(ChildStdin::from_std).transpose()?;
        let stdout = stdout.map(ChildStdout::from_std).transpose()?;
        let stderr = stderr.map(ChildStderr::from_std).transpose()?;
        process.kill_on_drop = kill_on_drop;
        Ok(Self {
            process,
            stdin,
            stdout,
            stderr,
        })
    }

    /// Returns the process id, or `None` once the exit status is known.
    pub fn id(&self) -> Option<u32> {
        self.process.std_child().map(StdChild::id)
    }

    /// Kills the process without waiting for its exit.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn start_kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Kills the process and waits for its exit.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }

    /// Closes the process's standard input and waits for its exit. Cancel safe.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        self.process.wait().await
    }

    /// Returns the exit status, or `None` if the process has not exited.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Waits for the process to exit, and collects its output.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        // All at the same time, since the child may wait for either pipe to be read.
        let pipes = try_zip(collect(stdout), collect(stderr));
        let (status, (stdout, stderr)) = try_zip(self.wait(), pipes).await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

/// Reads everything from a pipe.
async fn collect(mut pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    let Some(pipe) = &mut pipe else {
        return Ok(output);
    };
    poll_fn(|cx| {
        loop {
            let mut chunk = [const { MaybeUninit::uninit() }; CHUNK];
            let mut buf = ReadBuf::uninit(&mut chunk);
            ready!(Pin::new(&mut *pipe).poll_read(cx, &mut buf))?;
            if buf.filled().is_empty() {
                return Poll::Ready(Ok(std::mem::take(&mut output)));
            }
            output.extend_from_slice(buf.filled());
        }
    })
    .await
}
