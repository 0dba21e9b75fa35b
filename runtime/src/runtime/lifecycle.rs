//! `Runtime`: starts all threads and ends them, with the settings from `builder`.
//!
//! The owner of the `Runtime` starts and ends it; the threads run in between.
//!
//! Invariant: when a shutdown that waits returns, every task has been dropped, once, and every
//! thread has been joined.

use super::accompanied::{Accompanied, MakeCompanion};
use super::context::{self, EnterGuard};
use super::current_thread::CurrentThread;
use super::handle::Handle;
use super::thread_maker::{ThreadMaker, ThreadName};
use crate::alarm::Alarm;
use crate::blocking::{BlockingPool, Limits, StartThread, Starter};
use crate::inheritance::{self, Cores};
use crate::panics;
use crate::platform::{OwnThread, Setting};
use crate::poller::Driver;
use crate::scheduler::{
    Extension, Flavor, Hook, LocalWorker, Membership, Seat, Setup, Shared, SleepHooks, Spares,
    StartSpare, StartWatchdog, is_own_thread,
};
use crate::sync::lock::Mutex;
use crate::tasks::{Failures, JoinHandle, large_closure, large_future};
use crate::thread_count::ThreadCount;
use crate::timers::Clock;
use crate::waking::register_own_vtable;
use crate::watchdog::{Stalls, Thresholds, Watchdog};
use std::any::Any;
use std::error::Error;
use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};
use std::{fmt, io, mem, thread};

/// After this time, workers that have not ended may be waiting for work that they should do
/// themselves. Short enough to be acceptable, and long enough that usually all have ended.
const SOON: Duration = Duration::from_millis(10);

/// The parts of a runtime, checked by the `Builder`.
pub(crate) struct Settings {
    pub(crate) workers: usize,
    pub(crate) name: Option<Arc<str>>,
    pub(super) thread_name: ThreadName,
    pub(crate) stack_size: usize,
    pub(crate) on_thread_start: Option<Hook>,
    pub(crate) on_thread_stop: Option<Hook>,
    pub(crate) on_sleep: SleepHooks,
    /// The cores to bind workers to.
    pub(crate) cores: Option<Vec<Cores>>,
    pub(crate) blocking: Limits,
    pub(crate) max_spares: usize,
    /// `None`: no watchdog checks whether the workers make progress.
    pub(crate) stall_threshold: Option<Duration>,
    pub(crate) failures: Failures,
    pub(crate) clock: Clock,
    pub(crate) flavor: Flavor,
    pub(crate) extension: Option<Extension>,
    pub(super) companion: Option<MakeCompanion>,
}

/// An async runtime: its workers, watchdog, timers and blocking threads.
///
/// Several runtimes may exist at once. Dropping a runtime shuts it down: every task is dropped at
/// its next point of suspension, and the drop waits for that and for the closures that
/// [`spawn_blocking`](crate::spawn_blocking) has accepted, however long they take;
/// [`shutdown_timeout`](Self::shutdown_timeout) and
/// [`shutdown_background`](Self::shutdown_background) do not. If it is dropped on one of its own
/// threads it does not wait, since that thread could not end in the meantime.
///
/// Timers continue to fire after that: a destructor, a closure or another thread in
/// [`block_on`](Handle::block_on) gets its `sleep`, its `timeout` and its ticks as before. All
/// other waits end: tasks are cancelled, and sockets return errors. A closure that would run
/// forever can check [`Handle::shutdown_token`].
///
/// A child process that is forked and continues without `exec` has none of the runtime's threads.
/// In it, `block_on` panics, and the drop does nothing; the child may start a runtime of its own.
/// (This holds on Linux; elsewhere both wait forever.)
///
/// # Examples
///
/// ```
/// let runtime = heist::runtime::Runtime::new()?;
/// let sum = runtime.block_on(async {
///     let task = heist::spawn(async { 1 + 2 });
///     task.await.unwrap()
/// });
/// assert_eq!(sum, 3);
/// # std::io::Result::Ok(())
/// ```
pub struct Runtime {
    handle: Handle,
    threads: Vec<thread::JoinHandle<()>>,
    /// The workers and the watchdog that have not ended.
    running: Arc<ThreadCount>,
    watchdog: WatchdogThread,
    /// Present if the runtime's tasks run on the thread that is in `block_on`.
    current_thread: Option<CurrentThread>,
    /// The deadline until which the drop waits for the threads, or `None` for no limit.
    deadline: Option<Instant>,
    /// Dropped last.
    accompanied: Option<Accompanied>,
}

/// The thread of the watchdog, once it has been started.
type WatchdogThread = Arc<Mutex<Option<thread::JoinHandle<()>>>>;

