//! `Command`: which program to run, and how.

use super::Child;
use heist_runtime::inheritance;
use std::ffi::OsStr;
use std::future::Future;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command as Std, ExitStatus, Output, Stdio};

/// A program to be run, with its arguments and environment.
#[derive(Debug)]
pub struct Command {
    std: Std,
    kill_on_drop: bool,
}

impl Command {
    /// Creates a command that runs the program.
    pub fn new<S: AsRef<OsStr>>(program: S) -> Self {
        Std::new(program).into()
    }

    /// Returns std's command.
    pub fn as_std(&self) -> &Std {
        &self.std
    }

    /// Returns std's command mutably.
    pub fn as_std_mut(&mut self) -> &mut Std {
        &mut self.std
    }

    /// Returns std's command. `kill_on_drop` is lost.
    pub fn into_std(self) -> Std {
        self.std
    }

    /// Adds an argument.
    pub fn arg<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg(arg);
        self
    }

    /// Adds arguments.
    pub fn args<I, S>(&mut self, args: I) -> &mut Self
    where
        I: IntoIterator<Item = S>,
        S: AsRef<OsStr>,
    {
        self.std.args(args);
        self
    }

    /// Sets an environment variable.
    pub fn env<K, V>(&mut self, key: K, val: V) -> &mut Self
    where
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.env(key, val);
        self
    }

    /// Sets environment variables.
    pub fn envs<I, K, V>(&mut self, vars: I) -> &mut Self
    where
        I: IntoIterator<Item = (K, V)>,
        K: AsRef<OsStr>,
        V: AsRef<OsStr>,
    {
        self.std.envs(vars);
        self
    }

    /// Removes an environment variable.
    pub fn env_remove<K: AsRef<OsStr>>(&mut self, key: K) -> &mut Self {
        self.std.env_remove(key);
        self
    }

    /// Removes all environment variables.
    pub fn env_clear(&mut self) -> &mut Self {
        self.std.env_clear();
        self
    }

    /// Sets the working directory.
    pub fn current_dir<P: AsRef<Path>>(&mut self, dir: P) -> &mut Self {
        self.std.current_dir(dir);
        self
    }

    /// Sets the standard input.
    pub fn stdin<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stdin(cfg);
        self
    }

    /// Sets the standard output.
    pub fn stdout<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stdout(cfg);
        self
    }

    /// Sets the standard error.
    pub fn stderr<T: Into<Stdio>>(&mut self, cfg: T) -> &mut Self {
        self.std.stderr(cfg);
        self
    }

    /// Sets whether the process is killed when its [`Child`] is dropped.
    pub fn kill_on_drop(&mut self, kill_on_drop: bool) -> &mut Self {
        self.kill_on_drop = kill_on_drop;
        self
    }

    /// Returns whether the process is killed when its [`Child`] is dropped.
    pub fn get_kill_on_drop(&self) -> bool {
        self.kill_on_drop
    }

    /// Sets the user id of the process.
    pub fn uid(&mut self, id: u32) -> &mut Self {
        self.std.uid(id);
        self
    }

    /// Sets the group id of the process.
    pub fn gid(&mut self, id: u32) -> &mut Self {
        self.std.gid(id);
        self
    }

    /// Sets the name that the program receives as its own.
    pub fn arg0<S: AsRef<OsStr>>(&mut self, arg: S) -> &mut Self {
        self.std.arg0(arg);
        self
    }

    /// Sets a function that the child calls before it executes the program.
    ///
    /// # Safety
    ///
    /// See [`pre_exec`](CommandExt::pre_exec) in std.
    pub unsafe fn pre_exec<F>(&mut self, f: F) -> &mut Self
    where
        F: FnMut() -> io::Result<()> + Send + Sync + 'static,
    {
        // SAFETY: as the caller promises.
        unsafe { self.std.pre_exec(f) };
        self
    }

    /// Sets the process group.
    pub fn process_group(&mut self, pgroup: i32) -> &mut Self {
        self.std.process_group(pgroup);
        self
    }

    /// Starts the process.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    ///
    /// # Panics
    ///
    /// Panics if called outside a runtime, or in a runtime without I/O.
    #[track_caller]
    pub fn spawn(&mut self) -> io::Result<Child> {
        crate::context::expect_io();
        heist_process_wait::ensure_started();
        let program = self.std.get_program().to_string_lossy().into_owned();
        let child = inheritance::inherited(|| self.std.spawn())?;
        Child::new(child, program, self.kill_on_drop)
    }

    /// Starts the process and waits for its exit.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn status(&mut self) -> impl Future<Output = io::Result<ExitStatus>> + use<> {
        let child = self.spawn();
        async {
            let mut child = child?;
            // The child must not wait for these pipes.
            drop(child.stdin.take());
            drop(child.stdout.take());
            drop(child.stderr.take());
            child.wait().await
        }
    }

    /// Starts the process, waits for its exit, and collects its output.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn output(&mut self) -> impl Future<Output = io::Result<Output>> + use<> {
        self.std.stdout(Stdio::piped());
        self.std.stderr(Stdio::piped());
        let child = self.spawn();
        async { child?.wait_with_output().await }
    }
}

impl From<Std> for Command {
    fn from(std: Std) -> Self {
        Self {
            std,
            kill_on_drop: false,
        }
    }
}
