//! Rows that are loops in one process: their list, and running one.

use crate::body::Loop;
use crate::job::Job;
use crate::plan::{Contender, Plan};
use crate::process::Child;
use crate::row::Row;
use crate::runtimes::{Heist, Runtime, Smol, Tokio};
use crate::sample::Sample;
use crate::{costs, scheduler, timers};

fn loops<R: Runtime>() -> Vec<Loop> {
    let mut loops = scheduler::loops::<R>();
    loops.extend(timers::loops::<R>());
    loops.extend(costs::loops::<R>());
    loops
}

pub(crate) fn rows() -> Vec<Row> {
    // The metadata read here is the same for every runtime.
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
            let mut child = Child::start(&Job::of_loop(body.name, contender, plan))?;
            let sample = child.read()?;
            child.finish()?;
            Ok(sample)
        }),
    };
    loops::<Heist>().into_iter().map(row).collect()
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
