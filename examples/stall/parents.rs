//! Tasks at the mercy of another: spawned or woken by one that then blocks.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::client::histogram;
use crate::shown;

/// How long a parent blocks, after it has spawned or woken a task.
const BLOCKED: Duration = Duration::from_millis(50);

/// How often each is asked.
const ROUNDS: usize = 20;

/// How many workers have such a parent.
#[derive(Clone, Copy)]
pub(crate) enum Blocked {
    OneWorker,
    AllWorkers,
}

/// How long their tasks waited, in nanoseconds: on heist and on tokio.
pub(crate) struct Parents {
    pub(crate) title: String,
    pub(crate) waits: [Histogram<u64>; 2],
}

impl Parents {
    /// Of a table.
    pub(crate) const HEADER: [&str; 5] = ["", "heist p50", "max", "tokio p50", "max"];

    /// Of a table: the medians and the longest waits.
    pub(crate) fn row(&self) -> Vec<String> {
        let mut row = vec![self.title.clone()];
        for waits in &self.waits {
            row.extend([0.5, 1.0].map(|quantile| shown(waits, quantile)));
        }
        row
    }
}

/// Asks both runtimes, for tasks that are spawned and for tasks that are woken.
pub(crate) fn ask(blocked: Blocked, workers: usize) -> io::Result<[Parents; 2]> {
    let (parents, which) = match blocked {
        Blocked::OneWorker => (1, "one worker blocked"),
        Blocked::AllWorkers => (workers, "all workers blocked"),
    };
    let heist = heist::runtime::Builder::new()
        .worker_threads(workers)
        .build()?;
    let tokio = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(workers)
        .enable_all()
        .build()?;
    let entered = tokio.enter();
    let spawned = Parents {
        title: format!("spawned by its parent, {which}"),
        waits: [
            measure(parents, |waits| drop(heist.spawn(spawns_on_heist(waits)))),
            measure(parents, |waits| drop(tokio.spawn(spawns_on_tokio(waits)))),
        ],
    };
    let woken = Parents {
        title: format!("woken by its parent, {which}"),
        waits: [
            measure(parents, |waits| drop(heist.spawn(wakes_on_heist(waits)))),
            measure(parents, |waits| drop(tokio.spawn(wakes_on_tokio(waits)))),
        ],
    };
    drop(entered);
    tokio.shutdown_background();
    Ok([spawned, woken])
}

/// Starts the parents of each round at once, and waits for what their tasks tell.
fn measure(parents: usize, start: impl Fn(Sender<Duration>)) -> Histogram<u64> {
    let mut waits = histogram();
    for _ in 0..ROUNDS {
        let (sender, receiver) = channel();
        for _ in 0..parents {
            start(sender.clone());
        }
        drop(sender);
        for wait in receiver {
            waits += wait.as_nanos() as u64;
        }
        // Let the parents return.
        thread::sleep(BLOCKED);
    }
    waits
}

async fn spawns_on_heist(waits: Sender<Duration>) {
    let spawned = Instant::now();
    heist::spawn(async move {
        let _ = waits.send(spawned.elapsed());
    });
    thread::sleep(BLOCKED);
}

async fn spawns_on_tokio(waits: Sender<Duration>) {
    let spawned = Instant::now();
    tokio::spawn(async move {
        let _ = waits.send(spawned.elapsed());
    });
    thread::sleep(BLOCKED);
}

async fn wakes_on_heist(waits: Sender<Duration>) {
    // tokio's channel for both: it knows no runtime.
    let (wake, woken) = tokio::sync::oneshot::channel::<Instant>();
    heist::spawn(async move {
        if let Ok(at) = woken.await {
            let _ = waits.send(at.elapsed());
        }
    });
    heist::time::sleep(Duration::from_millis(5)).await;
    let _ = wake.send(Instant::now());
    thread::sleep(BLOCKED);
}

async fn wakes_on_tokio(waits: Sender<Duration>) {
    let (wake, woken) = tokio::sync::oneshot::channel::<Instant>();
    tokio::spawn(async move {
        if let Ok(at) = woken.await {
            let _ = waits.send(at.elapsed());
        }
    });
    tokio::time::sleep(Duration::from_millis(5)).await;
    let _ = wake.send(Instant::now());
    thread::sleep(BLOCKED);
}
