//! Takes the samples: row by row, round by round, one contender after the other, so
//! that whatever else the machine does meets all of them alike.

use std::io;

use crate::cli::Options;
use crate::echo;
use crate::job::{Contender, Job, Plan, Sample};
use crate::process::Child;
use crate::proxy;
use crate::report::{self, Kind, Machine, Report, Series};
use crate::scheduler;

#[derive(Clone, Copy, Debug)]
pub(crate) enum Row {
    Scheduler(scheduler::Row),
    Echo(echo::Row),
    Proxy(proxy::Row),
}

/// The rows whose names contain the filter.
pub(crate) fn rows(filter: &str) -> Vec<Row> {
    let scheduler = scheduler::Row::ALL.into_iter().map(Row::Scheduler);
    let echo = echo::Row::ALL.into_iter().map(Row::Echo);
    let proxy = proxy::Row::ALL.into_iter().map(Row::Proxy);
    scheduler
        .chain(echo)
        .chain(proxy)
        .filter(|row| row.name().contains(filter))
        .collect()
}

pub(crate) fn run(rows: &[Row], options: &Options) -> io::Result<Report> {
    let rounds = options.rounds.unwrap_or(if options.short { 3 } else { 7 });
    let mut results = Vec::with_capacity(rows.len());
    for (index, row) in rows.iter().enumerate() {
        eprintln!("[{}/{}] {}", index + 1, rows.len(), row.name());
        results.push(row.run(&row.plan(options), rounds, options.only)?);
    }
    Ok(Report {
        machine: Machine::this(),
        versions: report::versions(),
        workers: options.workers.into(),
        rounds,
        rows: results,
    })
}

impl Row {
    pub(crate) fn name(self) -> String {
        match self {
            Row::Scheduler(row) => row.name().to_owned(),
            Row::Echo(row) => row.name(),
            Row::Proxy(row) => row.name().to_owned(),
        }
    }

    /// Two processes and a network settle more slowly than a loop.
    fn plan(self, options: &Options) -> Plan {
        let (warm_up_ms, measure_ms) = match (self, options.short) {
            (Row::Scheduler(_), true) => (100, 300),
            (Row::Scheduler(_), false) => (300, 1_000),
            (Row::Echo(_) | Row::Proxy(_), true) => (200, 1_000),
            (Row::Echo(_) | Row::Proxy(_), false) => (500, 2_000),
        };
        Plan {
            workers: options.workers.into(),
            warm_up_ms,
            measure_ms,
        }
    }

    fn run(self, plan: &Plan, rounds: u32, only: Option<Contender>) -> io::Result<report::Row> {
        let (contenders, rate): (&[Contender], _) = match self {
            Row::Scheduler(_) => (&Contender::RUNTIMES, None),
            Row::Echo(row) => (&Contender::SERVERS, row.rate(plan)?),
            Row::Proxy(_) => (&Contender::PROXIES, None),
        };
        let mut series: Vec<Series> = contenders
            .iter()
            .filter(|&&contender| only.is_none_or(|only| only == contender))
            .map(|&contender| Series {
                contender,
                samples: Vec::new(),
                failure: None,
            })
            .collect();
        for _ in 0..rounds {
            for series in series.iter_mut().filter(|one| one.failure.is_none()) {
                match self.sample(series.contender, plan, rate) {
                    Ok(sample) => series.samples.push(sample),
                    Err(error) => series.failure = Some(error.to_string()),
                }
            }
        }
        Ok(report::Row {
            name: self.name(),
            kind: match self {
                Row::Scheduler(_) => Kind::Scheduler,
                Row::Echo(_) => Kind::Echo,
                Row::Proxy(_) => Kind::Proxy,
            },
            measure_ms: plan.measure_ms,
            rate,
            contenders: series,
        })
    }

    fn sample(self, contender: Contender, plan: &Plan, rate: Option<u64>) -> io::Result<Sample> {
        match self {
            Row::Scheduler(row) => {
                let plan = *plan;
                let mut child = Child::start(&Job::Scheduler {
                    row,
                    contender,
                    plan,
                })?;
                let sample = child.read()?;
                child.finish()?;
                Ok(sample)
            }
            Row::Echo(row) => row.sample(contender, plan, rate),
            Row::Proxy(row) => row.sample(contender, plan),
        }
    }
}
