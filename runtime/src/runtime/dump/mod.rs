//! A snapshot of all live tasks: their identity, their state, and the time they have used.
//!
//! Any thread may take one. Each task is read at a different moment while tasks continue to run, so
//! a task that has been woken since may be listed as waiting.

mod live;
mod table;

use super::Handle;
use crate::tasks::{Id, TaskMeta};
use std::cmp::Reverse;
use std::fmt;
use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

/// The live tasks of a runtime, at the time of [`Handle::dump`].
///
/// `Display` formats it as a table.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let task = runtime.spawn(std::future::pending::<()>());
/// let dump = runtime.handle().dump();
/// assert_eq!(dump.tasks().len(), 1);
/// assert!(dump.to_string().starts_with("tasks: 1 "));
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Debug)]
pub struct Dump {
    tasks: Vec<Task>,
    workers: usize,
    runtime: Option<Arc<str>>,
}

/// A task that had not ended at the time of the dump.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let spawned = runtime.spawn(std::future::pending::<()>());
/// for task in runtime.handle().dump().tasks() {
///     let (name, state) = (task.name().unwrap_or("unnamed"), task.state());
///     println!("{name}: {state:?}, polled {} times, for {:?}", task.polls(), task.busy());
///     assert_eq!(task.id(), spawned.id());
///     assert_eq!(task.location().file(), file!());
/// }
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct Task {
    meta: TaskMeta,
    state: TaskState,
    pinned_to: Option<usize>,
    polls: u32,
    busy: Duration,
}

/// What a task was doing; returned by [`Task::state`].
///
/// # Examples
///
/// ```
/// use heist::runtime::dump::TaskState;
///
/// # let runtime = heist::runtime::Runtime::new()?;
/// # let (_release, released) = std::sync::mpsc::channel::<()>();
/// # let (told, tell) = std::sync::mpsc::channel();
/// # runtime.spawn(async move { drop((told.send(()), released.recv())) });
/// # tell.recv().unwrap();
/// // What keeps the workers busy?
/// let dump = runtime.handle().dump();
/// let is_running = |state| matches!(state, TaskState::Running { .. });
/// let running = dump.tasks().iter().filter(|task| is_running(task.state()));
/// assert_eq!(running.count(), 1);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TaskState {
    /// It was being polled, and its worker did nothing else.
    #[non_exhaustive]
    Running {
        /// The worker that polled it. `None` if it is unknown, because the poll had just begun or
        /// was about to end.
        worker: Option<usize>,
        /// How long the poll had lasted, if it was a [stall](crate::runtime::Stall).
        stalled_for: Option<Duration>,
    },
    /// It was being polled and had announced that it blocks, by
    /// [`block_in_place`](crate::task::block_in_place), `block_on` and the like.
    #[non_exhaustive]
    Blocking {
        /// The worker whose thread it blocked.
        worker: usize,
    },
    /// It was ready to run and waited for a worker.
    Scheduled,
    /// It waited to be woken.
    Waiting,
}

impl Handle {
    /// Lists all live tasks, with their names, the locations where they were spawned, and their
    /// states.
    ///
    /// Pinned tasks are listed. Tasks of a [`LocalSet`](crate::task::LocalSet) are not, since no
    /// runtime knows them; futures of `block_on` and closures of `spawn_blocking` are not tasks in
    /// this sense. The workers continue in the meantime, so each task is listed as it was at a
    /// different moment.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::dump::TaskState;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// heist::task::Builder::new()
    ///     .name("waiter")
    ///     .spawn_on(std::future::pending::<()>(), runtime.handle())?;
    /// # while runtime.handle().dump().tasks()[0].state() != TaskState::Waiting {}
    ///
    /// let dump = runtime.handle().dump();
    /// for task in dump.tasks() {
    ///     assert_eq!(task.name(), Some("waiter"));
    ///     assert_eq!(task.state(), TaskState::Waiting);
    ///     assert_eq!(task.polls(), 1);
    /// }
    /// // tasks: 1 (0 running, 0 blocking, 0 scheduled, 1 waiting), workers: 8
    /// //   ID  STATE    POLLS   BUSY  NAME      SPAWNED AT
    /// //    1  waiting      1  0.0ms  "waiter"  src/main.rs:7:6
    /// println!("{dump}");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn dump(&self) -> Dump {
        Dump::take(self)
    }
}

