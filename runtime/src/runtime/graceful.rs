//! Graceful shutdown: a runtime's tasks may finish, until a deadline.
//!
//! The thread that shuts the runtime down waits; the threads that complete tasks and blocking
//! closures notify it, through `Draining`. Invariant: a task that was spawned before the shutdown
//! began, or by such a task, is waited for or is in the report.

use super::Runtime;
use crate::scheduler::{LocalWorker, is_own_thread};
use crate::tasks::{Id, TaskRef, describe};
use std::fmt;
use std::panic::Location;
use std::time::{Duration, Instant};

/// How long cancelled tasks are waited for. They end at their next `await`, so one that takes
/// longer blocks its thread, and may do so forever.
const CANCELLING: Duration = Duration::from_secs(1);

impl Runtime {
    /// Shuts the runtime down once its tasks have ended, and cancels those that have not after
    /// `timeout`.
    ///
    /// First the runtime's [`shutdown_token`](super::Handle::shutdown_token) is cancelled, so that
    /// tasks that would run forever can end. From then on, tasks spawned from outside are cancelled
    /// at once; tasks and blocking closures of the runtime may still spawn, in order to finish. A
    /// task that blocks its thread for more than a second after it was cancelled continues in the
    /// background.
    ///
    /// When called on one of the runtime's own threads it does not wait, like [`drop`](Self).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let shutdown = runtime.handle().shutdown_token().clone();
    /// runtime.spawn(async move {
    ///     // Serve until told to end, then tidy up.
    ///     shutdown.cancelled().await;
    ///     heist::time::sleep(Duration::from_millis(1)).await;
    /// });
    /// let report = runtime.shutdown_graceful(Duration::from_secs(10));
    /// assert!(report.is_clean(), "{report}");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_graceful(mut self, timeout: Duration) -> ShutdownReport {
        let deadline = Instant::now().checked_add(timeout);
        let shared = self.handle().shared().clone();
        shared.draining.begin();
        // In a forked child no thread ends the tasks.
        let waits = !is_own_thread(&shared) && !shared.driver.is_forked_child();
        if waits {
            // On another runtime's worker this must not hold up that runtime.
            LocalWorker::block_in_place(|| shared.draining.wait(deadline, || shared.has_no_work()));
        }
        let report = ShutdownReport {
            tasks: shared.list_tasks().iter().map(LiveTask::new).collect(),
            blocking: shared.blocking.jobs(),
        };
        if waits {
            shared.blocking.cancel_waiting();
        }
        self.wait_at_most(CANCELLING);
        report
    }
}

/// The tasks that were left, and cancelled, at the deadline of [`Runtime::shutdown_graceful`].
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let runtime = heist::runtime::Runtime::new()?;
/// runtime.spawn(std::future::pending::<()>());
/// let report = runtime.shutdown_graceful(Duration::from_millis(1));
/// assert_eq!((report.tasks.len(), report.blocking), (1, 0));
/// // 1 tasks and 0 blocking closures were left
/// //   task 1 (spawned at src/main.rs:4:9)
/// println!("{report}");
/// # std::io::Result::Ok(())
/// ```
#[derive(Debug)]
#[non_exhaustive]
pub struct ShutdownReport {
    /// The tasks that had not ended.
    pub tasks: Vec<LiveTask>,
    /// The number of closures of [`spawn_blocking`](crate::spawn_blocking) that had not ended.
    pub blocking: usize,
}

impl ShutdownReport {
    /// Returns whether everything had ended.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// runtime.spawn(async { /* work that ends */ });
    /// let report = runtime.shutdown_graceful(Duration::from_secs(10));
    /// assert!(report.is_clean());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn is_clean(&self) -> bool {
        self.tasks.is_empty() && self.blocking == 0
    }
}

impl fmt::Display for ShutdownReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_clean() {
            return f.write_str("all tasks have ended");
        }
        write!(
            f,
            "{} tasks and {} blocking closures were left",
            self.tasks.len(),
            self.blocking
        )?;
        for task in &self.tasks {
            write!(f, "\n  {task}")?;
        }
        Ok(())
    }
}

/// A task that has not ended.
///
/// # Examples
///
/// ```
/// use std::time::Duration;
///
/// let runtime = heist::runtime::Runtime::new()?;
/// heist::task::Builder::new()
///     .name("poller")
///     .spawn_on(std::future::pending::<()>(), runtime.handle())?;
/// let report = runtime.shutdown_graceful(Duration::from_millis(1));
/// assert_eq!(report.tasks[0].name.as_deref(), Some("poller"));
/// assert_eq!(report.tasks[0].location.file(), file!());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub struct LiveTask {
    /// The task's id.
    pub id: Id,
    /// The task's name, if [`task::Builder`](crate::task::Builder) gave it one.
    pub name: Option<String>,
    /// Where the task was spawned.
    pub location: &'static Location<'static>,
}

impl LiveTask {
    fn new(task: &TaskRef) -> Self {
        let meta = task.header().meta();
        Self {
            id: meta.id(),
            name: meta.name().map(str::to_owned),
            location: meta.location(),
        }
    }
}

impl fmt::Display for LiveTask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        describe(f, self.id, self.name.as_deref(), self.location)
    }
}
