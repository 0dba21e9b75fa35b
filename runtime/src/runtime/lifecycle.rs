//! `Runtime`: what its owner does with it, and how it ends. `start` makes it and starts its
//! threads.
//!
//! Invariant: when a shutdown that waits returns, every task has been dropped, once, and every
//! thread has been joined.

use super::accompanied::Accompanied;
use super::context::{self, EnterGuard};
use super::current_thread::CurrentThread;
use super::handle::Handle;
use crate::inheritance;
use crate::panics;
use crate::scheduler::{LocalWorker, Membership, is_own_thread};
use crate::sync::lock::Mutex;
use crate::tasks::{JoinHandle, large_closure, large_future};
use crate::thread_count::ThreadCount;
use std::error::Error;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};
use std::{fmt, mem, thread};

/// After this time, workers that have not ended may be waiting for work that they should do
/// themselves. Short enough to be acceptable, and long enough that usually all have ended.
const SOON: Duration = Duration::from_millis(10);

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
    pub(super) handle: Handle,
    pub(super) threads: Vec<thread::JoinHandle<()>>,
    /// The workers and the watchdog that have not ended.
    pub(super) running: Arc<ThreadCount>,
    pub(super) watchdog: WatchdogThread,
    /// Present if the runtime's tasks run on the thread that is in `block_on`.
    pub(super) current_thread: Option<CurrentThread>,
    /// The deadline until which the drop waits for the threads, or `None` for no limit.
    pub(super) deadline: Option<Instant>,
    /// Dropped last.
    pub(super) accompanied: Option<Accompanied>,
}

/// The thread of the watchdog, once it has been started.
pub(super) type WatchdogThread = Arc<Mutex<Option<thread::JoinHandle<()>>>>;

impl Runtime {
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
