//! A task beside a crowd: it repeatedly sleeps for 2 ms or answers on a socket, while the others
//! compute and yield, compute without yielding, or all block.

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::client::histogram;
use crate::contender::{Heist, Runtime, Tokio, wake_oneself};
use crate::{Contender, shown};

/// How long the waiting task sleeps each time.
const SLEEP: Duration = Duration::from_millis(2);

/// What the other tasks do, endlessly.
#[derive(Clone, Copy)]
pub(crate) enum Crowd {
    /// A number of tasks compute for a time and then yield.
    Computes(usize, Duration, Yield),
    /// One task for each worker computes for this long, and then sleeps for as long as the waiting
    /// task.
    Hogs(Duration),
    /// A number of tasks block at the same time, for a time, and then sleep for as long.
    Blocks(usize, Duration),
}

#[derive(Clone, Copy)]
pub(crate) enum Yield {
    /// The runtime's own `yield_now`.
    Own,
    /// The task wakes itself.
    SelfWake,
}

/// What the waiting task beside them does.
#[derive(Clone, Copy)]
pub(crate) enum Waits {
    ForTimer,
    ForSocket,
}

pub(crate) struct Scene {
    pub(crate) crowd: Crowd,
    pub(crate) waits: Waits,
}

/// The results of a scene, on heist and on tokio.
pub(crate) struct Found {
    pub(crate) title: String,
    pub(crate) of: [Lateness; 2],
}

pub(crate) struct Lateness {
    /// In nanoseconds: how late a timer was, or how long a request took.
    pub(crate) late: Histogram<u64>,
    /// How many polls of the crowd ended between the arming of the timer and the running of its
    /// task.
    pub(crate) polls: Histogram<u64>,
    /// How many polls of the crowd ended per second.
    pub(crate) rate: f64,
}

pub(crate) fn crowds() -> Vec<Scene> {
    let sizes = [(16, 1_000), (200, 200), (64, 5_000)];
    let mut scenes = Vec::new();
    for (tasks, micros) in sizes {
        for how in [Yield::Own, Yield::SelfWake] {
            let crowd = Crowd::Computes(tasks, Duration::from_micros(micros), how);
            let waits = Waits::ForTimer;
            scenes.push(Scene { crowd, waits });
        }
    }
    scenes.push(Scene {
        crowd: Crowd::Computes(64, Duration::from_millis(5), Yield::Own),
        waits: Waits::ForSocket,
    });
    scenes
}

pub(crate) fn hogs() -> Vec<Scene> {
    let crowd = Crowd::Hogs(Duration::from_millis(200));
    let all = [Waits::ForTimer, Waits::ForSocket];
    all.map(|waits| Scene { crowd, waits }).into()
}

pub(crate) fn blocked() -> Vec<Scene> {
    let crowd = Crowd::Blocks(300, Duration::from_millis(500));
    vec![Scene {
        crowd,
        waits: Waits::ForTimer,
    }]
}

/// Plays a scene on one runtime after the other.
pub(crate) fn play(scene: &Scene, workers: usize, duration: Duration) -> io::Result<Found> {
    Ok(Found {
        title: title(scene),
        of: [
            measure::<Heist>(scene, workers, duration)?,
            measure::<Tokio>(scene, workers, duration)?,
        ],
    })
}

fn title(scene: &Scene) -> String {
    let crowd = match scene.crowd {
        Crowd::Computes(tasks, time, how) => {
            let how = match how {
                Yield::Own => "yield",
                Yield::SelfWake => "self-wake",
            };
            format!("{tasks} x {time:?} and {how}")
        }
        Crowd::Hogs(time) => format!("a hog of {time:?} each"),
        Crowd::Blocks(tasks, time) => format!("{tasks} block {time:?}"),
    };
    let waits = match scene.waits {
        Waits::ForTimer => "timer",
        Waits::ForSocket => "socket",
    };
    format!("{crowd}, {waits}")
}

impl Found {
    /// The header of a table.
    pub(crate) const HEADER: [&str; 8] = ["", "", "p50", "p90", "p99", "max", "polls", "a second"];

    /// Returns the rows of a table: one for each runtime.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let of = Contender::ALL.iter().zip(&self.of);
        let row = |(contender, of): (&Contender, &Lateness)| {
            let mut row = vec![contender.name().to_owned(), self.title.clone()];
            row.extend([0.5, 0.9, 0.99, 1.0].map(|quantile| shown(&of.late, quantile)));
            let polls = [0.5, 0.9, 1.0].map(|q| of.polls.value_at_quantile(q).to_string());
            row.push(polls.join(" / "));
            row.push(format!("{:.0}", of.rate));
            row
        };
        of.map(row).collect()
    }
}

struct Stage {
    polls: AtomicU64,
    over: AtomicBool,
    found: Mutex<(Histogram<u64>, Histogram<u64>)>,
}

