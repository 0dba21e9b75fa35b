//! Settings that exist only on Windows.

use std::ffi::OsStr;
use std::os::windows::process::CommandExt;

use super::Command;

impl Command {
    /// Appends text to the command line unchanged, without quotes or escapes.
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// Command::new("cmd").raw_arg("/c echo a & echo b").status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn raw_arg<S: AsRef<OsStr>>(&mut self, text_to_append_as_is: S) -> &mut Self {
        self.std.raw_arg(text_to_append_as_is);
        self
    }

    /// Sets the [creation flags] for the system's `CreateProcess`.
    ///
    /// [creation flags]: https://learn.microsoft.com/windows/win32/procthread/process-creation-flags
    ///
    /// # Examples
    ///
    /// ```no_run
    /// use heist::process::Command;
    ///
    /// const CREATE_NO_WINDOW: u32 = 0x0800_0000;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// Command::new("whoami").creation_flags(CREATE_NO_WINDOW).status().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn creation_flags(&mut self, flags: u32) -> &mut Self {
        self.std.creation_flags(flags);
        self
    }
}
