//! `Process`: std's child, how its end is awaited, and what becomes of it when nobody waits.
//!
//! The invariant: until the child is reaped it is held here or by `orphans`. So its number is its
//! own, and a signal sent to it cannot reach another process.

use std::fmt;
use std::io;
use std::process::{Child as StdChild, ExitStatus};

use heist_runtime::io::{NamedError, raw_os_error};
use heist_runtime::time::sleep;

use crate::exit::{Exit, Looks};

/// A child process, whose end can be awaited. Dropped before its end was seen it leaves no zombie.
pub struct Process {
    /// `None` once it has ended and been reaped.
    child: Option<StdChild>,
    /// How it ended, once it has.
    status: ExitStatus,
    /// Set by the first wait that has to wait, and kept for the next if that one is cancelled.
    exit: Option<Exit>,
    /// Whether the drop kills it.
    pub kill_on_drop: bool,
    /// For errors.
    program: String,
}

impl Process {
    /// Of std's child, whose pipes have been taken. `program` is for errors.
    pub fn new(child: StdChild, program: String, kill_on_drop: bool) -> Self {
        Self {
            child: Some(child),
            status: ExitStatus::default(),
            exit: None,
            kill_on_drop,
            program,
        }
    }

    /// `None` once it is known to have ended.
    pub fn std_child(&self) -> Option<&StdChild> {
        self.child.as_ref()
    }

    /// How it has ended; `None`: it has not.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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
    /// What the operating system answered, or outside a runtime.
    pub async fn wait(&mut self) -> io::Result<ExitStatus> {
        let mut looks = Looks::new();
        loop {
            if let Some(status) = self.try_wait()? {
                return Ok(status);
            }
            let Some(exit) = &mut self.exit else {
                match self.watch() {
                    // Then once round again: it may have ended just before.
                    Ok(exit) => self.exit = exit,
                    // The system has nothing left to watch it by, such as descriptors. It may have
                    // later; until then, look.
                    Err(error) if raw_os_error(&error).is_some() => sleep(looks.next()).await,
                    Err(error) => return Err(error),
                }
                continue;
            };
            if exit.news().await.is_err() {
                // The runtime that an earlier wait was in has shut down. Watch in this one, which
                // gives the error if it is the same.
                self.exit = None;
            }
        }
    }

    fn watch(&self) -> io::Result<Option<Exit>> {
        let watched = self.child.as_ref().map(Exit::watch).transpose();
        watched.map_err(|error| self.about("cannot wait for", error))
    }

    /// Kills it; not an error if it has ended.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
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
            // Fails if the child has become another user's: then it is beyond our reach.
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
