//! `Builder`: the settings of a runtime, all checked before a thread is started.

use super::accompanied::{MakeCompanion, Starting};
use super::build_error::BuildError;
use super::lifecycle::Runtime;
use super::local::LocalRuntime;
use super::start::Settings;
use super::thread_maker::ThreadName;
use crate::blocking::Limits;
use crate::inheritance::Cores;
use crate::named_error::NamedError;
use crate::scheduler::{Companion, Extension, Flavor, Hook, SleepHooks};
use crate::tasks::{FailureHook, Failures, TaskFailure, UnhandledPanic};
use crate::timers::Clock;
use std::any::Any;
use std::num::NonZero;
use std::sync::Arc;
use std::time::Duration;
use std::{fmt, io, thread};

/// More workers than any machine has cores. It also bounds what the registry's keys must hold.
const MAX_WORKERS: usize = 32_768;

/// With smaller stacks, threads overflow before they run a task.
const MIN_STACK: usize = 16 * 1024;

/// The default of std's threads.
const DEFAULT_STACK: usize = 2 * 1024 * 1024;

/// The default of tokio. Blocking threads mostly wait, so there may be many more than cores.
const DEFAULT_MAX_BLOCKING: usize = 512;

/// Long enough that a regular trickle of blocking work does not start a thread each time.
const DEFAULT_KEEP_ALIVE: Duration = Duration::from_secs(10);

/// More threads than any system runs well.
const MAX_SPARES: usize = 4096;

/// This many tasks may block at once before others wait. Spare workers mostly wait too, so there
/// may be many more than cores.
const DEFAULT_MAX_SPARES: usize = 256;

/// Long compared with any poll that does not block, and too short for a user to notice.
const DEFAULT_STALL_THRESHOLD: Duration = Duration::from_millis(1);

/// A watchdog that checks more often than this would use too much CPU time.
const MIN_STALL_THRESHOLD: Duration = Duration::from_micros(100);

