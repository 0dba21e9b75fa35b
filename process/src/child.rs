//! `Child`: a started process, and its pipes.

use std::io;
use std::process::{Child as StdChild, ExitStatus, Output};

use futures_lite::future::try_zip;
use futures_lite::io::{AsyncRead, AsyncReadExt};

use crate::{ChildStderr, ChildStdin, ChildStdout};
use heist_process_wait::Process;

/// A child process, started by [`Command::spawn`](crate::Command::spawn).
///
/// It belongs to no runtime: any runtime may wait for it. (Its pipes belong to the runtime they
/// were created on.)
///
/// If it is dropped, the process continues, unless [`kill_on_drop`](crate::Command::kill_on_drop)
/// was set. Either way it leaves no zombie: see [the
/// module](index.html#children-that-nobody-waits-for).
///
/// # Examples
///
/// ```
/// use heist::process::Command;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let mut child = Command::new("sh").args(["-c", "exit 3"]).spawn()?;
/// assert_eq!(child.wait().await?.code(), Some(3));
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Child {
    // First, so that the process is killed before its pipes are closed.
    process: Process,
    /// The pipe to its standard input, if that is [piped](std::process::Stdio::piped). Take it out
    /// to use it elsewhere; when it is dropped, the child reads the end.
    pub stdin: Option<ChildStdin>,
    /// The pipe from its standard output, if that is [piped](std::process::Stdio::piped).
    pub stdout: Option<ChildStdout>,
    /// The pipe from its standard error, if that is [piped](std::process::Stdio::piped).
    pub stderr: Option<ChildStderr>,
}

impl Child {
    pub(crate) fn new(
        mut child: StdChild,
        program: String,
        kill_on_drop: bool,
    ) -> io::Result<Self> {
        let pipes = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        // Killed if a pipe cannot be awaited: after an error no child may be running.
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

    /// Returns the process ID, or `None` once a wait has returned its status: from then on the ID
    /// may belong to another process.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("true").spawn()?;
    /// println!("process {}", child.id().expect("not waited for"));
    /// child.wait().await?;
    /// assert_eq!(child.id(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn id(&self) -> Option<u32> {
        self.process.std_child().map(StdChild::id)
    }

    /// Waits until the child has ended, and returns its status. Later calls return the same status.
    ///
    /// The pipe to its standard input is closed first, so that a child that reads all its input
    /// ends. The other pipes are not read: a child that writes more than they hold (64 KiB on
    /// Linux) waits for a reader. [`wait_with_output`](Self::wait_with_output) reads them.
    ///
    /// # Errors
    ///
    /// The error names the program. If the child has been reaped elsewhere, for example by the
    /// system because this program ignores `SIGCHLD`, it is the system's own `ECHILD`, without a
    /// name. A call that has to wait also fails outside a runtime, and when the runtime shuts down.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: dropping the future only ends the wait, and the child can be waited for again.
    /// (Its standard input stays closed.)
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use heist::time::{Duration, timeout};
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("600").spawn()?;
    /// if timeout(Duration::from_millis(10), child.wait()).await.is_err() {
    ///     child.kill().await?;
    /// }
    /// assert!(!child.wait().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        drop(self.stdin.take());
        self.process.wait().await
    }

    /// Returns the child's status if it has ended, without waiting. Its standard input stays open.
    ///
    /// # Errors
    ///
    /// The error names the program; see [`wait`](Self::wait).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("cat").stdin(Stdio::piped()).spawn()?;
    /// assert!(child.try_wait()?.is_none());
    /// let status = child.wait().await?;
    /// assert_eq!(child.try_wait()?, Some(status));
    /// # Ok(())
    /// # }
    /// ```
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        self.process.try_wait()
    }

    /// Kills the child, by `SIGKILL` on Unix, without waiting. Does nothing if the child has ended.
    ///
    /// # Errors
    ///
    /// The error names the program. Whatever the system reports, for example that the child now
    /// belongs to another user.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("600").spawn()?;
    /// child.start_kill()?;
    /// assert_eq!(child.wait().await?.code(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub fn start_kill(&mut self) -> io::Result<()> {
        self.process.kill()
    }

    /// Kills the child as [`start_kill`](Self::start_kill) does, and waits until it has ended.
    ///
    /// # Errors
    ///
    /// The same as those of [`start_kill`](Self::start_kill) and of [`wait`](Self::wait).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: from the first poll on, the child is killed whether or not the wait finishes.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("sleep").arg("600").spawn()?;
    /// child.kill().await?;
    /// assert_eq!(child.id(), None);
    /// # Ok(())
    /// # }
    /// ```
    pub async fn kill(&mut self) -> io::Result<()> {
        self.start_kill()?;
        self.wait().await.map(drop)
    }

    /// Waits until the child has ended, and meanwhile reads its output from the pipes that have not
    /// been taken out. Its standard input is closed first.
    ///
    /// The output is complete when the pipes are closed at the other end, also by grandchildren
    /// that have inherited them.
    ///
    /// # Errors
    ///
    /// The same as those of [`wait`](Self::wait), and errors of the pipes. After an error the child
    /// continues, or is killed if [`kill_on_drop`](crate::Command::kill_on_drop) was set.
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future, and the output read so far is lost.
    ///
    /// # Examples
    ///
    /// Writing and reading at the same time, so that neither side blocks the other:
    ///
    /// ```
    /// use heist::io::AsyncWriteExt;
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut sort = Command::new("sort")
    ///     .stdin(Stdio::piped())
    ///     .stdout(Stdio::piped())
    ///     .spawn()?;
    /// let mut stdin = sort.stdin.take().expect("it is piped");
    /// // `async move`, so that the pipe is closed when everything is written.
    /// let writing = heist::spawn(async move { stdin.write_all(b"dog\nbird\ncat\n").await });
    /// let sorted = sort.wait_with_output().await?;
    /// writing.await??;
    /// assert_eq!(sorted.stdout, b"bird\ncat\ndog\n");
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_with_output(mut self) -> io::Result<Output> {
        let (stdout, stderr) = (self.stdout.take(), self.stderr.take());
        let pipes = try_zip(read_to_end(stdout), read_to_end(stderr));
        let (status, (stdout, stderr)) = try_zip(self.wait(), pipes).await?;
        Ok(Output {
            status,
            stdout,
            stderr,
        })
    }
}

async fn read_to_end(pipe: Option<impl AsyncRead + Unpin>) -> io::Result<Vec<u8>> {
    let mut output = Vec::new();
    if let Some(mut pipe) = pipe {
        pipe.read_to_end(&mut output).await?;
    }
    Ok(output)
}

#[cfg(windows)]
impl Child {
    /// Returns the handle of the process, or `None` once a wait has returned its status.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let child = Command::new("cmd").args(["/c", "pause"]).spawn()?;
    /// assert!(child.raw_handle().is_some());
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw_handle(&self) -> Option<std::os::windows::io::RawHandle> {
        use std::os::windows::io::AsRawHandle;

        self.process.std_child().map(AsRawHandle::as_raw_handle)
    }
}