impl Dump {
    fn take(handle: &Handle) -> Self {
        let mut tasks = live::live_tasks(handle);
        tasks.sort_by_key(|task| (task.rank(), Reverse(task.busy), task.id()));
        Self {
            tasks,
            workers: handle.shared().worker_count(),
            runtime: handle.shared().name.clone(),
        }
    }

    /// Returns the tasks: first those that ran, then those that blocked, those that were scheduled,
    /// and those that waited; within each state the busiest first.
    ///
    /// # Examples
    ///
    /// See [`Handle::dump`].
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }
}

impl Task {
    /// Returns the position of the task's state in the list.
    fn rank(&self) -> u8 {
        match self.state {
            TaskState::Running { .. } => 0,
            TaskState::Blocking { .. } => 1,
            TaskState::Scheduled => 2,
            TaskState::Waiting => 3,
        }
    }

    /// Returns the task's id.
    pub fn id(&self) -> Id {
        self.meta.id()
    }

    /// Returns the task's name, if [`task::Builder`](crate::task::Builder) gave it one.
    pub fn name(&self) -> Option<&str> {
        self.meta.name()
    }

    /// Returns where the task was spawned.
    pub fn location(&self) -> &'static Location<'static> {
        self.meta.location()
    }

    /// Returns what the task was doing.
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// Returns the worker that the task is bound to, if it was spawned by
    /// [`spawn_pinned`](crate::task::spawn_pinned), or by [`spawn_local`](crate::task::spawn_local)
    /// in such a task.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    /// runtime.block_on(async {
    ///     heist::task::spawn_pinned(1, || std::future::pending::<()>());
    /// });
    /// # while runtime.handle().dump().tasks().is_empty() {}
    /// let dump = runtime.handle().dump();
    /// assert_eq!(dump.tasks()[0].pinned_to(), Some(1));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn pinned_to(&self) -> Option<usize> {
        self.pinned_to
    }

    /// Returns how often the task was polled. The count wraps around at 2^32.
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// Returns approximately how long the task has been polled in total.
    ///
    /// Stalls are measured, and so is one poll in 61, or fewer where polls are short: at most 5,000
    /// per second for each worker. The measured poll then stands for everything that the worker has
    /// done since the last measured one. The result is therefore accurate for tasks that have been
    /// polled thousands of times, and for those that stall; for others it is an estimate, often
    /// zero. It includes the time that a poll sleeps and, up to the stall threshold, the time that
    /// it waits for a core.
    ///
    /// # Examples
    ///
    /// ```
    /// # let runtime = heist::runtime::Runtime::new()?;
    /// # let (_release, released) = std::sync::mpsc::channel::<()>();
    /// # let (told, tell) = std::sync::mpsc::channel();
    /// # runtime.spawn(async move { drop((told.send(()), released.recv())) });
    /// # tell.recv().unwrap();
    /// # while runtime.handle().dump().tasks()[0].busy().is_zero() {}
    /// let dump = runtime.handle().dump();
    /// let busiest = dump.tasks().iter().max_by_key(|task| task.busy()).unwrap();
    /// assert!(!busiest.busy().is_zero());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn busy(&self) -> Duration {
        self.busy
    }
}

impl fmt::Debug for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.meta
            .debug(f, "Task")
            .field("state", &self.state)
            .field("pinned_to", &self.pinned_to)
            .field("polls", &self.polls)
            .field("busy", &self.busy)
            .finish()
    }
}
