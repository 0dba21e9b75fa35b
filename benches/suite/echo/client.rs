//! The client's process: one thread listens to the parent, the rest load the server.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use super::connections::{Connections, Tally};
use super::{ClientFigures, Load, Loading, raise_fd_limit};
use crate::child::print_line;
use crate::job::Latency;

pub(crate) fn run(load: &Load) -> io::Result<()> {
    raise_fd_limit()?;
    let stop = AtomicBool::new(false);
    let tallies: Vec<Tally> = (0..load.threads).map(|_| Tally::new()).collect();
    let mut loads = Vec::with_capacity(load.threads);
    for thread in 0..load.threads {
        // The connections, and the rate, divide evenly or nearly so.
        let share = (load.connections + thread) / load.threads;
        let interval = load
            .rate
            .map(|rate| Duration::from_nanos(1_000_000_000 * load.threads as u64 / rate));
        loads.push(Connections::open(load.server, share, interval)?);
    }
    thread::scope(|scope| {
        for (connections, tally) in loads.into_iter().zip(&tallies) {
            scope.spawn(|| {
                if let Err(error) = connections.load(tally, &stop) {
                    eprintln!("the load ended: {error}");
                    process::exit(1);
                }
            });
        }
        let answered = answer(&tallies);
        stop.store(true, Ordering::Relaxed);
        answered
    })
}

/// Answers the parent until it has heard enough.
fn answer(tallies: &[Tally]) -> io::Result<()> {
    let start = Instant::now();
    print_line(&Loading)?;
    for line in io::stdin().lines() {
        line?;
        let replies = tallies.iter().map(Tally::replies).sum();
        let since_start = start.elapsed();
        print_line(&ClientFigures {
            since_start,
            replies,
            latency: latency(tallies),
        })?;
    }
    Ok(())
}

fn latency(tallies: &[Tally]) -> Option<Latency> {
    let mut all: Histogram<u64> = Tally::histogram();
    for tally in tallies {
        all += tally.take_latency();
    }
    (!all.is_empty()).then(|| Latency {
        p50: all.value_at_quantile(0.50),
        p90: all.value_at_quantile(0.90),
        p99: all.value_at_quantile(0.99),
    })
}
