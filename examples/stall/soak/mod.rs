//! A soak test: checks over a long time that nothing is lost or leaked while tasks stall at random.
//!
//! It runs an echo server on heist, beside timers and tasks that stall in every way: from none of
//! them to more than there are workers. Plain threads load the server and check every byte.
//! Everything is in this process, whose threads, descriptors, memory and CPU time are compared with
//! their initial values.

mod clients;
mod process;
mod tasks;
mod times;
mod verdict;

use std::io::{self, Write};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use heist::net::TcpListener;
use heist::runtime::{Builder, Runtime};
use heist::task::JoinHandle;
use indicatif::ProgressBar;

use heist_tools::units::thousands;
use process::{Holdings, memory};
use tasks::Stall;
use times::Times;
use verdict::Verdict;

/// An event that has not happened after this time counts as lost.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long an idle thread is kept: short, so that many come and go.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How many tasks sleep without stalling.
const TIMERS: usize = 32;

/// How often memory is sampled.
const SAMPLE_INTERVAL: Duration = Duration::from_millis(100);

/// How often progress is printed.
const REPORT_INTERVAL: Duration = Duration::from_secs(5);

/// The longest time for which the number of stalling tasks stays the same, in milliseconds.
const MOST_STEADY: u64 = 5_000;

/// The settings of a soak.
pub(crate) struct Soak {
    pub(crate) workers: usize,
    pub(crate) duration: Duration,
    /// Seed of the random decisions: the lengths and kinds of stalls, and the load. It does not
    /// determine how these interleave.
    pub(crate) seed: u64,
}

/// State that all participants share.
struct Shared {
    over: AtomicBool,
    /// How many tasks should stall at present.
    stalling: AtomicUsize,
    /// The lock for tasks that stall by waiting for one.
    contended: Mutex<()>,
    stalls: [AtomicU64; Stall::ALL.len()],
    /// Connections that were accepted, and those that ended without an error.
    accepted: AtomicU64,
    finished: AtomicU64,
    /// Times from request to reply.
    replies: Times,
    /// How late timers fire.
    timers: Times,
    /// How long children of stalling tasks wait for their first poll.
    children: Times,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }
}

/// A running soak.
struct Scene {
    runtime: Runtime,
    shared: Arc<Shared>,
    serving: JoinHandle<io::Result<()>>,
    tasks: Vec<JoinHandle<()>>,
    clients: Vec<thread::JoinHandle<io::Result<()>>>,
}

impl Soak {
    /// Runs the soak and prints its results.
    ///
    /// # Errors
    ///
    /// Returns an error that lists everything that was wrong.
    pub(crate) fn run(&self) -> io::Result<()> {
        println!(
            "soak for {:?}, {} workers, seed {}; \
             for each kind of time: number, median, 99th percentile, longest",
            self.duration, self.workers, self.seed
        );
        let before = Holdings::now()?;
        let runtime = Builder::new()
            .worker_threads(self.workers)
            .thread_keep_alive(KEEP_ALIVE)
            .build()?;
        // The first timer that the poller waits for opens the resources that timers need: one of a
        // thread that is not a worker.
        runtime.block_on(async { heist::time::sleep(Duration::from_millis(50)).await });
        let idle = Holdings::settled()?;
        let mut random = Rng::with_seed(self.seed);
        let mut verdict = Verdict::default();

        let scene = self.start(runtime, &mut random)?;
        let memory = self.watch(&scene, &mut random)?;
        scene.print_totals();
        let runtime = scene.end(&mut verdict)?;

        verdict.check_memory(&memory);
        verdict.check_holdings("the idle runtime", idle)?;
        verdict.check_idle()?;
        runtime.shutdown_timeout(PATIENCE);
        verdict.check_holdings("after its shutdown", before)?;
        verdict.into_result()
    }

    fn start(&self, runtime: Runtime, random: &mut Rng) -> io::Result<Scene> {
        let shared = Arc::new(Shared {
            over: AtomicBool::new(false),
            stalling: AtomicUsize::new(0),
            contended: Mutex::new(()),
            stalls: Default::default(),
            accepted: AtomicU64::new(0),
            finished: AtomicU64::new(0),
            replies: Times::new(),
            timers: Times::new(),
            children: Times::new(),
        });
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = runtime.block_on(TcpListener::bind(loopback))?;
        let server = listener.local_addr()?;
        let serving = runtime.spawn(tasks::serve(listener, shared.clone()));
        let mut tasks = Vec::new();
        for number in 0..self.most_stalling() {
            tasks.push(runtime.spawn(tasks::stall(number, random.fork(), shared.clone())));
        }
        for _ in 0..TIMERS {
            tasks.push(runtime.spawn(tasks::keep_time(random.fork(), shared.clone())));
        }
        let clients = clients::start(server, random, &shared);
        Ok(Scene {
            runtime,
            shared,
            serving,
            tasks,
            clients,
        })
    }

