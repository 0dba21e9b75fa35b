//! `Stall`: a poll that kept its worker for too long, as users see it.

use crate::tasks::{Id, TaskMeta};
use std::fmt;
use std::panic::Location;
use std::time::Duration;

/// A poll of a task that did not return within the [threshold](crate::Builder::stall_threshold),
/// and kept its worker from everything else meanwhile.
///
/// Returned by [`Handle::stalls`](crate::Handle::stalls).
///
/// # Examples
///
/// ```
/// # let runtime = heist::runtime::Runtime::new()?;
/// # let (_release, released) = std::sync::mpsc::channel::<()>();
/// # let task = heist::task::Builder::new()
/// #     .name("resize")
/// #     .spawn_on(async move { drop(released.recv()) }, runtime.handle())?;
/// # while runtime.handle().stalls().is_empty() {}
/// let stalls = runtime.handle().stalls();
/// let longest = stalls.iter().max_by_key(|stall| stall.duration()).unwrap();
/// // task 1 ("resize", spawned at src/main.rs:6:6) has kept worker 0 for 53ms so far
/// println!("{longest}");
/// assert_eq!((longest.task_id(), longest.name()), (task.id(), Some("resize")));
/// assert_eq!(longest.location().file(), file!());
/// assert!(longest.worker() < runtime.metrics().num_workers());
/// assert!(longest.is_ongoing());
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Stall {
    pub(crate) task: TaskMeta,
    pub(crate) worker: usize,
    pub(crate) duration: Duration,
    pub(crate) is_ongoing: bool,
}

impl Stall {
    /// Returns the task's id.
    pub fn task_id(&self) -> Id {
        self.task.id()
    }

    /// Returns the task's name, if [`task::Builder`](crate::task::Builder) gave it one.
    pub fn name(&self) -> Option<&str> {
        self.task.name()
    }

    /// Returns where the task was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.task.location()
    }

    /// Returns the number of the worker. Regular workers have the numbers below
    /// [`num_workers`](crate::runtime::RuntimeMetrics::num_workers), spare ones those from there
    /// on.
    pub fn worker(&self) -> usize {
        self.worker
    }

    /// Returns how long the poll took, or has taken so far.
    ///
    /// The time is measured from a check of the watchdog, so it can be too short by up to a
    /// [threshold](crate::Builder::stall_threshold).
    pub fn duration(&self) -> Duration {
        self.duration
    }

    /// Returns whether the poll has not returned yet.
    pub fn is_ongoing(&self) -> bool {
        self.is_ongoing
    }
}

/// `task 7 ("resize", spawned at src/main.rs:10:5) has kept worker 1 for 53ms so far`
impl fmt::Display for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (has, so_far) = match self.is_ongoing {
            true => ("has kept", " so far"),
            false => ("kept", ""),
        };
        let (task, worker, duration) = (&self.task, self.worker, Millis(self.duration));
        write!(f, "{task} {has} worker {worker} for {duration}{so_far}")
    }
}

impl fmt::Debug for Stall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.task
            .debug(f, "Stall")
            .field("worker", &self.worker)
            .field("duration", &self.duration)
            .field("is_ongoing", &self.is_ongoing)
            .finish()
    }
}

/// A duration, displayed no more precisely than it is known: `53ms`.
pub(crate) struct Millis(pub(crate) Duration);

impl fmt::Display for Millis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let millis = self.0.as_secs_f64() * 1e3;
        let text = match millis {
            10_000.0.. => format!("{:.1}s", millis / 1e3),
            10.0.. => format!("{millis:.0}ms"),
            _ => format!("{millis:.1}ms"),
        };
        f.pad(&text)
    }
}
