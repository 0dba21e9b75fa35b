//! A soak: whether anything is lost, or left behind, while tasks stall at random for a long time.
//!
//! An echo server on heist, tasks beside it that stall in every way, from none to more of them than
//! there are workers, and timers. Plain threads load it and check every byte. All is in this
//! process, whose threads, descriptors, memory and CPU time are compared with what they were.

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

/// What has not happened after this never will.
const PATIENCE: Duration = Duration::from_secs(60);

/// How long a thread that is not needed is kept: short, so that many come and go.
const KEEP_ALIVE: Duration = Duration::from_secs(2);

/// How many tasks sleep as they should.
const TIMERS: usize = 32;

/// How often memory is looked at.
const LOOK: Duration = Duration::from_millis(100);

/// How often it is said how things are.
const SAY: Duration = Duration::from_secs(5);

/// How long the same number of tasks stall, at most, in milliseconds.
const MOST_STEADY: u64 = 5_000;

/// A soak to be run.
pub(crate) struct Soak {
    pub(crate) workers: usize,
    pub(crate) duration: Duration,
    /// Of what is random: the lengths and kinds of stalls, and the load. What meets what is not in
    /// its hands.
    pub(crate) seed: u64,
}

/// What all take part in.
struct Shared {
    over: AtomicBool,
    /// How many tasks are to stall at present.
    stalling: AtomicUsize,
    /// For those that stall by a lock.
    contended: Mutex<()>,
    stalls: [AtomicU64; Stall::ALL.len()],
    /// Connections that came, and those that came to a good end.
    accepted: AtomicU64,
    finished: AtomicU64,
    /// From request to reply.
    replies: Times,
    /// How late timers fire.
    timers: Times,
    /// How long children of stalling tasks wait until they run.
    children: Times,
}

impl Shared {
    fn is_over(&self) -> bool {
        self.over.load(Relaxed)
    }
}

/// All that is under way.
struct Scene {
    runtime: Runtime,
    shared: Arc<Shared>,
    serving: JoinHandle<io::Result<()>>,
    tasks: Vec<JoinHandle<()>>,
    clients: Vec<thread::JoinHandle<io::Result<()>>>,
}

impl Soak {
    /// Runs it, and tells of it.
    ///
    /// # Errors
    ///
    /// All that was wrong.
    pub(crate) fn run(&self) -> io::Result<()> {
        println!(
            "soak for {:?}, {} workers, seed {}; \
             of each kind of times: number, median, 99th percentile, longest",
            self.duration, self.workers, self.seed
        );
        let before = Holdings::now()?;
        let runtime = Builder::new()
            .worker_threads(self.workers)
            .thread_keep_alive(KEEP_ALIVE)
            .build()?;
        // What it needs for timers it opens when it meets the first.
        let timer = heist::time::sleep(Duration::from_millis(1));
        runtime.block_on(runtime.spawn(timer))?;
        let idle = Holdings::now()?;
        let mut random = Rng::with_seed(self.seed);
        let mut verdict = Verdict::default();

        let scene = self.start(runtime, &mut random)?;
        let memory = self.watch(&scene, &mut random)?;
        scene.tell();
        let runtime = scene.end(&mut verdict)?;

        verdict.check_memory(&memory);
        verdict.check_holdings("the idle runtime", idle)?;
        verdict.check_idle()?;
        runtime.shutdown_timeout(PATIENCE);
        verdict.check_holdings("after its end", before)?;
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

    /// Has now more, now fewer tasks stall, until the time is over or something is wrong. What
    /// memory was used meanwhile.
    fn watch(&self, scene: &Scene, random: &mut Rng) -> io::Result<Vec<u64>> {
        let progress = ProgressBar::new_spinner();
        let mut samples = Vec::new();
        let start = Instant::now();
        let (mut change, mut say) = (start, start + SAY);
        while start.elapsed() < self.duration && scene.goes_on() {
            thread::sleep(LOOK);
            samples.push(memory()?);
            let now = Instant::now();
            if now >= change {
                let stalling = random.usize(0..=self.most_stalling());
                scene.shared.stalling.store(stalling, Relaxed);
                change = now + Duration::from_millis(random.u64(0..=MOST_STEADY));
            }
            if now >= say {
                let line = scene.progress(start.elapsed())?;
                match progress.is_hidden() {
                    true => writeln!(io::stdout(), "{line}")?,
                    false => progress.set_message(line),
                }
                say = now + SAY;
            }
        }
        progress.finish_and_clear();
        Ok(samples)
    }
}

impl Scene {
    /// Clients and tasks end before it is over only by a failure.
    fn goes_on(&self) -> bool {
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

    fn tell(&self) {
        let shared = &self.shared;
        println!("in all");
        println!("  {:16}{}", "replies", shared.replies.in_all());
        println!("  {:16}{}", "timers are late", shared.timers.in_all());
        println!("  {:16}{}", "children wait", shared.children.in_all());
        for ((_, name), count) in Stall::ALL.iter().zip(&shared.stalls) {
            println!("  {name:16}{:>7}", thousands(count.load(Relaxed)));
        }
    }

    /// Ends everybody as they like to end, and looks whether nobody was lost. The runtime then has
    /// nothing to do.
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
            format!("clients with right replies only: {right}"),
        );

        let accepted = shared.accepted.load(Relaxed);
        let finished = || Ok(shared.finished.load(Relaxed));
        verdict.check_becomes("connections served to their end", accepted, finished)?;
        let tasks = self.tasks;
        let ended = || Ok(tasks.iter().filter(|task| task.is_finished()).count());
        verdict.check_becomes("tasks that came to their end", tasks.len(), ended)?;
        for task in tasks.into_iter().filter(|task| task.is_finished()) {
            if let Err(error) = self.runtime.block_on(task) {
                verdict.check(false, format!("a task failed: {error}"));
            }
        }
        self.serving.abort();
        Ok(self.runtime)
    }
}
