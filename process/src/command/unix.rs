//! What only Unix lets one say about a process.

use std::ffi::OsStr;
use std::io;
use std::os::unix::process::CommandExt;

use super::Command;

impl Command {
    /// The user that the program runs as, by number.
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
    ///     // Only the superuser may.
    ///     Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    /// }
    /// # }
    /// ```
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.std.uid(id);
        self
    }

    /// The group that the program runs as, by number.
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
    ///     // Only the superuser may.
    ///     Err(error) => assert_eq!(error.kind(), std::io::ErrorKind::PermissionDenied),
    /// }
    /// # }
    /// ```
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.std.gid(id);
        self
    }

    /// The name by which the program is called: its argument number zero.
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

    /// The process group that the child is put into; 0: a new one, which it leads.
    ///
    /// The signals that a terminal sends, as for Ctrl-C, reach the terminal's foreground group
    /// only.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// // Spared when the user presses Ctrl-C.
    /// let mut child = Command::new("true").process_group(0).spawn()?;
    /// # child.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.std.process_group(pgroup);
        self
    }

    /// Has the child run a function before it runs the program. Several run in the order in which
    /// they were given; the first error ends the child, and is that of
    /// [`spawn`](Self::spawn).
    ///
    /// # Safety
    ///
    /// The function runs in a copy of this process that has one thread, whatever the others were
    /// doing. Locks they held are never released, so it must not allocate memory, take locks or use
    /// the runtime: only what is safe in a signal handler. See
    /// [std's](std::os::unix::process::CommandExt::pre_exec).
    ///
    /// # Examples
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
    ///         // A session of its own, away from the terminal.
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
        // SAFETY: what is asked of the function is std's.
        unsafe { self.std.pre_exec(f) };
        self
    }
}
