//! Tasks that depend on another task: spawned or woken by a task that then blocks.

use std::io;
use std::sync::mpsc::{Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;
use heist_tools::units::latency;

use crate::client::histogram;
use crate::contender::{Heist, Runtime, Tokio};
use crate::shown;

/// How long a parent blocks, after it has spawned or woken a task.
pub(crate) const BLOCKED: Duration = Duration::from_millis(100);

/// How often each is measured.
const ROUNDS: usize = 20;

/// How many workers have a blocking parent.
#[derive(Clone, Copy)]
pub(crate) enum Blocked {
    OneWorker,
    AllWorkers,
}

/// What a parent does with its task.
#[derive(Clone, Copy)]
enum Deed {
    Spawns,
    Wakes,
}

/// How long the tasks waited, in nanoseconds, on heist and on tokio: in the first round, before the
/// runtime has seen any task block, and in all later rounds.
pub(crate) struct Parents {
    pub(crate) title: String,
    pub(crate) first: [Duration; 2],
    pub(crate) waits: [Histogram<u64>; 2],
}

impl Parents {
    /// The header of a table.
    pub(crate) const HEADER: [&str; 7] =
        ["", "heist first", "p50", "max", "tokio first", "p50", "max"];

    /// Returns the row of a table: the first waits, and the medians and maxima of the others.
    pub(crate) fn row(&self) -> Vec<String> {
        let mut row = vec![self.title.clone()];
        for (first, waits) in self.first.iter().zip(&self.waits) {
            row.push(latency(first.as_nanos() as f64));
            row.extend([0.5, 1.0].map(|quantile| shown(waits, quantile)));
        }
        row
    }
}

/// Measures both runtimes, for tasks that are spawned and for tasks that are woken.
pub(crate) fn ask(blocked: Blocked, workers: usize) -> io::Result<[Parents; 2]> {
    let ask = |deed: Deed| {
        let (parents, which) = match blocked {
            Blocked::OneWorker => (1, "one worker blocked"),
            Blocked::AllWorkers => (workers, "all workers blocked"),
        };
        let (on_heist, heist) = measure::<Heist>(deed, parents, workers)?;
        let (on_tokio, tokio) = measure::<Tokio>(deed, parents, workers)?;
        let verb = match deed {
            Deed::Spawns => "spawned",
            Deed::Wakes => "woken",
        };
        io::Result::Ok(Parents {
            title: format!("{verb} by its parent, {which}"),
            first: [on_heist, on_tokio],
            waits: [heist, tokio],
        })
    };
    Ok([ask(Deed::Spawns)?, ask(Deed::Wakes)?])
}

/// Starts the parents of each round at the same time, and collects the waits that their tasks
/// report.
fn measure<R: Runtime>(
    deed: Deed,
    parents: usize,
    workers: usize,
) -> io::Result<(Duration, Histogram<u64>)> {
    let runtime = R::start(workers)?;
    // Lets the workers become idle.
    thread::sleep(BLOCKED);
    let mut first = Duration::ZERO;
    let mut waits = histogram();
    for round in 0..ROUNDS {
        let (sender, receiver) = channel();
        for _ in 0..parents {
            match deed {
                Deed::Spawns => runtime.spawn(spawns::<R>(sender.clone())),
                Deed::Wakes => runtime.spawn(wakes::<R>(sender.clone())),
            }
        }
        drop(sender);
        for wait in receiver {
            match round {
                0 => first = first.max(wait),
                _ => waits += wait.as_nanos() as u64,
            }
        }
        // Lets the parents return.
        thread::sleep(BLOCKED);
    }
    runtime.end();
    Ok((first, waits))
}

async fn spawns<R: Runtime>(waits: Sender<Duration>) {
    let spawned = Instant::now();
    R::spawn_here(async move {
        let _ = waits.send(spawned.elapsed());
    });
    thread::sleep(BLOCKED);
}

async fn wakes<R: Runtime>(waits: Sender<Duration>) {
    // tokio's channel on both runtimes, since it works with any.
    let (wake, woken) = tokio::sync::oneshot::channel::<Instant>();
    R::spawn_here(async move {
        if let Ok(at) = woken.await {
            let _ = waits.send(at.elapsed());
        }
    });
    R::sleep(Duration::from_millis(5)).await;
    let _ = wake.send(Instant::now());
    thread::sleep(BLOCKED);
}
