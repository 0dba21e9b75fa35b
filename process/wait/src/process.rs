//! `Process`: std's child, how its end is awaited, and what happens if no task waits for it.
//!
//! The invariant: until the child is reaped it is held here or by `orphans`. Its ID is therefore
//! not reused, and a signal sent to it cannot reach another process.

use std::fmt;
use std::io;
use std::process::{Child as StdChild, ExitStatus};

use heist_runtime::io::{NamedError, raw_os_error};
use heist_runtime::time::sleep;

use crate::exit::{Exit, Looks};

/// A child process, whose end can be awaited. If it is dropped before, it leaves no zombie.
pub struct Process {
    /// `None` once it has ended and been reaped.
    child: Option<StdChild>,
    /// Its status, once it has ended.
    status: ExitStatus,
    /// Set by the first wait that has to wait, and kept for the next one if that is cancelled.
    exit: Option<Exit>,
    /// Whether dropping this kills the process.
    pub kill_on_drop: bool,
    /// Named in errors.
    program: String,
}

impl Process {
    /// Wraps std's child, whose pipes have been taken. Errors name `program`.
    pub fn new(child: StdChild, program: String, kill_on_drop: bool) -> Self {
        Self {
            child: Some(child),
            status: ExitStatus::default(),
            exit: None,
            kill_on_drop,
            program,
        }
    }

    /// Returns std's child; `None` once it is known to have ended.
    pub fn std_child(&self) -> Option<&StdChild> {
        self.child.as_ref()
    }

    /// Returns its status, or `None` if it has not ended.
    ///
    /// # Errors
    ///
    /// The system's errors.
    pub fn try_wait(&mut self) -> io::Result<Option<ExitStatus>> {
        let Some(child) = &mut self.child else {
            return Ok(Some(self.status));
        };
        let ended = child.try_wait();
        let ended = ended.map_err(|error| self.about("cannot wait for", error))?;
        if let Some(status) = ended {
            self.status = status;
            self.child = None;
            self.exit = None;
        }
        Ok(ended)
    }

    /// Waits for its end. Cancel safe: the status is kept here.
    ///
    /// # Errors
    ///
    /// The system's errors; fails outside a runtime if it has to wait.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let mut looks = Looks::new();
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            let Some(exit) = &mut self.exit else {
                match self.watch() {
                    // Then check again: it may have ended just before.
                    Ok(exit) => self.exit = exit,
                    // The system lacks a resource to watch it by, such as descriptors. It may be
                    // available later; until then, check now and then.
                    Err(error) if raw_os_error(&error).is_some() => sleep(looks.next()).await,
                    Err(error) => return Err(error),
                }
                continue;
            };
            if exit.changed().await.is_err() {
                // The runtime of an earlier wait has shut down. Watch in the current one, which
                // returns the error if it is the same.
                self.exit = None;
            }
        }
    }

    fn watch(&self) -> io::Result<Option<Exit>> {
        let watched = self.child.as_ref().map(Exit::watch).transpose();
        watched.map_err(|error| self.about("cannot wait for", error))
    }

    /// Kills the process; not an error if it has ended.
    ///
    /// # Errors
    ///
    /// The system's errors.
    pub fn kill(&mut self) -> io::Result<()> {
        let Some(child) = &mut self.child else {
            return Ok(());
        };
        let killed = child.kill();
        killed.map_err(|error| self.about("cannot kill", error))
    }

    fn about(&self, action: &str, error: io::Error) -> io::Error {
        let id = self.child.as_ref().map_or(0, StdChild::id);
        NamedError::about(format!("{action} `{}` (process {id})", self.program), error)
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.kill_on_drop {
            // Fails if the child now belongs to another user: it cannot be killed then.
            _ = self.kill();
        }
        #[cfg(unix)]
        if let Some(child) = self.child.take() {
            crate::orphans::adopt(child);
        }
    }
}

impl fmt::Debug for Process {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Process")
            .field("program", &self.program)
            .field("id", &self.child.as_ref().map(StdChild::id))
            .field("kill_on_drop", &self.kill_on_drop)
            .finish_non_exhaustive()
    }
}