    fn most_stalling(&self) -> usize {
        2 * self.workers + 1
    }

    /// Varies the number of stalling tasks, until the time is up or something is wrong. Returns the
    /// samples of the memory in use.
    fn watch(&self, scene: &Scene, random: &mut Rng) -> io::Result<Vec<u64>> {
        let progress = ProgressBar::new_spinner();
        let mut samples = Vec::new();
        let start = Instant::now();
        let (mut next_change, mut next_report) = (start, start + REPORT_INTERVAL);
        while start.elapsed() < self.duration && scene.all_run() {
            thread::sleep(SAMPLE_INTERVAL);
            samples.push(memory()?);
            let now = Instant::now();
            if now >= next_change {
                let stalling = random.usize(0..=self.most_stalling());
                scene.shared.stalling.store(stalling, Relaxed);
                next_change = now + Duration::from_millis(random.u64(0..=MOST_STEADY));
            }
            if now >= next_report {
                let line = scene.progress(start.elapsed())?;
                match progress.is_hidden() {
                    true => writeln!(io::stdout(), "{line}")?,
                    false => progress.set_message(line),
                }
                next_report = now + REPORT_INTERVAL;
            }
        }
        progress.finish_and_clear();
        Ok(samples)
    }
}

impl Scene {
    /// Returns whether all participants are running: one that ends before the soak is over has
    /// failed.
    fn all_run(&self) -> bool {
        !self.clients.iter().any(|client| client.is_finished())
            && !self.tasks.iter().any(|task| task.is_finished())
            && !self.serving.is_finished()
    }

    fn progress(&self, elapsed: Duration) -> io::Result<String> {
        let shared = &self.shared;
        Ok(format!(
            "{:4} s | {} stall | replies {} | timers {} | children {} | {} threads, {:.1} MiB",
            elapsed.as_secs(),
            shared.stalling.load(Relaxed),
            shared.replies.lately(),
            shared.timers.lately(),
            shared.children.lately(),
            Holdings::now()?.threads,
            memory()? as f64 / f64::from(1 << 20),
        ))
    }

    fn print_totals(&self) {
        let shared = &self.shared;
        println!("in all");
        println!("  {:16}{}", "replies", shared.replies.in_all());
        println!("  {:16}{}", "timers' delay", shared.timers.in_all());
        println!("  {:16}{}", "children's wait", shared.children.in_all());
        for ((_, name), count) in Stall::ALL.iter().zip(&shared.stalls) {
            println!("  {name:16}{:>7}", thousands(count.load(Relaxed)));
        }
    }

    /// Ends all participants gracefully, and checks that nothing was lost. The returned runtime has
    /// nothing left to do.
    fn end(self, verdict: &mut Verdict) -> io::Result<Runtime> {
        let shared = self.shared;
        shared.over.store(true, Relaxed);
        let clients = self.clients.len();
        let mut right = 0;
        for client in self.clients {
            match client.join().expect("a client does not panic") {
                Ok(()) => right += 1,
                Err(error) => verdict.check(false, error.to_string()),
            }
        }
        verdict.check(
            right == clients,
            format!("clients with correct replies only: {right}"),
        );

        let accepted = shared.accepted.load(Relaxed);
        let finished = || Ok(shared.finished.load(Relaxed));
        verdict.check_becomes("connections served to completion", accepted, finished)?;
        let tasks = self.tasks;
        let ended = || Ok(tasks.iter().filter(|task| task.is_finished()).count());
        verdict.check_becomes("tasks that completed", tasks.len(), ended)?;
        for task in tasks.into_iter().filter(|task| task.is_finished()) {
            if let Err(error) = self.runtime.block_on(task) {
                verdict.check(false, format!("a task failed: {error}"));
            }
        }
        self.serving.abort();
        Ok(self.runtime)
    }
}