/// Settings for a [`Runtime`].
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Builder::new()
///     .worker_threads(2)
///     .thread_name("my-server")
///     .build()?;
/// runtime.block_on(async { println!("hello") });
/// # std::io::Result::Ok(())
/// ```
pub struct Builder {
    worker_threads: Option<usize>,
    name: Option<Arc<str>>,
    thread_name: ThreadName,
    thread_stack_size: usize,
    on_thread_start: Option<Hook>,
    on_thread_stop: Option<Hook>,
    on_sleep: SleepHooks,
    pin_workers: bool,
    max_blocking_threads: usize,
    thread_keep_alive: Duration,
    max_spare_workers: usize,
    stall_threshold: Option<Duration>,
    on_task_failure: Option<FailureHook>,
    unhandled_panic: UnhandledPanic,
    extension: Option<Extension>,
    companion: Option<MakeCompanion>,
    #[cfg(feature = "test-util")]
    start_paused: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// Creates a builder with the default settings: one worker for each core that the process may
    /// use.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().build()?;
    /// let cores = std::thread::available_parallelism()?.get();
    /// assert_eq!(runtime.handle().metrics().num_workers(), cores);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> Self {
        Self {
            worker_threads: None,
            name: None,
            thread_name: ThreadName::ByRole,
            thread_stack_size: DEFAULT_STACK,
            on_thread_start: None,
            on_thread_stop: None,
            on_sleep: SleepHooks::default(),
            pin_workers: false,
            max_blocking_threads: DEFAULT_MAX_BLOCKING,
            thread_keep_alive: DEFAULT_KEEP_ALIVE,
            max_spare_workers: DEFAULT_MAX_SPARES,
            stall_threshold: Some(DEFAULT_STALL_THRESHOLD),
            on_task_failure: None,
            unhandled_panic: UnhandledPanic::Report,
            extension: None,
            companion: None,
            #[cfg(feature = "test-util")]
            start_paused: false,
        }
    }

    /// Sets how many workers poll tasks: 1 to 32,768. The default is the number that
    /// [`std::thread::available_parallelism`] returns, which honours CPU quotas and affinity.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().worker_threads(4).build()?;
    /// assert_eq!(runtime.handle().metrics().num_workers(), 4);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn worker_threads(&mut self, workers: usize) -> &mut Self {
        self.worker_threads = Some(workers);
        self
    }

    /// Sets the runtime's name, for programs that have several runtimes. [`Handle::name`] and the
    /// dump return it, reports of stalls and failures include it, and the threads are called
    /// `NAME-worker-0` and so on unless they are named otherwise (Linux shows the first 15 bytes).
    /// By default the runtime has no name.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().name("web").build()?;
    /// assert_eq!(runtime.handle().name(), Some("web"));
    /// let thread = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert!(runtime.block_on(thread).unwrap().unwrap().starts_with("web-worker-"));
    /// # std::io::Result::Ok(())
    /// ```
    ///
    /// [`Handle::name`]: super::Handle::name
    pub fn name(&mut self, name: impl Into<String>) -> &mut Self {
        self.name = Some(name.into().into());
        self
    }

    /// Sets one name for all of the runtime's threads. By default they are called `heist-worker-0`,
    /// `heist-blocking-0` and so on, and `heist-watchdog`; in a runtime with a [name](Self::name),
    /// that name replaces `heist`.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().thread_name("web").build()?;
    /// let name = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert_eq!(runtime.block_on(name).unwrap().as_deref(), Some("web"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_name(&mut self, name: impl Into<String>) -> &mut Self {
        self.thread_name = ThreadName::Same(name.into());
        self
    }

    /// Sets a function that names each of the runtime's threads when it is started.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
    ///
    /// let next = AtomicUsize::new(0);
    /// let runtime = heist::runtime::Builder::new()
    ///     .thread_name_fn(move || format!("web-{}", next.fetch_add(1, Relaxed)))
    ///     .build()?;
    /// let name = runtime.spawn(async { std::thread::current().name().map(str::to_owned) });
    /// assert!(runtime.block_on(name).unwrap().unwrap().starts_with("web-"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_name_fn<F>(&mut self, name: F) -> &mut Self
    where
        F: Fn() -> String + Send + Sync + 'static,
    {
        self.thread_name = ThreadName::Made(Arc::new(name));
        self
    }

    /// Sets the stack size of the runtime's threads, in bytes: at least 16 KiB, by default 2 MiB.
    /// The operating system may round it up.
    ///
    /// # Examples
    ///
    /// ```
    /// fn depth(levels: u64) -> u64 {
    ///     let level = std::hint::black_box([1; 128]); // a KiB
    ///     if levels == 1 { 1 } else { level[0] + depth(levels - 1) }
    /// }
    ///
    /// let runtime = heist::runtime::Builder::new().thread_stack_size(64 << 20).build()?;
    /// let deep = runtime.spawn(async { depth(10_000) });
    /// assert_eq!(runtime.block_on(deep).unwrap(), 10_000);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_stack_size(&mut self, bytes: usize) -> &mut Self {
        self.thread_stack_size = bytes;
        self
    }

    /// Sets a function that each worker and blocking thread calls when it starts. A panic in it is
    /// reported by the panic hook and otherwise ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, started) = std::sync::mpsc::channel();
    /// let runtime = heist::runtime::Builder::new()
    ///     .worker_threads(2)
    ///     .on_thread_start(move || sender.send(std::thread::current().id()).unwrap())
    ///     .build()?;
    /// assert_ne!(started.recv(), started.recv());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_start<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_thread_start = Some(Arc::new(hook));
        self
    }

    /// Sets a function that each worker and blocking thread calls before it ends. Otherwise like
    /// [`on_thread_start`](Self::on_thread_start).
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, stopped) = std::sync::mpsc::channel();
    /// let runtime = heist::runtime::Builder::new()
    ///     .worker_threads(2)
    ///     .on_thread_stop(move || sender.send(std::thread::current().id()).unwrap())
    ///     .build()?;
    /// drop(runtime);
    /// assert_eq!(stopped.iter().count(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_stop<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_thread_stop = Some(Arc::new(hook));
        self
    }

    /// Sets a function that a worker calls before it sleeps because it has no tasks. If the
    /// function spawns tasks, the worker does not sleep. A panic in it is reported by the panic
    /// hook and otherwise ignored.
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, parked) = std::sync::mpsc::channel();
    /// let runtime = heist::runtime::Builder::new()
    ///     .on_thread_park(move || drop(sender.send(std::thread::current().id())))
    ///     .build()?;
    /// assert_ne!(parked.recv().unwrap(), std::thread::current().id());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_park<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_sleep.before = Some(Arc::new(hook));
        self
    }

    /// Sets a function that a worker calls when it is awake again. Otherwise like
    /// [`on_thread_park`](Self::on_thread_park).
    ///
    /// # Examples
    ///
    /// ```
    /// let (sender, unparked) = std::sync::mpsc::channel();
    /// let runtime = heist::runtime::Builder::new()
    ///     .on_thread_unpark(move || drop(sender.send(std::thread::current().id())))
    ///     .build()?;
    /// while unparked.try_recv().is_err() {
    ///     runtime.block_on(runtime.spawn(async {}))?; // wakes one, if it has fallen asleep by now
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_thread_unpark<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn() + Send + Sync + 'static,
    {
        self.on_sleep.after = Some(Arc::new(hook));
        self
    }

    /// Sets whether each worker is bound to a core of its own, chosen among those that the process
    /// may use. Off by default: on a machine shared with other work the kernel places threads
    /// better. With more workers than cores, cores are shared. Spare workers are not bound, since
    /// the worker that they stand in for still occupies its core. On FreeBSD and NetBSD threads
    /// that a bound worker starts, such as those for blocking closures, share its core.
    ///
    /// # Examples
    ///
    /// ```
    /// # #[cfg(target_os = "linux")] {
    /// let runtime = heist::runtime::Builder::new()
    ///     .pin_workers(true)
    /// #   .max_spare_workers(0)
    ///     .build()?;
    /// let cores = runtime.spawn(async { std::thread::available_parallelism() });
    /// assert_eq!(runtime.block_on(cores).unwrap()?.get(), 1);
    /// # }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn pin_workers(&mut self, pin: bool) -> &mut Self {
        self.pin_workers = pin;
        self
    }

    /// Sets how many threads [`spawn_blocking`](crate::spawn_blocking) may start: at least 1, by
    /// default 512. Workers do not count.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new().max_blocking_threads(1).build()?;
    /// let one = runtime.spawn_blocking(|| std::thread::current().id());
    /// let other = runtime.spawn_blocking(|| std::thread::current().id());
    /// assert_eq!(runtime.block_on(one).unwrap(), runtime.block_on(other).unwrap());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn max_blocking_threads(&mut self, threads: usize) -> &mut Self {
        self.max_blocking_threads = threads;
        self
    }

    /// Sets how long an idle blocking thread is kept; by default 10 s.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{thread, time::Duration};
    ///
    /// let runtime =
    ///     heist::runtime::Builder::new().thread_keep_alive(Duration::from_millis(1)).build()?;
    /// runtime.block_on(runtime.spawn_blocking(|| ())).unwrap();
    /// while runtime.handle().metrics().num_blocking_threads() > 0 {
    ///     thread::yield_now(); // it ends soon
    /// }
    /// # std::io::Result::Ok(())
    /// ```
    pub fn thread_keep_alive(&mut self, duration: Duration) -> &mut Self {
        self.thread_keep_alive = duration;
        self
    }

    /// Sets how many workers may be started besides the regular ones, to run tasks while regular
    /// workers are stalled in tasks that block: at most 4,096, by default 256; 0 disables this.
    /// They are started one by one when they are needed, and end when they have not been needed for
    /// the [keep-alive time](Self::thread_keep_alive). When all of them are stalled, which is
    /// reported once, tasks wait for a worker that makes progress.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Builder::new()
    ///     .worker_threads(1)
    ///     .max_spare_workers(1)
    ///     .build()?;
    /// # let (_release, released) = std::sync::mpsc::channel::<()>();
    /// runtime.spawn(async move { drop(released.recv()) }); // keeps the worker
    /// let other = runtime.spawn(async { 1 + 1 }); // runs all the same
    /// assert_eq!(runtime.block_on(other).unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn max_spare_workers(&mut self, workers: usize) -> &mut Self {
        self.max_spare_workers = workers;
        self
    }

    /// Sets how long a worker may be in one poll of a task before it counts as stalled and other
    /// threads take over its work: at least 100 µs, by default 1 ms. A worker whose thread waits is
    /// noticed after half to two and a half times that; one that computes, after about three times.
    ///
    /// The thread that checks is started within a millisecond. If the system refuses it, that is
    /// reported once, and attempted again.
    ///
    /// `None` disables the checks. A task that blocks then holds up its worker's timers and [pinned
    /// tasks](crate::task::spawn_pinned), and the task that it has spawned or woken last; workers
    /// that have nothing to do take the others. If all workers are stalled everything stops, as on
    /// other runtimes; except in [`block_in_place`](crate::task::block_in_place), `block_on` and
    /// the like, which announce that they block.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{thread::sleep, time::Duration};
    ///
    /// let runtime = heist::runtime::Builder::new().stall_threshold(None).build()?;
    /// runtime.block_on(runtime.spawn(async { sleep(Duration::from_millis(20)) })).unwrap();
    /// assert!(runtime.handle().stalls().is_empty());
    /// # std::io::Result::Ok(())
    /// ```
    pub fn stall_threshold(&mut self, threshold: impl Into<Option<Duration>>) -> &mut Self {
        self.stall_threshold = threshold.into();
        self
    }

    /// Sets a function that is called for each task, and each closure given to
    /// [`spawn_blocking`](crate::spawn_blocking), that failed and that nothing can await any more,
    /// because its handle was dropped before or after the failure. It is called once for each, on
    /// the thread where the output is dropped. A panic in it is reported by the panic hook and
    /// otherwise ignored.
    ///
    /// By default a line is written to standard error, or with the feature `tracing` an event of
    /// level error is sent to the program's `tracing` subscriber.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::sync::mpsc;
    ///
    /// let (sender, failures) = mpsc::channel();
    /// let runtime = heist::runtime::Builder::new()
    ///     .on_task_failure(move |failure| {
    ///         let _ = sender.send(format!("{}: {failure}", failure.location().line()));
    ///     })
    ///     .build()?;
    /// runtime.spawn(async { panic!("oh") });
    /// assert!(failures.recv().unwrap().contains("panicked: oh"));
    /// # std::io::Result::Ok(())
    /// ```
    pub fn on_task_failure<F>(&mut self, hook: F) -> &mut Self
    where
        F: Fn(&TaskFailure<'_>) + Send + Sync + 'static,
    {
        self.on_task_failure = Some(Arc::new(hook));
        self
    }

    /// Sets a value that the runtime carries for code that builds on it, available from
    /// [`Handle::extension`](super::Handle::extension). A runtime has one such value; setting
    /// another replaces it.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::runtime::Handle;
    ///
    /// struct Region(&'static str);
    ///
    /// let runtime = heist::runtime::Builder::new().extension(Region("eu")).build()?;
    /// let region = runtime.block_on(async { Handle::current().extension::<Region>().unwrap().0 });
    /// assert_eq!(region, "eu");
    /// # std::io::Result::Ok(())
    /// ```
    pub fn extension<T: Any + Send + Sync>(&mut self, value: T) -> &mut Self {
        self.extension = Some(Arc::new(value));
        self
    }

    /// Sets the function that creates a companion for each runtime that is built. For heist's own
    /// packages.
    #[doc(hidden)]
    pub fn companion<F>(&mut self, make: F) -> &mut Self
    where
        F: Fn(Starting) -> io::Result<Arc<dyn Companion>> + Send + Sync + 'static,
    {
        self.companion = Some(Arc::new(make));
        self
    }

    /// Sets what happens when a task panics that nothing can await any more. By default the panic
    /// is reported; see [`on_task_failure`](Self::on_task_failure).
    ///
    /// # Examples
    ///
    /// ```should_panic
    /// use heist::task::UnhandledPanic;
    ///
    /// let runtime = heist::runtime::Builder::new()
    ///     .unhandled_panic(UnhandledPanic::ShutdownRuntime)
    ///     .build()
    ///     .unwrap();
    /// runtime.block_on(async {
    ///     heist::spawn(async { panic!("not to be survived") });
    ///     std::future::pending::<()>().await; // panics when the runtime shuts down
    /// });
    /// ```
    pub fn unhandled_panic(&mut self, action: UnhandledPanic) -> &mut Self {
        self.unhandled_panic = action;
        self
    }

    /// Sets whether the runtime's clock is paused from the start; see
    /// [`time::pause`](crate::time::pause). Feature `test-util` only.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Instant, sleep};
    ///
    /// let runtime = heist::runtime::Builder::new().start_paused(true).build()?;
    /// runtime.block_on(async {
    ///     let start = Instant::now();
    ///     sleep(Duration::from_secs(3600)).await; // takes no time
    ///     assert_eq!(start.elapsed(), Duration::from_secs(3600));
    /// });
    /// # std::io::Result::Ok(())
    /// ```
    #[cfg(feature = "test-util")]
    pub fn start_paused(&mut self, paused: bool) -> &mut Self {
        self.start_paused = paused;
        self
    }

    /// Starts a runtime.
    ///
    /// # Errors
    ///
    /// Returns a [`BuildError`] (of kind `InvalidInput`) that names an invalid setting, or the
    /// operating system's error if it provides no threads or no poller.
    ///
    /// # Examples
    ///
    /// ```
    /// let error = heist::runtime::Builder::new().worker_threads(0).build().unwrap_err();
    /// assert_eq!(error.kind(), std::io::ErrorKind::InvalidInput);
    /// assert_eq!(error.to_string(), "worker_threads must be from 1 to 32768, but is 0");
    /// ```
    pub fn build(&self) -> io::Result<Runtime> {
        let workers = self.check()?;
        let cores = self.pin_workers.then(Cores::allowed).transpose();
        let cores = cores.map_err(|error| NamedError::about("pin_workers", error))?;
        Runtime::start(Settings {
            cores,
            ..self.settings(workers, Flavor::MultiThread)
        })
    }

    /// Starts a runtime without workers: its tasks run on the thread that is in
    /// [`Runtime::block_on`], in the order in which they are spawned and woken.
    ///
    /// Tasks that block are not noticed, and no other thread can take over the work:
    /// [`worker_threads`](Self::worker_threads), [`pin_workers`](Self::pin_workers),
    /// [`max_spare_workers`](Self::max_spare_workers) and
    /// [`stall_threshold`](Self::stall_threshold) have no effect, and tasks cannot be pinned. This
    /// is for tests and small programs, and for environments where only one thread may be used.
    /// Sockets and timers are only served in `block_on`.
    /// [`Handle::block_on`](super::Handle::block_on) runs no tasks; called in a task, it waits
    /// forever for anything that only other tasks could do.
    ///
    /// # Errors
    ///
    /// The same as [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// ```
    /// use std::thread;
    ///
    /// let runtime = heist::runtime::Builder::new().build_current_thread()?;
    /// let here = runtime.block_on(async {
    ///     heist::spawn(async { thread::current().id() }).await.unwrap()
    /// });
    /// assert_eq!(here, thread::current().id());
    /// # std::io::Result::Ok(())
    /// ```
    #[doc(alias = "new_current_thread")]
    pub fn build_current_thread(&self) -> io::Result<Runtime> {
        self.build_without_workers(Flavor::CurrentThread)
    }

    /// Starts a runtime like [`build_current_thread`](Self::build_current_thread), for tasks that
    /// need not be `Send`: the runtime stays on the current thread.
    ///
    /// # Errors
    ///
    /// The same as [`build`](Self::build).
    ///
    /// # Examples
    ///
    /// See [`LocalRuntime`].
    pub fn build_local(&self) -> io::Result<LocalRuntime> {
        let here = thread::current().id();
        let runtime = self.build_without_workers(Flavor::Local(here))?;
        Ok(LocalRuntime::new(runtime))
    }

    fn build_without_workers(&self, flavor: Flavor) -> io::Result<Runtime> {
        let cores = self.check()?;
        let mut settings = self.settings(1, flavor);
        settings.blocking.cores = cores;
        settings.max_spares = 0;
        settings.stall_threshold = None;
        Runtime::start(settings)
    }

    fn settings(&self, workers: usize, flavor: Flavor) -> Settings {
        Settings {
            workers,
            name: self.name.clone(),
            thread_name: self.thread_name.clone(),
            stack_size: self.thread_stack_size,
            on_thread_start: self.on_thread_start.clone(),
            on_thread_stop: self.on_thread_stop.clone(),
            on_sleep: self.on_sleep.clone(),
            cores: None,
            blocking: Limits {
                max_threads: self.max_blocking_threads,
                cores: workers,
                keep_alive: self.thread_keep_alive,
            },
            max_spares: self.max_spare_workers,
            stall_threshold: self.stall_threshold,
            failures: Failures::new(
                self.on_task_failure.clone(),
                self.unhandled_panic,
                self.name.clone(),
            ),
            #[cfg(feature = "test-util")]
            clock: Clock::new(self.start_paused),
            #[cfg(not(feature = "test-util"))]
            clock: Clock,
            flavor,
            extension: self.extension.clone(),
            companion: self.companion.clone(),
        }
    }

    fn check(&self) -> Result<usize, BuildError> {
        let workers = match self.worker_threads {
            Some(workers) => workers,
            // Unknown on some platforms, where one worker always works.
            None => thread::available_parallelism()
                .map_or(1, NonZero::get)
                .min(MAX_WORKERS),
        };
        let invalid = |setting, value: &dyn fmt::Display, problem| {
            Err(BuildError::new(setting, value, problem))
        };
        if workers == 0 || workers > MAX_WORKERS {
            return invalid("worker_threads", &workers, "must be from 1 to 32768");
        }
        let stack_size = self.thread_stack_size;
        if stack_size < MIN_STACK {
            return invalid(
                "thread_stack_size",
                &stack_size,
                "must be at least 16384 bytes",
            );
        }
        if self.max_blocking_threads == 0 {
            return invalid("max_blocking_threads", &0, "must be at least 1");
        }
        let spares = self.max_spare_workers;
        if spares > MAX_SPARES {
            return invalid("max_spare_workers", &spares, "must be at most 4096");
        }
        if let Some(threshold) = self
            .stall_threshold
            .filter(|time| *time < MIN_STALL_THRESHOLD)
        {
            return invalid(
                "stall_threshold",
                &format_args!("{threshold:?}"),
                "must be at least 100 µs",
            );
        }
        let name = self.name.as_deref();
        if let Some(name) = name.filter(|name| name.trim().is_empty()) {
            return invalid("name", &format_args!("{name:?}"), "must not be blank");
        }
        let thread_name = match &self.thread_name {
            ThreadName::Same(name) => Some(name.as_str()),
            ThreadName::ByRole | ThreadName::Made(_) => None,
        };
        for (setting, name) in [("name", name), ("thread_name", thread_name)] {
            if let Some(name) = name.filter(|name| name.contains('\0')) {
                return Err(BuildError::nul_in_name(setting, name));
            }
        }
        Ok(workers)
    }
}

impl Runtime {
    /// Starts a runtime with default settings; see [`Builder`].
    ///
    /// # Errors
    ///
    /// Returns the operating system's error if it provides no threads or no poller.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// assert_eq!(runtime.block_on(async { 1 + 1 }), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn new() -> io::Result<Self> {
        Builder::new().build()
    }
}

impl fmt::Debug for Builder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("name", &self.name)
            .field("worker_threads", &self.worker_threads)
            .field("thread_stack_size", &self.thread_stack_size)
            .field("pin_workers", &self.pin_workers)
            .field("max_blocking_threads", &self.max_blocking_threads)
            .field("thread_keep_alive", &self.thread_keep_alive)
            .finish_non_exhaustive()
    }
}
