//! Rows that are a loop in one process: a body, generic over the runtime, repeated batch by batch.

use std::future::Future;

use crate::meter::Meter;
use crate::plan::Plan;
use crate::row::{Group, Unit};
use crate::runtimes::Runtime;
use crate::sample::Sample;

/// One of the loops, on one of the runtimes.
pub(crate) struct Loop {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// What one operation is.
    pub(crate) what: &'static str,
    pub(crate) unit: Unit,
    pub(crate) run: fn(&Plan) -> Sample,
    /// The same work done by a join, on the contenders that have one.
    pub(crate) by_join: Option<ByJoin>,
}

#[derive(Clone, Copy)]
pub(crate) struct ByJoin {
    pub(crate) heist: fn(&Plan) -> Sample,
    pub(crate) rayon: fn(&Plan) -> Sample,
}

/// Runs a loop within a task, on a worker.
pub(crate) fn inside<R: Runtime>(
    plan: &Plan,
    body: impl Future<Output = Sample> + Send + 'static,
) -> Sample {
    R::start(plan.workers).block_on(async { R::spawn(body).await })
}

/// Runs a loop on the thread that calls `block_on`, which is not a worker.
pub(crate) fn outside<R: Runtime>(plan: &Plan, body: impl Future<Output = Sample>) -> Sample {
    R::start(plan.workers).block_on(body)
}

/// Repeats a batch of `operations` operations.
pub(crate) async fn repeat<F>(plan: Plan, operations: u64, batch: impl Fn() -> F) -> Sample
where
    F: Future<Output = ()>,
{
    let mut meter = Meter::new(plan);
    while meter.should_continue() {
        batch().await;
        meter.add(operations);
    }
    meter.sample()
}
