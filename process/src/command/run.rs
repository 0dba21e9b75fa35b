//! Running a command: the three ways to start a child.

use std::future::Future;
use std::io;
use std::path::Path;
use std::process::{ExitStatus, Output, Stdio};

use heist_runtime::inheritance;
use heist_runtime::io::NamedError;
use heist_runtime::runtime::Handle;

use super::Command;
use crate::Child;

impl Command {
    /// Starts the program as a child process.
    ///
    /// By default it inherits standard input, output and error from this process.
    ///
    /// Starting a process blocks the thread until the system has loaded the program, which takes
    /// some hundred microseconds; longer if this process is large and `pre_exec`, `uid` or `gid` is
    /// used, since the process is then copied first.
    ///
    /// # Errors
    ///
    /// The error names the program, and the directory if one was set. Whatever the system reports:
    /// the program does not exist, may not be executed, and so on. Fails outside a runtime. After
    /// an error no child is running.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("echo").arg("hello").spawn()?;
    /// assert!(child.wait().await?.success());
    ///
    /// let error = Command::new("no-such-program").spawn().unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::NotFound);
    /// assert!(error.to_string().contains("no-such-program"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn spawn(&mut self) -> io::Result<Child> {
        self.start()
            .map_err(|error| NamedError::about(format!("cannot start {}", self.name()), error))
    }

    fn start(&mut self) -> io::Result<Child> {
        // Checked before the child is started, rather than when its pipes need a runtime.
        Handle::try_current()?;
        #[cfg(unix)]
        heist_process_wait::ensure_started();
        let child = inheritance::inherited(|| self.std.spawn())?;
        let program = Path::new(self.std.get_program()).display().to_string();
        Child::new(child, program, self.kill_on_drop)
    }

    /// Returns the description of the command in errors.
    fn name(&self) -> String {
        let program = Path::new(self.std.get_program()).display();
        match self.std.get_current_dir() {
            None => format!("`{program}`"),
            // If the directory does not exist, the system reports the same error.
            Some(dir) => format!("`{program}` in `{}`", dir.display()),
        }
    }

    /// Runs the program, and waits for it to end. Piped output is closed at once.
    ///
    /// The call itself starts the child; the future only waits for it.
    ///
    /// # Errors
    ///
    /// The same as those of [`spawn`](Self::spawn), which the future returns, and of
    /// [`Child::wait`].
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future. It continues, or is killed if
    /// [`kill_on_drop`](Self::kill_on_drop) was set.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let status = Command::new("ls").arg("/no/such/file").status().await?;
    /// assert!(!status.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            drop((child.stdout.take(), child.stderr.take()));
            child.wait().await
        }
    }

    /// Runs the program, waits for it to end, and returns its standard output and error.
    ///
    /// Both are piped, regardless of earlier settings, and stay so for children that this command
    /// starts later; to avoid that, use [`spawn`](Self::spawn) and
    /// [`wait_with_output`](Child::wait_with_output). Standard input is inherited by default. The
    /// call itself starts the child.
    ///
    /// # Errors
    ///
    /// The same as those of [`spawn`](Self::spawn), which the future returns, and of
    /// [`Child::wait_with_output`].
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future, and the output read so far is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("echo").arg("hello").output().await?;
    /// assert!(output.status.success());
    /// assert_eq!(output.stdout, b"hello\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.std.stdout(Stdio::piped());
        self.std.stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }
}
