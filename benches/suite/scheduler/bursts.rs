//! Work that arrives at a runtime which has just started or has been idle.

use std::thread;
use std::time::{Duration, Instant};

use super::spawn;
use crate::body::outside;
use crate::meter::Meter;
use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// Long enough for every worker to fall asleep.
const PAUSE: Duration = Duration::from_millis(2);

const TASKS: u64 = 1_000;

/// Measures from starting a runtime until it has run its first tasks and has ended.
pub(super) fn cold<R: Runtime>(plan: &Plan) -> Sample {
    let mut meter = Meter::new(*plan);
    while meter.should_continue() {
        let start = Instant::now();
        let runtime = R::start(plan.workers);
        runtime.block_on(spawn::many::<R>(TASKS));
        drop(runtime);
        meter.late(start.elapsed());
        meter.add(1);
    }
    meter.sample()
}

/// Measures from the first spawn of the burst until the last task has been awaited.
pub(super) fn after_idling<R: Runtime>(plan: &Plan) -> Sample {
    outside::<R>(plan, async {
        let mut meter = Meter::new(*plan);
        while meter.should_continue() {
            thread::sleep(PAUSE);
            let start = Instant::now();
            spawn::many::<R>(TASKS).await;
            meter.late(start.elapsed());
            meter.add(1);
        }
        meter.sample()
    })
}
