//! `Builder`: tokio's settings, and heist's.

use super::{Id, LocalOptions, LocalRuntime, Runtime};
use crate::context::Settings;
use std::time::Duration;
use std::{env, fmt, io};

/// Settings for a [`Runtime`].
///
/// heist's own settings are to be had by [`heist`](Self::heist).
pub struct Builder {
    inner: heist_runtime::Builder,
    current_thread: bool,
    workers: Option<usize>,
    io: bool,
    time: bool,
}

impl Builder {
    fn new(current_thread: bool) -> Self {
        Self {
            inner: heist_runtime::Builder::new(),
            current_thread,
            workers: None,
            io: false,
            time: false,
        }
    }

    /// A runtime whose tasks run on the thread that is in `block_on`.
    pub fn new_current_thread() -> Self {
        Self::new(true)
    }

    /// A runtime whose tasks run on workers; by default one for each core, or as many as the
    /// environment's `TOKIO_WORKER_THREADS` says.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new_multi_thread() -> Self {
        Self::new(false)
    }

    /// heist's own settings, for those that tokio has not: `stall_threshold`, `max_spare_workers`,
    /// `pin_workers`, `on_task_failure`. What is set here counts as the setting of the same name
    /// does.
    pub fn heist(&mut self) -> &mut heist_runtime::Builder {
        &mut self.inner
    }

    /// Sockets, signals, processes and timers may be used.
    pub fn enable_all(&mut self) -> &mut Self {
        self.io = true;
        self.time = true;
        self
    }

    /// Sockets, signals and processes may be used.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    pub fn enable_io(&mut self) -> &mut Self {
        self.io = true;
        self
    }

    /// Timers may be used.
    #[cfg(feature = "time")]
    pub fn enable_time(&mut self) -> &mut Self {
        self.time = true;
        self
    }

    /// How many workers there are.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn worker_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Worker threads cannot be set to 0");
        self.workers = Some(val);
        self
    }

    /// How many threads may run blocking closures.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Max blocking threads cannot be set to 0");
        self.inner.max_blocking_threads(val);
        self
    }

    /// One name for all threads. By default they are named by what they do, and by the runtime if
    /// it has a name.
    pub fn thread_name(&mut self, val: impl Into<String>) -> &mut Self {
        self.inner.thread_name(val);
        self
    }

    /// The runtime's name.
    ///
    /// # Panics
    ///
    /// If it is blank.
    #[track_caller]
    pub fn name(&mut self, val: impl Into<String>) -> &mut Self {
        let name = val.into();
        assert!(!name.trim().is_empty(), "runtime name shouldn't be empty");
        self.inner.name(name);
        self
    }

    /// Names each thread.
    pub fn thread_name_fn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.inner.thread_name_fn(f);
        self
    }

    /// The threads' stacks, in bytes.
    pub fn thread_stack_size(&mut self, val: usize) -> &mut Self {
        self.inner.thread_stack_size(val);
        self
    }

    /// Called by each thread when it starts.
    pub fn on_thread_start<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_start(f);
        self
    }

    /// Called by each thread before it ends.
    pub fn on_thread_stop<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_stop(f);
        self
    }

    /// Called by a worker before it sleeps.
    pub fn on_thread_park<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_park(f);
        self
    }

    /// Called by a worker after it slept.
    pub fn on_thread_unpark<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_unpark(f);
        self
    }

    /// How long an idle blocking thread is kept.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.inner.thread_keep_alive(duration);
        self
    }

    /// Without effect: heist's workers look as often as it is worth it.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn global_queue_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "global_queue_interval must be greater than 0");
        self
    }

    /// Without effect: heist's workers look as often as it is worth it.
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[track_caller]
    pub fn event_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "event_interval must be greater than 0");
        self
    }

    /// Without effect: see [`event_interval`](Self::event_interval).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_tick must be non-zero");
        self
    }

    /// Without effect: see [`event_interval`](Self::event_interval).
    ///
    /// # Panics
    ///
    /// If it is 0.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_busy_tick must be non-zero");
        self
    }

    /// Whether the clock stands still from the start.
    #[cfg(feature = "test-util")]
    pub fn start_paused(&mut self, start_paused: bool) -> &mut Self {
        self.inner.start_paused(start_paused);
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// What the operating system answered, or which setting is wrong.
    pub fn build(&mut self) -> io::Result<Runtime> {
        self.prepare();
        let runtime = match self.current_thread {
            true => self.inner.build_current_thread(),
            false => self.inner.build(),
        };
        runtime.map(Runtime::from_heist)
    }

    /// Starts a runtime that stays on this thread.
    ///
    /// # Errors
    ///
    /// As [`build`](Self::build).
    ///
    /// # Panics
    ///
    /// If this is not a builder of current-thread runtimes.
    #[track_caller]
    pub fn build_local(&mut self, _options: LocalOptions) -> io::Result<LocalRuntime> {
        assert!(
            self.current_thread,
            "multi_thread is not supported for LocalRuntime"
        );
        self.prepare();
        self.inner.build_local().map(LocalRuntime::from_heist)
    }

    fn prepare(&mut self) {
        // Waiting for a channel there would be waiting for a task that cannot run.
        #[cfg(feature = "sync")]
        heist_sync::forbid_blocking_where(crate::context::drives);
        if let Some(workers) = self.workers.or_else(workers_by_environment) {
            self.inner.worker_threads(workers);
        }
        self.inner.extension(Settings {
            id: Id::next(),
            io: self.io,
            time: self.time,
        });
    }
}

fn workers_by_environment() -> Option<usize> {
    const NAME: &str = "TOKIO_WORKER_THREADS";
    let value = match env::var(NAME) {
        Ok(value) => value,
        Err(env::VarError::NotPresent) => return None,
        Err(error) => panic!("\"{NAME}\" must be valid unicode, error: {error}"),
    };
    match value.parse() {
        Ok(0) => panic!("\"{NAME}\" cannot be set to 0"),
        Ok(workers) => Some(workers),
        Err(error) => panic!("\"{NAME}\" must be usize, error: {error}, value: {value}"),
    }
}

#[cfg(feature = "rt-multi-thread")]
impl Runtime {
    /// A multi-thread runtime with everything enabled.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }
}

impl LocalRuntime {
    /// A local runtime with everything enabled.
    ///
    /// # Errors
    ///
    /// What the operating system answered.
    pub fn new() -> io::Result<Self> {
        Builder::new_current_thread()
            .enable_all()
            .build_local(LocalOptions::default())
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("current_thread", &self.current_thread)
            .field("io", &self.io)
            .field("time", &self.time)
            .field("inner", &self.inner)
            .finish()
    }
}
