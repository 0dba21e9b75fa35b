//! `Child`: a process that was started, and its pipes.

use std::io;
use std::process::{Child as StdChild, ExitStatus, Output};

use futures_lite::future::try_zip;
use futures_lite::io::{AsyncRead, AsyncReadExt};

use crate::{ChildStderr, ChildStdin, ChildStdout};
use heist_process_wait::Process;

/// A child process, started by [`Command::spawn`](crate::Command::spawn).
///
/// It belongs to no runtime: it may be waited for in another one than it was started in. (Its pipes
/// do belong to theirs.)
///
/// Dropped, it runs on, unless [`kill_on_drop`](crate::Command::kill_on_drop) says otherwise.
/// Either way it leaves no zombie: see [the module](index.html#children-that-nobody-waits-for).
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
    // First, so that it is killed before its pipes are closed.
    process: Process,
    /// The pipe to its standard input, if that is [piped](std::process::Stdio::piped). Take it out
    /// to use it elsewhere; drop it and the child reads the end.
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
        // Killed if a pipe cannot be awaited: what failed to start must not run.
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

    /// The process's number. `None` once a wait has told that it has ended: from then on the number
    /// may be another process's.
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

    /// Waits until the child has ended, and returns how. After that it returns the same again.
    ///
    /// The pipe to its standard input is closed first, so that a child that reads all its input
    /// does end. The other pipes are not read: a child with more to write than they hold (64 KiB on
    /// Linux) waits for a reader. [`wait_with_output`](Self::wait_with_output) reads them.
    ///
    /// # Errors
    ///
    /// Names the program. If somebody else has reaped the child, such as the system itself because
    /// this program ignores `SIGCHLD`. If it has to wait, also outside a runtime, when the runtime
    /// shuts down, and when no descriptor is left to wait with.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: nothing but the waiting is undone when the future is dropped, and the child can
    /// be waited for again. (Its standard input stays closed.)
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

    /// Tells how the child ended, if it has, without waiting. Its standard input stays open.
    ///
    /// # Errors
    ///
    /// Names the program; see [`wait`](Self::wait).
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

    /// Tells the system to end the child, by `SIGKILL` on Unix, and returns at once. A child that
    /// has ended is left alone.
    ///
    /// # Errors
    ///
    /// Names the program. What the system reports, such as that the child has become another
    /// user's.
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
    /// Those of [`start_kill`](Self::start_kill) and of [`wait`](Self::wait).
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe: from the first poll on, the child ends whether or not it is waited for.
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

    /// Waits until the child has ended, and reads what it writes meanwhile: to the pipes that have
    /// not been taken out. Its standard input is closed first.
    ///
    /// The output is complete when the pipes are closed at the other end, also by grandchildren
    /// who have inherited them.
    ///
    /// # Errors
    ///
    /// Those of [`wait`](Self::wait), and errors from the pipes. The child runs on then, or is
    /// killed if it is to be [on drop](crate::Command::kill_on_drop).
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future, and what was read is lost.
    ///
    /// # Examples
    ///
    /// Written to and read from at once, so that neither side waits for the other in vain:
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
    /// // `async move`, so that the pipe is closed when all is written.
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
    /// The handle of the process. `None` once a wait has told that it has ended.
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