impl Runtime {
    pub(crate) fn start(settings: Settings) -> io::Result<Self> {
        register_own_vtable(&super::block_on::VTABLE);
        let maker = Arc::new(ThreadMaker {
            runtime: settings.name.clone(),
            naming: settings.thread_name,
            stack_size: settings.stack_size,
            on_start: settings.on_thread_start,
            on_stop: settings.on_thread_stop,
        });
        let accompanied = settings.companion.as_ref();
        let accompanied = accompanied.map(Accompanied::start).transpose()?;
        let failures = Arc::new(settings.failures);
        let clock = settings.clock;
        let driver = Driver::new(clock.clone())?;
        let running = ThreadCount::new();
        let watchdog = WatchdogThread::default();
        let thresholds = settings.stall_threshold.map(Thresholds::new);
        // Without a watchdog there is no roll call either.
        let cadence = thresholds
            .unwrap_or(Thresholds::new(Duration::MAX))
            .cadence();
        let stalls = Arc::new(Stalls::new());
        let start_watchdog = thresholds.map(|thresholds| {
            let (maker, running) = (maker.clone(), running.clone());
            watchdog_thread(maker, running, watchdog.clone(), stalls.clone(), thresholds)
        });
        // The last worker can only keep the first watch if nothing holds it up, and other workers
        // lead the poller and run the first tasks meanwhile.
        let is_watched_first = settings.workers > 1
            && !maker.user_goes_first()
            && settings.on_sleep.is_empty()
            && settings.cores.is_none();
        let (at_once, by_last_worker) = match is_watched_first {
            true => (None, start_watchdog),
            false => (start_watchdog, None),
        };
        let setup = Setup {
            workers: settings.workers,
            name: settings.name,
            driver,
            alarm: Alarm::new()?,
            failures: failures.clone(),
            is_watched: thresholds.is_some(),
            start_watchdog: by_last_worker,
            cadence,
            topology: OwnThread::topology,
            on_sleep: settings.on_sleep,
            flavor: settings.flavor,
            extension: settings.extension,
            stall_log: stalls,
            companion: accompanied.as_ref().map(Accompanied::companion),
        };
        let (shared, seats) = Shared::new(setup, |shared, draining| {
            let runtime = shared.clone();
            failures.set_end_runtime(move || {
                if let Some(runtime) = runtime.upgrade() {
                    runtime.begin_shutdown();
                }
            });
            let keep_alive = settings.blocking.keep_alive;
            let by_user = maker.runs_user_code();
            let start_spare = spare_threads(maker.clone(), running.clone(), shared.clone());
            let starter = Starter {
                calls_user: by_user,
                user_goes_first: maker.user_goes_first(),
                keep_runtime: Box::new({
                    let shared = shared.clone();
                    move || Some(shared.upgrade()? as Arc<dyn Any + Send + Sync>)
                }),
                start: blocking_threads(maker.clone(), shared),
            };
            (
                BlockingPool::new(settings.blocking, failures, clock, draining, starter),
                Spares::new(settings.max_spares, keep_alive, start_spare, by_user),
            )
        });
        let mut runtime = Self {
            handle: Handle::new(shared.clone()),
            threads: Vec::with_capacity(settings.workers),
            running,
            watchdog,
            current_thread: None,
            deadline: None,
            accompanied,
        };
        for (index, seat) in seats.into_iter().enumerate() {
            if settings.flavor.is_current_thread() {
                runtime.current_thread = Some(CurrentThread::new(seat));
                break;
            }
            let core = settings
                .cores
                .as_ref()
                .map(|cores| cores[index % cores.len()].clone());
            // On failure, dropping `runtime` ends the threads started so far.
            runtime.start_worker(&maker, seat, index, core)?;
        }
        if let Some(start_watchdog) = at_once {
            start_watchdog(shared)?;
        }
        if let Some(accompanied) = &runtime.accompanied {
            accompanied.started(&runtime.handle);
        }
        Ok(runtime)
    }

    fn start_worker(
        &mut self,
        maker: &ThreadMaker,
        seat: Seat,
        index: usize,
        core: Option<Cores>,
    ) -> io::Result<()> {
        let shared = self.handle.shared().clone();
        let membership = Membership::new(Arc::downgrade(&shared), self.running.count());
        let first = move || shared.adopt_thread(index);
        let handle = self.handle.clone();
        let body = move || {
            if let Some(core) = core {
                core.bind_current_thread();
            }
            context::run_own_thread(handle, || seat.run());
        };
        let role = format!("worker-{index}");
        let thread = maker.start_hooked(&role, membership, first, body)?;
        self.threads.push(thread);
        Ok(())
    }

