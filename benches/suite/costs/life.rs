//! Starting and ending a runtime.

use std::time::Instant;

use crate::meter::Meter;
use crate::plan::Plan;
use crate::runtimes::Runtime;
use crate::sample::Sample;

pub(super) fn start_up<R: Runtime>(plan: &Plan) -> Sample {
    let mut meter = Meter::new(*plan);
    while meter.should_continue() {
        let start = Instant::now();
        let runtime = R::start(plan.workers);
        runtime.block_on(async { R::spawn(async {}).await });
        meter.late(start.elapsed());
        meter.add(1);
        drop(runtime);
    }
    meter.sample()
}

pub(super) fn shut_down<R: Runtime>(plan: &Plan) -> Sample {
    let mut meter = Meter::new(*plan);
    while meter.should_continue() {
        let runtime = R::start(plan.workers);
        runtime.block_on(async { R::spawn(async {}).await });
        let end = Instant::now();
        drop(runtime);
        meter.late(end.elapsed());
        meter.add(1);
    }
    meter.sample()
}
