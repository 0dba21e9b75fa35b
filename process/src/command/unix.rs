//! Settings that exist only on Unix.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;

use super::Command;

impl Command {
    /// Sets the user ID that the program runs as.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// match Command::new("id").uid(65534).output().await {
    ///     Ok(output) => println!("{}", String::from_utf8_lossy(&output.stdout)),
    ///     // Only the superuser is allowed to.
    ///     Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    /// }
    /// # }
    /// ```
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.std.uid(id);
        self
    }

    /// Sets the group ID that the program runs as.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// match Command::new("id").gid(65534).output().await {
    ///     Ok(output) => println!("{}", String::from_utf8_lossy(&output.stdout)),
    ///     // Only the superuser is allowed to.
    ///     Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    /// }
    /// # }
    /// ```
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.std.gid(id);
        self
    }

    /// Sets the name that the program gets as its argument number zero.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("sh");
    /// let output = command.arg0("shell").args(["-c", "echo $0"]).output().await?;
    /// assert_eq!(output.stdout, b"shell\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn arg0<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg0(arg);
        self
    }

    /// Sets the process group that the child joins; 0 creates a new one, which it leads.
    ///
    /// Signals from a terminal, such as for Ctrl-C, reach only the terminal's foreground group.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// // Not affected when the user presses Ctrl-C.
    /// let mut child = Command::new("true").process_group(0).spawn()?;
    /// # child.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.std.process_group(pgroup);
        self
    }

    /// Adds a function that the child calls before it runs the program. Several are called in the
    /// order in which they were added; the first error ends the child, and is returned by
    /// [`spawn`](Self::spawn).
    ///
    /// # Safety
    ///
    /// The function runs in a copy of this process that has only one thread, whatever the other
    /// threads were doing. Locks that they held are never released, so it must not allocate memory,
    /// take locks or use the runtime: only operations that are safe in a signal handler. See
    /// [std's](std::os::unix::process::CommandExt::pre_exec).
    ///
    /// # Examples
    ///
    /// With a system call by the package `rustix`:
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("true");
    /// // SAFETY: it makes a system call, and nothing else.
    /// unsafe {
    ///     command.pre_exec(|| {
    ///         // A session of its own, detached from the terminal.
    ///         rustix::process::setsid()?;
    ///         Ok(())
    ///     });
    /// }
    /// assert!(command.status().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Self
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: the requirements are std's, which the caller guarantees.
        unsafe { self.std.pre_exec(f) };
        self
    }
}
