//! `Builder`: tokio's settings and heist's.

use super::{Id, LocalOptions, LocalRuntime, Runtime};
use crate::context::Settings;
use std::time::Duration;
use std::{env, fmt, io};

/// Settings of a [`Runtime`].
///
/// heist's own settings are available through [`heist`](Self::heist).
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

    /// Creates a builder for a runtime whose tasks run on the thread that is in `block_on`.
    pub fn new_current_thread() -> Self {
        Self::new(true)
    }

    /// Creates a builder for a runtime whose tasks run on workers: by default one for each core, or
    /// the number in the environment variable `TOKIO_WORKER_THREADS`.
    #[cfg(feature = "rt-multi-thread")]
    pub fn new_multi_thread() -> Self {
        Self::new(false)
    }

    /// Returns heist's own builder, for the settings that tokio does not have: `stall_threshold`,
    /// `max_spare_workers`, `pin_workers`, `on_task_failure`. A setting made here has the same
    /// effect as the setting of the same name on this builder.
    pub fn heist(&mut self) -> &mut heist_runtime::Builder {
        &mut self.inner
    }

    /// Enables sockets, signals, processes and timers.
    pub fn enable_all(&mut self) -> &mut Self {
        self.io = true;
        self.time = true;
        self
    }

    /// Enables sockets, signals and processes.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    pub fn enable_io(&mut self) -> &mut Self {
        self.io = true;
        self
    }

    /// Enables timers.
    #[cfg(feature = "time")]
    pub fn enable_time(&mut self) -> &mut Self {
        self.time = true;
        self
    }

    /// Sets the number of workers.
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[track_caller]
    pub fn worker_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Worker threads cannot be set to 0");
        self.workers = Some(val);
        self
    }

    /// Sets the maximum number of threads that run blocking closures.
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[track_caller]
    pub fn max_blocking_threads(&mut self, val: usize) -> &mut Self {
        assert!(val > 0, "Max blocking threads cannot be set to 0");
        self.inner.max_blocking_threads(val);
        self
    }

    /// Sets one name for all threads. By default a thread's name consists of its role and the
    /// runtime's name, if there is one.
    pub fn thread_name(&mut self, val: impl Into<String>) -> &mut Self {
        self.inner.thread_name(val);
        self
    }

    /// Sets the runtime's name.
    ///
    /// # Panics
    ///
    /// Panics if the name is blank.
    #[track_caller]
    pub fn name(&mut self, val: impl Into<String>) -> &mut Self {
        let name = val.into();
        assert!(!name.trim().is_empty(), "runtime name shouldn't be empty");
        self.inner.name(name);
        self
    }

    /// Sets the function that names each thread.
    pub fn thread_name_fn<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.inner.thread_name_fn(f);
        self
    }

    /// Sets the size of the threads' stacks, in bytes.
    pub fn thread_stack_size(&mut self, val: usize) -> &mut Self {
        self.inner.thread_stack_size(val);
        self
    }

    /// Sets the function that each thread calls when it starts.
    pub fn on_thread_start<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_start(f);
        self
    }

    /// Sets the function that each thread calls before it ends.
    pub fn on_thread_stop<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_stop(f);
        self
    }

    /// Sets the function that a worker calls before it sleeps.
    pub fn on_thread_park<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_park(f);
        self
    }

    /// Sets the function that a worker calls after it has slept.
    pub fn on_thread_unpark<F>(&mut self, f: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.inner.on_thread_unpark(f);
        self
    }

    /// Sets how long an idle blocking thread is kept.
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.inner.thread_keep_alive(duration);
        self
    }

    /// Has no effect: heist's workers adapt this interval themselves.
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[track_caller]
    pub fn global_queue_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "global_queue_interval must be greater than 0");
        self
    }

    /// Has no effect: heist's workers adapt this interval themselves.
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[track_caller]
    pub fn event_interval(&mut self, val: u32) -> &mut Self {
        assert!(val > 0, "event_interval must be greater than 0");
        self
    }

    /// Has no effect; see [`event_interval`](Self::event_interval).
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    #[track_caller]
    pub fn max_io_events_per_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_tick must be non-zero");
        self
    }

    /// Has no effect; see [`event_interval`](Self::event_interval).
    ///
    /// # Panics
    ///
    /// Panics if it is 0.
    #[cfg(any(feature = "net", feature = "process", feature = "signal"))]
    #[track_caller]
    pub fn max_io_events_per_busy_tick(&mut self, capacity: usize) -> &mut Self {
        assert!(capacity > 0, "max_io_events_per_busy_tick must be non-zero");
        self
    }

    /// Sets whether the clock is paused from the start.
    #[cfg(feature = "test-util")]
    pub fn start_paused(&mut self, start_paused: bool) -> &mut Self {
        self.inner.start_paused(start_paused);
        self
    }

    /// Starts the runtime.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system, or an error that names an invalid setting.
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
    /// See [`build`](Self::build).
    ///
    /// # Panics
    ///
    /// Panics if this is not a builder of current-thread runtimes.
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
        // Blocking on a channel there would wait for a task that cannot run.
        #[cfg(feature = "sync")]
        heist_sync::forbid_blocking_where(crate::context::is_driving);
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
    /// Starts a multi-thread runtime with everything enabled.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
    pub fn new() -> io::Result<Self> {
        Builder::new_multi_thread().enable_all().build()
    }
}

impl LocalRuntime {
    /// Starts a local runtime with everything enabled.
    ///
    /// # Errors
    ///
    /// Returns the error of the operating system.
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
