//! `Command`: which program to run, and how: std's command with one more setting.

mod run;
#[cfg(unix)]
mod unix;
#[cfg(windows)]
mod windows;

use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command as StdCommand, Stdio};

/// A program to run as a child process, and how to run it.
///
/// It wraps [std's](std::process::Command), with the same methods and defaults. It can start any
/// number of children.
///
/// # Examples
///
/// ```
/// use heist::process::Command;
///
/// # #[heist::main]
/// # async fn main() -> std::io::Result<()> {
/// let output = Command::new("sh")
///     .arg("-c")
///     .arg("echo $GREETING; pwd")
///     .env("GREETING", "hello")
///     .current_dir("/")
///     .output()
///     .await?;
/// assert_eq!(output.stdout, b"hello\n/\n");
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct Command {
    std: StdCommand,
    kill_on_drop: bool,
}

impl Command {
    /// Creates a command that runs `program`: a path, or a name that is searched in `PATH`. It has
    /// no arguments, and inherits environment, directory, standard input, output and error.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// assert!(Command::new("true").status().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn new<S: AsRef<OsStr>>(program: S) -> Self {
        Self::from(StdCommand::new(program))
    }

    /// Returns std's command, to read its settings.
    ///
    /// # Examples
    ///
    /// See [`as_std_mut`](Self::as_std_mut).
    pub fn as_std(&self) -> &StdCommand {
        &self.std
    }

    /// Returns std's command, to set options that are missing here.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// let mut command = Command::new("ls");
    /// command.as_std_mut().arg("-l");
    /// assert_eq!(command.as_std().get_program(), "ls");
    /// assert_eq!(command.as_std().get_args().count(), 1);
    /// ```
    pub fn as_std_mut(&mut self) -> &mut StdCommand {
        &mut self.std
    }

    /// Converts into std's command. The setting [`kill_on_drop`](Self::kill_on_drop) is lost.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// let mut command = Command::new("true").into_std();
    /// assert!(command.status()?.success());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn into_std(self) -> StdCommand {
        self.std
    }

    /// Adds an argument. No shell interprets it.
    ///
    /// # Examples
    ///
    /// See [`args`](Self::args).
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg(arg);
        self
    }

    /// Adds arguments.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("echo").arg("one; `one`").args(["a", "b"]).output().await?;
    /// assert_eq!(output.stdout, b"one; `one` a b\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Sets a variable of the child's environment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo $A$B$C"]).env("A", "1").envs([("B", "2"), ("C", "3")]);
    /// assert_eq!(command.output().await?.stdout, b"123\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn env<K, V>(&mut self, key: K, value: V) -> &mut Self
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.env(key, value);
        self
    }

    /// Sets variables of the child's environment.
    ///
    /// # Examples
    ///
    /// See [`env`](Self::env).
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Removes a variable from the child's environment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("sh");
    /// command.args(["-c", "echo [$HOME]"]).env_remove("HOME");
    /// assert_eq!(command.output().await?.stdout, b"[]\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Self {
        self.std.env_remove(key);
        self
    }

    /// Empties the child's environment: nothing is inherited, and variables set before are removed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("/usr/bin/env").env_clear().env("A", "1").output().await?;
    /// assert_eq!(output.stdout, b"A=1\n");
    /// # Ok(())
    /// # }
    /// ```
    pub fn env_clear(&mut self) -> &mut Self {
        self.std.env_clear();
        self
    }

    /// Sets the directory that the program runs in.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let output = Command::new("pwd").current_dir("/").output().await?;
    /// assert_eq!(output.stdout, b"/\n");
    ///
    /// let error = Command::new("pwd").current_dir("/no/such/dir").output().await.unwrap_err();
    /// assert!(error.to_string().contains("/no/such/dir"));
    /// # Ok(())
    /// # }
    /// ```
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Self {
        self.std.current_dir(dir);
        self
    }

    /// Sets the source of the child's standard input. With [`Stdio::piped`] it is
    /// [`Child::stdin`](crate::Child::stdin).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("cat");
    /// assert!(command.stdin(Stdio::null()).status().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdin<T: Into<Stdio>>(&mut self, stdin: T) -> &mut Self {
        self.std.stdin(stdin);
        self
    }

    /// Sets the destination of the child's standard output. With [`Stdio::piped`] it is
    /// [`Child::stdout`](crate::Child::stdout).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::io::AsyncReadExt;
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut child = Command::new("echo").arg("hello").stdout(Stdio::piped()).spawn()?;
    /// let mut output = String::new();
    /// child.stdout.take().expect("it is piped").read_to_string(&mut output).await?;
    /// assert_eq!(output, "hello\n");
    /// # child.wait().await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn stdout<T: Into<Stdio>>(&mut self, stdout: T) -> &mut Self {
        self.std.stdout(stdout);
        self
    }

    /// Sets the destination of the child's standard error. With [`Stdio::piped`] it is
    /// [`Child::stderr`](crate::Child::stderr).
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use std::process::Stdio;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let mut command = Command::new("ls");
    /// command.arg("/no/such/file").stderr(Stdio::null());
    /// assert!(!command.status().await?.success());
    /// # Ok(())
    /// # }
    /// ```
    pub fn stderr<T: Into<Stdio>>(&mut self, stderr: T) -> &mut Self {
        self.std.stderr(stderr);
        self
    }

    /// Sets whether to kill the child when its [`Child`](crate::Child), or the future of
    /// [`status`](Self::status) or [`output`](Self::output), is dropped before it has ended. By
    /// default it continues, as with std.
    ///
    /// It is killed at once, by `SIGKILL` on Unix, and reaped as soon as it has ended. Its own
    /// children are not killed.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::process::Command;
    /// use heist::time::timeout;
    /// use std::time::Duration;
    ///
    /// # #[heist::main]
    /// # async fn main() -> std::io::Result<()> {
    /// let hanging = Command::new("sleep").arg("600").kill_on_drop(true).status();
    /// assert!(timeout(Duration::from_millis(10), hanging).await.is_err());
    /// # Ok(())
    /// # }
    /// ```
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// Returns the setting of [`kill_on_drop`](Self::kill_on_drop).
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }
}

/// The converted command does not kill on drop.
impl From<StdCommand> for Command {
    fn from(std: StdCommand) -> Self {
        Self {
            std,
            kill_on_drop: false,
        }
    }
}