    /// Runs a future to completion on the current thread, within this runtime.
    ///
    /// Tasks that it spawns run on the workers, and continue after it has returned, until the
    /// runtime is dropped. Tasks of a [current-thread
    /// runtime](super::Builder::build_current_thread) run on the thread that is in this function,
    /// one such thread at a time, and do not run while there is none.
    ///
    /// In a task, of this runtime or another, it works like
    /// [`block_in_place`](crate::task::block_in_place).
    ///
    /// # Panics
    ///
    /// Resumes a panic of the future.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let (one, two) = (1, 2); // may be borrowed
    /// let sum = runtime.block_on(async {
    ///     heist::spawn(async {}).await.unwrap();
    ///     &one + &two
    /// });
    /// assert_eq!(sum, 3);
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn block_on<F: Future>(&self, future: F) -> F::Output {
        large_future!(future: F => match &self.current_thread {
            Some(current_thread) => current_thread.block_on(&self.handle, future),
            None => self.handle.block_on(future),
        })
    }

    /// Starts a task; see [`spawn`](crate::spawn).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(async { "runs at once" });
    /// assert_eq!(runtime.block_on(task).unwrap(), "runs at once");
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn<F>(&self, future: F) -> JoinHandle<F::Output>
    where
        F: Future + Send + 'static,
        F::Output: Send + 'static,
    {
        large_future!(future: F => self.handle.spawn(future))
    }

    /// Starts a task whose error is reported if nothing awaits it; see
    /// [`spawn_try`](crate::spawn_try).
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// // It is not awaited, so its error is reported.
    /// runtime.spawn_try(async { std::fs::remove_file("no-such-file") });
    ///
    /// let task = runtime.spawn_try(async { "7".parse::<u32>() });
    /// assert_eq!(runtime.block_on(task).unwrap(), Ok(7));
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_try<F, T, E>(&self, future: F) -> JoinHandle<Result<T, E>>
    where
        F: Future<Output = Result<T, E>> + Send + 'static,
        T: Send + 'static,
        E: Into<Box<dyn Error + Send + Sync>> + Send + 'static,
    {
        large_future!(future: F => self.handle.spawn_try(future))
    }

    /// Runs a closure on a thread where it may block; see
    /// [`spawn_blocking`](crate::spawn_blocking).
    ///
    /// # Panics
    ///
    /// Panics if the operating system provides no thread to run it on.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let text = runtime.spawn_blocking(|| std::fs::read_to_string("Cargo.toml"));
    /// assert!(runtime.block_on(text).unwrap()?.contains("[package]"));
    /// # std::io::Result::Ok(())
    /// ```
    #[track_caller]
    pub fn spawn_blocking<F, R>(&self, f: F) -> JoinHandle<R>
    where
        F: FnOnce() -> R + Send + 'static,
        R: Send + 'static,
    {
        large_closure!(f: F => self.handle.spawn_blocking(f))
    }

    /// Returns a handle to this runtime, for other threads.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let handle = runtime.handle().clone();
    /// let thread = std::thread::spawn(move || handle.block_on(async { 1 + 1 }));
    /// assert_eq!(thread.join().unwrap(), 2);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn handle(&self) -> &Handle {
        &self.handle
    }

    /// Makes this the current thread's runtime; see [`Handle::enter`].
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let _guard = runtime.enter();
    /// let sleep = heist::time::sleep(std::time::Duration::ZERO); // needs a runtime
    /// runtime.block_on(sleep);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn enter(&self) -> EnterGuard<'_> {
        self.handle.enter()
    }

    /// Shuts the runtime down, waiting at most `timeout` for its threads.
    ///
    /// After that, the rest ends by itself: a task whose poll has not returned is dropped when it
    /// does, and blocking closures run to their end.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::{sync::mpsc, time::{Duration, Instant}};
    ///
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let (release, blocked) = mpsc::channel::<()>();
    /// runtime.spawn_blocking(move || blocked.recv());
    /// runtime.shutdown_timeout(Duration::from_millis(10)); // returns all the same
    /// drop(release);
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_timeout(mut self, timeout: Duration) {
        self.wait_at_most(timeout);
    }

    /// Limits how long the drop waits for the threads.
    pub(super) fn wait_at_most(&mut self, timeout: Duration) {
        self.deadline = Instant::now().checked_add(timeout);
    }

    /// Shuts the runtime down without waiting, like [`shutdown_timeout`](Self::shutdown_timeout)
    /// with zero. Unlike a plain drop it never blocks, so it may be called in async code.
    ///
    /// # Examples
    ///
    /// ```
    /// let runtime = heist::runtime::Runtime::new()?;
    /// let task = runtime.spawn(std::future::pending::<()>());
    /// # heist::runtime::Runtime::new()?.block_on(async move {
    /// runtime.shutdown_background();
    /// assert!(task.await.unwrap_err().is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn shutdown_background(self) {
        self.shutdown_timeout(Duration::ZERO);
    }
}

