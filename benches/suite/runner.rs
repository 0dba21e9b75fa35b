//! Takes the samples: row by row, round by round, one contender after the other, so that other load
//! on the machine affects all of them alike.

use std::io::ErrorKind;

use crate::cli::Options;
use crate::clock::Stolen;
use crate::plan::{Contender, Plan};
use crate::report::{self, Machine, Report, Series};
use crate::row::Row;

pub(crate) fn run(rows: &[Row], options: &Options) -> Report {
    let (plan, rounds) = (options.plan(), options.rounds());
    let stolen = Stolen::since_now();
    let mut results = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        eprintln!("[{}/{}] {}", index + 1, rows.len(), row.name);
        results.push(take(row, &plan, rounds, options));
    }
    Report {
        machine: Machine::this(),
        versions: report::versions(),
        workers: plan.workers,
        size: plan.size,
        rounds,
        stolen: stolen.percent(),
        rows: results,
    }
}

fn take(row: &Row, plan: &Plan, rounds: u32, options: &Options) -> report::Row {
    let unwatched = (options.unwatched && row.runs_heist()).then_some(Contender::HeistUnwatched);
    let mut series: Vec<Series> = row
        .contenders
        .iter()
        .copied()
        .chain(unwatched)
        .filter(|&contender| options.only.is_none_or(|only| only == contender))
        .map(Series::new)
        .collect();
    for _ in 0..rounds.min(row.most_rounds) {
        for series in series.iter_mut().filter(|one| one.should_continue()) {
            match (row.sample)(series.contender, plan) {
                Ok(sample) => series.samples.push(sample),
                Err(error) if error.kind() == ErrorKind::Unsupported => {
                    series.skipped = Some(error.to_string());
                }
                Err(error) => series.failure = Some(error.to_string()),
            }
        }
    }
    report::Row {
        name: row.name.clone(),
        group: row.group,
        what: row.what.clone(),
        unit: row.unit,
        contenders: series,
    }
}
