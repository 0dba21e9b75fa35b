//! How a runtime starts: its parts are made from the builder's settings, and then its threads.
//!
//! On the thread that builds the runtime. The functions at the end start threads later, on
//! whichever thread needs one.

use super::accompanied::{Accompanied, MakeCompanion};
use super::context;
use super::current_thread::CurrentThread;
use super::handle::Handle;
use super::lifecycle::{Runtime, WatchdogThread};
use super::thread_maker::{ThreadMaker, ThreadName};
use crate::alarm::Alarm;
use crate::blocking::{BlockingPool, Limits, StartThread, Starter};
use crate::inheritance::Cores;
use crate::platform::{OwnThread, Setting};
use crate::poller::Driver;
use crate::scheduler::{
    Extension, Flavor, Hook, Membership, Seat, Setup, Shared, SleepHooks, Spares, StartSpare,
    StartWatchdog,
};
use crate::tasks::Failures;
use crate::thread_count::ThreadCount;
use crate::timers::Clock;
use crate::waking::register_own_vtable;
use crate::watchdog::{Stalls, Thresholds, Watchdog};
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

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
                runtime: shared.clone(),
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
