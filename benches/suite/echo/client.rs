//! The client's process: one thread listens to the parent, the others load the server.

use std::io;
use std::process;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use super::churn;
use super::connections::Connections;
use super::limit::raise_fd_limit;
use super::tally::Tally;
use crate::job::{ClientFigures, Load, Loading, Pattern, print_line};
use crate::sample::Latency;

/// Loads the server from one thread until the flag is set.
type Loader<'a> = Box<dyn FnOnce(&Tally, &AtomicBool) -> io::Result<()> + Send + 'a>;

pub(crate) fn run(load: &Load) -> io::Result<()> {
    raise_fd_limit()?;
    let stop = AtomicBool::new(false);
    let tallies: Vec<Tally> = (0..load.threads).map(|_| Tally::new()).collect();
    let loaders = (0..load.threads)
        .map(|thread| loader(load, thread))
        .collect::<io::Result<Vec<_>>>()?;
    thread::scope(|scope| {
        for (loader, tally) in loaders.into_iter().zip(&tallies) {
            scope.spawn(|| {
                if let Err(error) = loader(tally, &stop) {
                    eprintln!("the load ended: {error}");
                    process::exit(1);
                }
            });
        }
        if load.requests != u64::MAX {
            let all = load.requests * load.connections as u64;
            while tallies.iter().map(Tally::replies).sum::<u64>() < all {
                thread::sleep(Duration::from_millis(1));
            }
        }
        let answered = answer(&tallies);
        stop.store(true, Ordering::Relaxed);
        answered
    })
}

fn loader(load: &Load, thread: usize) -> io::Result<Loader<'_>> {
    let interval = match load.pattern {
        Pattern::Closed => None,
        Pattern::Open(rate) => {
            let share = 1_000_000_000 * load.threads as u64 / rate.max(1);
            Some(Duration::from_nanos(share))
        }
        Pattern::Churn => {
            let server = load.server.tcp()?;
            return Ok(Box::new(move |tally, stop| {
                churn::load(server, thread, tally, stop)
            }));
        }
    };
    // The connections and the rate divide evenly, or nearly so.
    let share = (load.connections + thread) / load.threads;
    let connections =
        Connections::open(&load.server, share, load.payload, load.requests, interval)?;
    Ok(Box::new(|tally, stop| connections.load(tally, stop)))
}

/// Answers the parent until it closes standard input.
fn answer(tallies: &[Tally]) -> io::Result<()> {
    let start = Instant::now();
    print_line(&Loading)?;
    for line in io::stdin().lines() {
        line?;
        let replies = tallies.iter().map(Tally::replies).sum();
        let since_start = start.elapsed();
        let mut latencies = Latency::histogram();
        for tally in tallies {
            latencies += tally.take_latency();
        }
        print_line(&ClientFigures {
            since_start,
            replies,
            latency: Latency::of(&latencies),
        })?;
    }
    Ok(())
}
