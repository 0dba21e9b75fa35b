//! The rows that need no I/O: spawning, yielding, waking.
//!
//! A row is a batch of operations, generic over the runtime. Batches are repeated
//! until the measuring time is over, after a warm-up of the same.

mod chained;
mod ping_pong;
mod skynet;
mod spawn;
mod yields;

use std::future::Future;
use std::time::Instant;

use serde::{Deserialize, Serialize};

use crate::clock::process_cpu;
use crate::job::{Plan, Sample};
use crate::runtimes::Runtime;

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Row {
    SpawnOne,
    SpawnInside,
    SpawnOutside,
    Yield,
    PingPong,
    ChainedSpawn,
    Skynet,
}

impl Row {
    pub(crate) const ALL: [Row; 7] = [
        Row::SpawnOne,
        Row::SpawnInside,
        Row::SpawnOutside,
        Row::Yield,
        Row::PingPong,
        Row::ChainedSpawn,
        Row::Skynet,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Row::SpawnOne => "spawn_one",
            Row::SpawnInside => "spawn_10k_inside",
            Row::SpawnOutside => "spawn_10k_outside",
            Row::Yield => "yield",
            Row::PingPong => "ping_pong",
            Row::ChainedSpawn => "chained_spawn",
            Row::Skynet => "skynet",
        }
    }

    /// Runs the row in this process.
    pub(crate) fn run<R: Runtime>(self, plan: &Plan) -> Sample {
        match self {
            Row::SpawnOne => inside::<R, _>(plan, spawn::ONE, spawn::one_by_one::<R>),
            Row::SpawnInside => inside::<R, _>(plan, spawn::MANY, spawn::many::<R>),
            Row::SpawnOutside => outside::<R, _>(plan, spawn::MANY, spawn::many::<R>),
            Row::Yield => inside::<R, _>(plan, yields::COUNT, yields::batch::<R>),
            Row::PingPong => inside::<R, _>(plan, ping_pong::COUNT, ping_pong::batch::<R>),
            Row::ChainedSpawn => inside::<R, _>(plan, chained::COUNT, chained::batch::<R>),
            Row::Skynet => inside::<R, _>(plan, skynet::COUNT, skynet::batch::<R>),
        }
    }
}

/// Runs the batches within a task, on a worker.
fn inside<R, F>(plan: &Plan, operations: u64, batch: fn() -> F) -> Sample
where
    R: Runtime,
    F: Future<Output = ()> + Send + 'static,
{
    let plan = *plan;
    R::block_on(plan.workers, async move {
        R::spawn(async move { measure(&plan, operations, batch).await }).await
    })
}

/// Runs the batches on the thread that called `block_on`, which is no worker.
fn outside<R, F>(plan: &Plan, operations: u64, batch: fn() -> F) -> Sample
where
    R: Runtime,
    F: Future<Output = ()>,
{
    R::block_on(plan.workers, measure(plan, operations, batch))
}

async fn measure<F>(plan: &Plan, operations: u64, batch: fn() -> F) -> Sample
where
    F: Future<Output = ()>,
{
    let warm_up = Instant::now();
    loop {
        batch().await;
        if warm_up.elapsed() >= plan.warm_up() {
            break;
        }
    }

    let mut batches = 0;
    let cpu = process_cpu();
    let start = Instant::now();
    loop {
        batch().await;
        batches += 1;
        if start.elapsed() >= plan.measure() {
            break;
        }
    }
    Sample::new(batches * operations, start.elapsed(), process_cpu() - cpu)
}
