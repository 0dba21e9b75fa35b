//! Spawning from outside while all workers are busy.

use std::hint::black_box;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::spawn;
use crate::body::{outside, repeat};
use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// How long a busy task computes between its yields.
const POLL: Duration = Duration::from_micros(10);

pub(super) fn spawn<R: Runtime>(plan: &Plan) -> Sample {
    let plan = *plan;
    let tasks = plan.pick(1_000, 1_000, 10);
    outside::<R>(&plan, async move {
        let stop = Arc::new(AtomicBool::new(false));
        let busy: Vec<_> = (0..2 * plan.workers)
            .map(|_| R::spawn(busy::<R>(stop.clone())))
            .collect();
        let sample = repeat(plan, tasks, move || spawn::many::<R>(tasks)).await;
        stop.store(true, Ordering::Relaxed);
        for task in busy {
            task.await;
        }
        sample
    })
}

async fn busy<R: Runtime>(stop: Arc<AtomicBool>) {
    while !stop.load(Ordering::Relaxed) {
        spin(POLL);
        R::yield_now().await;
    }
}

/// Occupies the thread for this long.
pub(super) fn spin(time: Duration) {
    let start = Instant::now();
    while start.elapsed() < time {
        black_box(());
    }
}