impl Stage {
    fn note(&self, late: Duration, polls: u64) {
        let mut found = self.found.lock().expect("no holder panics");
        found.0 += late.as_nanos() as u64;
        found.1 += polls;
    }
}

fn measure<R: Runtime>(scene: &Scene, workers: usize, duration: Duration) -> io::Result<Lateness> {
    let runtime = R::start(workers)?;
    let stage = Arc::new(Stage {
        polls: AtomicU64::new(0),
        over: AtomicBool::new(false),
        found: Mutex::new((histogram(), histogram())),
    });
    let (began, start) = (stage.polls.load(Relaxed), Instant::now());
    let spawn = |count: usize, spawn_one: &dyn Fn()| (0..count).for_each(|_| spawn_one());
    match scene.crowd {
        Crowd::Computes(tasks, time, how) => spawn(tasks, &|| {
            runtime.spawn(computes::<R>(stage.clone(), time, how));
        }),
        Crowd::Hogs(time) => spawn(workers, &|| {
            runtime.spawn(hogs_core::<R>(stage.clone(), time))
        }),
        Crowd::Blocks(tasks, time) => spawn(tasks, &|| {
            runtime.spawn(blocks::<R>(stage.clone(), time));
        }),
    }
    match scene.waits {
        Waits::ForTimer => {
            let (done, is_done) = channel();
            let waiting = stage.clone();
            runtime.spawn(async move {
                while !waiting.over.load(Relaxed) {
                    let (armed, polls) = (Instant::now(), waiting.polls.load(Relaxed));
                    R::sleep(SLEEP).await;
                    let late = armed.elapsed().saturating_sub(SLEEP);
                    waiting.note(late, waiting.polls.load(Relaxed) - polls);
                }
                let _ = done.send(());
            });
            thread::sleep(duration);
            stage.over.store(true, Relaxed);
            if let Err(RecvTimeoutError::Timeout) = is_done.recv_timeout(Duration::from_secs(30)) {
                return Err(io::Error::other("a task that sleeps 2 ms was never woken"));
            }
        }
        Waits::ForSocket => ask(&runtime, &stage, duration)?,
    }
    stage.over.store(true, Relaxed);
    let rate = (stage.polls.load(Relaxed) - began) as f64 / start.elapsed().as_secs_f64();
    runtime.end();
    let found = stage.found.lock().expect("no holder panics");
    Ok(Lateness {
        late: found.0.clone(),
        polls: found.1.clone(),
        rate,
    })
}

/// Requests an echo from a task repeatedly, from this thread.
fn ask<R: Runtime>(runtime: &R, stage: &Stage, duration: Duration) -> io::Result<()> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    listener.set_nonblocking(true)?;
    let address = listener.local_addr()?;
    runtime.spawn(async move {
        if let Err(error) = R::echo(listener).await {
            eprintln!("stall: an echo stopped: {error}");
        }
    });
    let mut stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    // The first answer is discarded: it comes from a task that has just been spawned.
    stream.write_all(&[0; 64])?;
    stream.read_exact(&mut [0; 64])?;
    let end = Instant::now() + duration;
    while Instant::now() < end {
        let (sent, polls) = (Instant::now(), stage.polls.load(Relaxed));
        stream.write_all(&[0; 64])?;
        stream.read_exact(&mut [0; 64])?;
        stage.note(sent.elapsed(), stage.polls.load(Relaxed) - polls);
        thread::sleep(SLEEP);
    }
    Ok(())
}

async fn computes<R: Runtime>(stage: Arc<Stage>, time: Duration, how: Yield) {
    while !stage.over.load(Relaxed) {
        compute(time);
        stage.polls.fetch_add(1, Relaxed);
        match how {
            Yield::Own => R::yield_now().await,
            Yield::SelfWake => wake_oneself().await,
        }
    }
}

async fn hogs_core<R: Runtime>(stage: Arc<Stage>, time: Duration) {
    while !stage.over.load(Relaxed) {
        compute(time);
        stage.polls.fetch_add(1, Relaxed);
        R::sleep(SLEEP).await;
    }
}

async fn blocks<R: Runtime>(stage: Arc<Stage>, time: Duration) {
    while !stage.over.load(Relaxed) {
        thread::sleep(time);
        stage.polls.fetch_add(1, Relaxed);
        R::sleep(time).await;
    }
}

/// Computes for this long by the thread's own CPU time, so that other threads do not shorten it.
fn compute(time: Duration) {
    let start = own_time();
    while own_time() - start < time {
        (0..200).for_each(|_| std::hint::spin_loop());
    }
}

#[cfg(unix)]
fn own_time() -> Duration {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Measures wall-clock time, where a thread cannot query its own CPU time.
#[cfg(not(unix))]
fn own_time() -> Duration {
    static START: std::sync::OnceLock<Instant> = std::sync::OnceLock::new();
    START.get_or_init(Instant::now).elapsed()
}
