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
    /// Unless said otherwise it inherits standard input, output and error from this process.
    ///
    /// Starting a process blocks the thread until the system has loaded the program, which takes
    /// some hundred microseconds; longer if this process is large and `pre_exec`, `uid` or `gid` is
    /// used, since then it is copied first.
    ///
    /// # Errors
    ///
    /// Names the program, and the directory if one was set. Whatever the system reports: the
    /// program does not exist, must not be executed, and so on. Fails outside a runtime. After an
    /// error no child is running.
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
        // Before there is a child, rather than when its pipes need a runtime.
        Handle::try_current()?;
        #[cfg(unix)]
        heist_process_wait::tend();
        let child = inheritance::inherited(|| self.std.spawn())?;
        let program = Path::new(self.std.get_program()).display().to_string();
        Child::new(child, program, self.kill_on_drop)
    }

    /// What an error calls this.
    fn name(&self) -> String {
        let program = Path::new(self.std.get_program()).display();
        match self.std.get_current_dir() {
            None => format!("`{program}`"),
            // If it does not exist, the system's report is the same.
            Some(dir) => format!("`{program}` in `{}`", dir.display()),
        }
    }

    /// Runs the program, and waits for it to end. What is piped is closed at once.
    ///
    /// The child is started by the call itself; the future only waits for it.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn), given by the future, and of [`Child::wait`].
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future. It runs on, or is killed if it is to
    /// be [on drop](Self::kill_on_drop).
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

    /// Runs the program, waits for it to end, and returns what it has written to its standard
    /// output and error.
    ///
    /// Both are piped, whatever was said before, and stay so for children that this command starts
    /// later; otherwise use [`spawn`](Self::spawn) and
    /// [`wait_with_output`](Child::wait_with_output). Standard input is inherited unless said
    /// otherwise. The child is started by the call itself.
    ///
    /// # Errors
    ///
    /// Those of [`spawn`](Self::spawn), given by the future, and of [`Child::wait_with_output`].
    ///
    /// # Cancellation safety
    ///
    /// Not cancel safe: the child is dropped with the future, and what was read is lost.
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
