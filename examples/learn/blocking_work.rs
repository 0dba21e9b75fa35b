//! Work that does not await: long computations, files, libraries that block.
//!
//! ```sh
//! cargo run --example blocking_work
//! ```
//!
//! [`heist::spawn_blocking`] runs it on a separate kind of thread. If a task blocks its worker
//! anyway, heist starts a spare worker in place of the stalled one, so that other tasks continue:
//! here a clock ticks while every regular worker computes.

use heist::time::interval;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// Keeps a core busy without ever awaiting.
fn compute(time: Duration) -> u64 {
    let start = Instant::now();
    let mut rounds = 0;
    while start.elapsed() < time {
        rounds = std::hint::black_box(rounds + 1);
    }
    rounds
}

/// Ticks every 5 ms until `stop` is set.
async fn clock(stop: Arc<AtomicBool>) -> u32 {
    let mut clock = interval(Duration::from_millis(5));
    let mut ticks = 0;
    while !stop.load(Relaxed) {
        clock.tick().await;
        ticks += 1;
    }
    ticks
}

fn main() -> std::io::Result<()> {
    let runtime = heist::runtime::Builder::new().worker_threads(2).build()?;
    runtime.block_on(async {
        // The right way.
        let rounds = heist::spawn_blocking(|| compute(Duration::from_millis(50)));
        println!("computed: {}", rounds.await.unwrap() > 0);

        // The wrong way, on both workers: other tasks still run.
        let stop = Arc::new(AtomicBool::new(false));
        let clock = heist::spawn(clock(stop.clone()));
        let bad = [(); 2].map(|()| heist::spawn(async { compute(Duration::from_millis(300)) }));
        for task in bad {
            task.await.unwrap();
        }
        stop.store(true, Relaxed);
        println!("the clock ticked on: {}", clock.await.unwrap() > 1);
    });
    Ok(())
}