impl Runtime {
    /// Called when workers do not end because they may be waiting for each other's tasks or their
    /// own timers. Has other threads do the last work of these workers.
    fn end_without_workers(&self) {
        let shared = self.handle.shared();
        shared.release_timers();
        if !shared.flavor.may_end_anywhere() {
            return;
        }
        let membership = Membership::new(Arc::downgrade(shared), self.running.count());
        let handle = self.handle.clone();
        let end = move || {
            membership.begin();
            context::run_own_thread(handle.clone(), || handle.shared().end_tasks());
        };
        let thread = thread::Builder::new().name("heist-end".into());
        let thread = inheritance::start_thread(thread, Box::new(end));
        if thread.is_err() && self.deadline.is_none() && !is_own_thread(shared) {
            shared.end_tasks();
        }
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        if self.handle.shared().driver.is_forked_child() {
            // A forked child has no threads to end, and everything else belongs to the parent.
            mem::forget((
                mem::take(&mut self.threads),
                self.running.clone(),
                self.watchdog.clone(),
                self.current_thread.take(),
                self.accompanied.take(),
            ));
            return;
        }
        if let Some(accompanied) = &mut self.accompanied {
            accompanied.deadline = match is_own_thread(self.handle.shared()) {
                // This drop does not wait.
                true => Some(Instant::now()),
                false => self.deadline,
            };
        }
        let shared = self.handle.shared();
        shared.begin_shutdown();
        if let Some(current_thread) = &self.current_thread {
            current_thread.end(&self.handle);
        }
        if is_own_thread(shared) {
            self.end_without_workers();
            return;
        }
        // On another runtime's worker this must not hold up that runtime.
        let shared = shared.clone();
        LocalWorker::block_in_place(|| {
            let soon = Instant::now() + SOON;
            let soon = self.deadline.map_or(soon, |deadline| deadline.min(soon));
            if !self.running.wait(Some(soon)) {
                self.end_without_workers();
            }
            if !self.running.wait(self.deadline) || !shared.blocking.join(self.deadline) {
                return;
            }
            let watchdog = self.watchdog.lock().take();
            for thread in self.threads.drain(..).chain(watchdog) {
                // The thread has been counted out, so this does not block.
                panics::discard(thread.join());
            }
        });
    }
}

impl fmt::Debug for Runtime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Runtime")
            .field("handle", &self.handle)
            .finish_non_exhaustive()
    }
}

/// Returns the function that starts the watchdog's thread.
fn watchdog_thread(
    maker: Arc<ThreadMaker>,
    running: Arc<ThreadCount>,
    place: WatchdogThread,
    stalls: Arc<Stalls>,
    thresholds: Thresholds,
) -> StartWatchdog {
    let since = Instant::now();
    Box::new(move |shared| {
        let count = running.count();
        let watchdog = Watchdog::new(shared, stalls.clone(), thresholds, since);
        let thread = maker.start("watchdog", move || {
            watchdog.run_until_shutdown();
            drop(count);
        })?;
        *place.lock() = Some(thread);
        Ok(())
    })
}

/// Returns the function that starts threads for spare workers.
fn spare_threads(
    maker: Arc<ThreadMaker>,
    running: Arc<ThreadCount>,
    shared: Weak<Shared>,
) -> StartSpare {
    Box::new(move |worker| {
        // Only the runtime's own threads call it, and they keep the runtime alive.
        let shared = shared.upgrade().expect("a runtime outlives its threads");
        let membership = Membership::new(Arc::downgrade(&shared), running.count());
        // An errand may come late, and a thread that shuts the runtime down only waits for threads
        // counted before.
        if shared.is_shut_down() {
            return Err(io::Error::other("the runtime has ended"));
        }
        let role = format!("spare-{worker}");
        let name = maker.name_at_any_rate(&role);
        let same = shared.clone();
        let first = move || same.adopt_thread(worker);
        let thread = maker.start_named(name, membership, first, move || {
            let seat = shared.spare_seat(worker);
            context::run_own_thread(Handle::new(shared), || seat.run());
        });
        // Detached, since it is counted.
        thread.map(drop)
    })
}

/// Returns the function that starts threads of the blocking pool.
fn blocking_threads(maker: Arc<ThreadMaker>, shared: Weak<Shared>) -> StartThread {
    let started = AtomicUsize::new(0);
    Box::new(move |parts| {
        let number = started.fetch_add(1, Relaxed);
        // While a job waits, there is the runtime: the thread that submits it has a handle, those
        // that are started for it are the runtime's own, and an errand that starts one keeps it.
        let Some(shared) = shared.upgrade() else {
            return Err(io::Error::other("the runtime has ended"));
        };
        let name = maker.name_at_any_rate(&format!("blocking-{number}"));
        let membership = Membership::new(Arc::downgrade(&shared), parts.count);
        let body = || context::run_own_thread(Handle::new(shared), parts.body);
        maker.start_named(name, membership, parts.first, body)
    })
}
