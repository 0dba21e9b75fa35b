//! Rows that are loops in one process: a body, generic over the runtime, repeated batch
//! by batch.

use std::future::Future;

use crate::costs;
use crate::job::{Contender, Job, Plan, Sample};
use crate::meter::Meter;
use crate::process::Child;
use crate::row::{Group, Row, Unit};
use crate::runtimes::{Heist, Runtime, Smol, Tokio};
use crate::{scheduler, timers};

/// One of the loops, on one of the runtimes.
pub(crate) struct Loop {
    pub(crate) name: &'static str,
    pub(crate) group: Group,
    /// What an operation is.
    pub(crate) what: &'static str,
    pub(crate) unit: Unit,
    pub(crate) run: fn(&Plan) -> Sample,
    /// The same work by a join, for those who have one.
    pub(crate) by_join: Option<ByJoin>,
}

#[derive(Clone, Copy)]
pub(crate) struct ByJoin {
    pub(crate) heist: fn(&Plan) -> Sample,
    pub(crate) rayon: fn(&Plan) -> Sample,
}

fn loops<R: Runtime>() -> Vec<Loop> {
    let mut loops = scheduler::loops::<R>();
    loops.extend(timers::loops::<R>());
    loops.extend(costs::loops::<R>());
    loops
}

pub(crate) fn rows() -> Vec<Row> {
    // Which runtime makes no difference to what is taken from a loop here.
    let row = |body: Loop| Row {
        name: body.name.to_owned(),
        group: body.group,
        what: body.what.to_owned(),
        unit: body.unit,
        contenders: match body.by_join {
            Some(_) => Contender::WITH_RAYON,
            None => Contender::RUNTIMES,
        },
        most_rounds: u32::MAX,
        sample: Box::new(|contender, plan| {
            let mut child = Child::start(&job(body.name, contender, plan))?;
            let sample = child.read()?;
            child.finish()?;
            Ok(sample)
        }),
    };
    loops::<Heist>().into_iter().map(row).collect()
}

pub(crate) fn job(name: &str, contender: Contender, plan: &Plan) -> Job {
    Job::Loop {
        name: name.to_owned(),
        contender,
        plan: *plan,
    }
}

/// Runs the loop of this name in this process.
pub(crate) fn run(name: &str, contender: Contender, plan: &Plan) -> Sample {
    let loops = match contender {
        Contender::Tokio => loops::<Tokio>(),
        Contender::Smol => loops::<Smol>(),
        Contender::HeistUnwatched => {
            Heist::watch_no_more();
            loops::<Heist>()
        }
        _ => loops::<Heist>(),
    };
    let body = loops.into_iter().find(|body| body.name == name);
    let body = body.expect("the parent has the same loops");
    let run = match (contender, body.by_join) {
        (Contender::Rayon, by_join) => by_join.expect("it has a reference").rayon,
        (Contender::Heist | Contender::HeistUnwatched, Some(by_join)) => by_join.heist,
        _ => body.run,
    };
    run(plan)
}

/// Runs a loop within a task, on a worker.
pub(crate) fn inside<R: Runtime>(
    plan: &Plan,
    body: impl Future<Output = Sample> + Send + 'static,
) -> Sample {
    R::start(plan.workers).block_on(async { R::spawn(body).await })
}

/// Runs a loop on the thread that calls `block_on`, which is no worker.
pub(crate) fn outside<R: Runtime>(plan: &Plan, body: impl Future<Output = Sample>) -> Sample {
    R::start(plan.workers).block_on(body)
}

/// Repeats a batch of so many operations.
pub(crate) async fn repeat<F>(plan: Plan, operations: u64, batch: impl Fn() -> F) -> Sample
where
    F: Future<Output = ()>,
{
    let mut meter = Meter::new(plan);
    while meter.goes_on() {
        batch().await;
        meter.add(operations);
    }
    meter.sample()
}
