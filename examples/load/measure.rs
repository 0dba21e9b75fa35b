//! The course of a run: connect, warm up, measure, drain.
//!
//! This runs on the main thread while the workers drive the connections. It only observes: the
//! connections follow the run's clock by themselves.

use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use heist::time::{sleep, sleep_until};
use heist_tools::schedule::{Arrivals, Schedule};

use crate::args::Args;
use crate::client::{Client, Target};
use crate::connect::Connecting;
use crate::errors::ErrorKind;
use crate::progress::Progress;
use crate::run::Run;
use crate::stats::Collector;

/// How often the shards are emptied and the live line is drawn.
const TICK: Duration = Duration::from_millis(100);
/// The time series has at most this many points.
const POINTS: u32 = 120;
/// After Ctrl-C, replies are awaited until nothing has arrived for this long. (After a run of the
/// requested length, each connection awaits its own until its timeout.)
const PATIENCE: Duration = Duration::from_secs(2);

/// The outcome of a run.
pub(crate) struct Outcome {
    pub(crate) connected: u64,
    /// The measured time, shorter than requested if the run was stopped.
    pub(crate) measured: Duration,
    pub(crate) collected: Collector,
}

/// Performs the run.
pub(crate) async fn measure(args: &Args, run: &Arc<Run>, server: Target) -> Outcome {
    let mut progress = Progress::new();
    let connections = connect(args, run, server, &progress).await;
    let connected = connections.len() as u64;
    let mut collected = Collector::new();
    if connected > 0 && run.interrupts() == 0 {
        drive(args, run, connections, &mut collected, &mut progress).await;
    }
    progress.clear();

    Outcome {
        connected,
        measured: measured(run),
        collected,
    }
}

/// Returns the measured time, as far as it is known.
fn measured(run: &Run) -> Duration {
    Duration::from_nanos(run.end().saturating_sub(run.measure_from()))
}

async fn connect(args: &Args, run: &Arc<Run>, server: Target, progress: &Progress) -> Vec<Client> {
    let connecting = Connecting::start(run, server, args.connections);
    while !connecting.is_finished() && run.interrupts() == 0 {
        let up = run.alive.load(Relaxed) as u64;
        progress.connecting(up, args.connections, run.errors.total());
        sleep(TICK / 10).await;
    }
    connecting.finish().await
}

/// Drives the connections from the start of the warm-up to the end of the drain.
async fn drive(
    args: &Args,
    run: &Arc<Run>,
    connections: Vec<Client>,
    collected: &mut Collector,
    progress: &mut Progress,
) {
    let connected = connections.len() as u64;
    let start = run.start(args.warmup, args.duration);
    let tasks: Vec<_> = std::iter::zip(0.., connections)
        .map(|(i, connection)| {
            heist::spawn(connection.drive(match args.rate {
                Some(rate) => Schedule::Open(Arrivals::new(start, rate, i, connected)),
                None => Schedule::Closed,
            }))
        })
        .collect();

    watch(args, run, start, collected, progress).await;

    for task in tasks {
        // A connection that still exists records its unanswered requests when it is dropped.
        task.abort();
        let panicked = task.await.is_err_and(|error| error.is_panic());
        if panicked {
            run.errors.add_many(1, ErrorKind::Other, || {
                "a connection's task panicked".to_owned()
            });
        }
    }
    collected.collect(&run.recorder);
    // Only now, since replies from before the end may be recorded after it.
    collected.end_series(measured(run), point_length(args));
}

/// Returns the length of a point of the time series.
fn point_length(args: &Args) -> Duration {
    TICK * (args.duration.div_duration_f64(TICK) / f64::from(POINTS)).ceil() as u32
}

/// Collects and shows what the connections record, until they are done, or the user has ended the
/// run and no more can be expected.
async fn watch(
    args: &Args,
    run: &Run,
    start: u64,
    collected: &mut Collector,
    progress: &mut Progress,
) {
    let tick = TICK.as_nanos() as u64;
    let point = point_length(args);
    let whole = args.warmup + args.duration;
    let from = run.measure_from();
    let mut now = start;
    loop {
        let phase = match run.end() {
            end if now >= end => "draining",
            _ if now >= from => "measuring",
            _ => "warming up",
        };
        let last = now;
        // Ticks are aligned to the measured time, and none exceeds the remainder of a phase.
        let aligned = now + tick - (now + tick - from % tick) % tick;
        let next = match run.end() {
            end if now < end => aligned.min(end),
            _ => now + tick / 5,
        };
        sleep_until(run.instant(next).into()).await;
        now = run.now();

        collected.collect(&run.recorder);
        let at = Duration::from_nanos((now - start).min(whole.as_nanos() as u64));
        let since_last = Duration::from_nanos(now - last);
        progress.running(
            phase,
            (at, whole),
            since_last,
            collected,
            run.errors.total(),
        );

        let alive = run.alive.load(Relaxed) > 0;
        if !alive {
            run.stop();
        }
        let end = run.end();
        if (from..end).contains(&now) {
            collected.end_point(Duration::from_nanos(now - from), point);
        }
        let is_over = match run.interrupts() {
            0 => false,
            1 => now.saturating_sub(run.quiet_since()) >= PATIENCE.as_nanos() as u64,
            _ => true,
        };
        if !alive || is_over {
            return;
        }
    }
}
