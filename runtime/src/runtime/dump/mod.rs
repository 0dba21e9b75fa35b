//! A look at all live tasks: who they are, what they do, and what they have taken.
//!
//! Any thread takes one. It reads each task at a moment of its own, while the tasks go on, so one
//! may be listed as waiting that was woken since.

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
/// `Display` makes a table of it.
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

/// A task that had not ended.
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let task = runtime.spawn(std::future::pending::<()>());
/// for task in runtime.handle().dump().tasks() {
///     println!("{} has been polled {} times, for {:?}", task.id(), task.polls(), task.busy());
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

/// What a task was doing; from [`Task::state`].
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
/// // What keeps the workers from the rest?
/// let dump = runtime.handle().dump();
/// let is_running = |state| matches!(state, TaskState::Running { .. });
/// let running = dump.tasks().iter().filter(|task| is_running(task.state()));
/// assert_eq!(running.count(), 1);
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[non_exhaustive]
pub enum TaskState {
    /// It was polled, and its worker did nothing else meanwhile.
    #[non_exhaustive]
    Running {
        /// By which worker. `None`: by none that is known; it had just begun, or was about to end.
        worker: Option<usize>,
        /// For how long, once that is a [stall](crate::runtime::Stall).
        stalled_for: Option<Duration>,
    },
    /// It was polled, and had said that it blocks: by
    /// [`block_in_place`](crate::task::block_in_place), `block_on` and the like.
    #[non_exhaustive]
    Blocking {
        /// On the thread of which worker.
        worker: usize,
    },
    /// It could have run, and waited for a worker.
    Scheduled,
    /// It waited to be woken.
    Waiting,
}

impl Handle {
    /// Lists all live tasks, with their names, where they were spawned and what they do.
    ///
    /// Pinned tasks are listed, those of a [`LocalSet`](crate::task::LocalSet) are not: no runtime
    /// knows them. Futures of `block_on` and closures of `spawn_blocking` are no tasks in this
    /// sense. The workers go on meanwhile, so each task is listed as it was at a moment of its own.
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

    /// The tasks: first those that ran, then those that were scheduled, then those that waited; of
    /// each kind the busiest first.
    ///
    /// # Examples
    ///
    /// See [`Handle::dump`].
    pub fn tasks(&self) -> &[Task] {
        &self.tasks
    }
}

impl Task {
    /// The place of its kind in the list.
    fn rank(&self) -> u8 {
        match self.state {
            TaskState::Running { .. } => 0,
            TaskState::Blocking { .. } => 1,
            TaskState::Scheduled => 2,
            TaskState::Waiting => 3,
        }
    }

    /// The task's id.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// let dump = runtime.handle().dump();
    /// assert_eq!(dump.tasks()[0].id(), task.id());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn id(&self) -> Id {
        self.meta.id()
    }

    /// The task's name, if it was given one by [`task::Builder`](crate::task::Builder).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// heist::task::Builder::new()
    ///     .name("cache")
    ///     .spawn_on(std::future::pending::<()>(), runtime.handle())?;
    /// assert_eq!(runtime.handle().dump().tasks()[0].name(), Some("cache"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn name(&self) -> Option<&str> {
        self.meta.name()
    }

    /// Where the task was spawned.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// let dump = runtime.handle().dump();
    /// assert_eq!(dump.tasks()[0].location().file(), file!());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn location(&self) -> &'static Location<'static> {
        self.meta.location()
    }

    /// What it was doing.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::dump::TaskState;
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// # while runtime.handle().dump().tasks()[0].state() != TaskState::Waiting {}
    /// let dump = runtime.handle().dump();
    /// assert_eq!(dump.tasks()[0].state(), TaskState::Waiting);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn state(&self) -> TaskState {
        self.state
    }

    /// The worker it is bound to, if it was spawned by
    /// [`spawn_pinned`](crate::task::spawn_pinned), or by
    /// [`spawn_local`](crate::task::spawn_local) beside such a task.
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

    /// How often it was polled. After 2^32 the count begins anew.
    ///
    /// # Examples
    ///
    /// ```
    /// # use heist::runtime::dump::TaskState;
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// # while runtime.handle().dump().tasks()[0].state() != TaskState::Waiting {}
    /// let dump = runtime.handle().dump();
    /// assert_eq!(dump.tasks()[0].polls(), 1);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn polls(&self) -> u32 {
        self.polls
    }

    /// About how long it has been polled, in all.
    ///
    /// Time is taken of stalls, and of one poll in 61, or fewer where many are short: at most 5,000
    /// in a second for each worker. That poll then stands for all that the worker has done since
    /// the last. So it comes out right for tasks that have been polled thousands of times, and for
    /// those that stall; of others it is a guess, often zero. The time a poll sleeps is part of it,
    /// and up to the stall threshold the time it waits for a core.
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
