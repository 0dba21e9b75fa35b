//! What a run has found: every sample, and the figures drawn from them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::thread;

use serde::Serialize;

use crate::job::{Contender, Sample};

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// Of the packages under test, as locked.
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) workers: usize,
    pub(crate) rounds: u32,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
}

/// Which table a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Kind {
    Scheduler,
    Echo,
    Proxy,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// How long each sample was meant to take.
    pub(crate) measure_ms: u64,
    /// Requests per second, of a row with a fixed rate.
    pub(crate) rate: Option<u64>,
    pub(crate) contenders: Vec<Series>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) contender: Contender,
    pub(crate) samples: Vec<Sample>,
    /// Why there are fewer samples than rounds.
    pub(crate) failure: Option<String>,
}

/// Of one figure over the rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Report {
    /// An error that says what failed, if anything did.
    pub(crate) fn failed(&self) -> io::Result<()> {
        for row in &self.rows {
            for series in &row.contenders {
                if let Some(failure) = &series.failure {
                    let (row, who) = (&row.name, series.contender.name());
                    return Err(io::Error::other(format!("{row} on {who}: {failure}")));
                }
            }
        }
        Ok(())
    }
}

impl Row {
    pub(crate) fn of(&self, contender: Contender) -> Option<&Series> {
        self.contenders
            .iter()
            .find(|series| series.contender == contender)
    }
}

impl Series {
    /// Nanoseconds of wall time per operation; none if no sample was taken.
    pub(crate) fn wall(&self) -> Option<Summary> {
        self.summary(|sample| sample.wall_ns as f64 / sample.operations as f64)
    }

    /// Nanoseconds of CPU time per operation.
    pub(crate) fn cpu(&self) -> Option<Summary> {
        self.summary(|sample| sample.cpu_ns as f64 / sample.operations as f64)
    }

    pub(crate) fn summary(&self, figure: impl Fn(&Sample) -> f64) -> Option<Summary> {
        let mut figures: Vec<f64> = self.samples.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        let (min, max) = (*figures.first()?, *figures.last()?);
        let upper = figures.len() / 2;
        let lower = (figures.len() - 1) / 2;
        Some(Summary {
            median: (figures[lower] + figures[upper]) / 2.0,
            min,
            max,
        })
    }
}

impl Machine {
    pub(crate) fn this() -> Machine {
        let read = |path| fs::read_to_string(path).unwrap_or_default();
        let cpu_info = read("/proc/cpuinfo");
        let model = cpu_info
            .lines()
            .find_map(|line| line.strip_prefix("model name"))
            .map_or("unknown", |rest| rest.trim_start_matches([' ', '\t', ':']));
        Machine {
            cpu: model.to_owned(),
            cores: thread::available_parallelism().map_or(1, usize::from),
            kernel: read("/proc/sys/kernel/osrelease").trim().to_owned(),
        }
    }
}

/// What the lock file holds of the packages under test.
pub(crate) fn versions() -> BTreeMap<String, String> {
    let lock = include_str!("../../Cargo.lock");
    let version = |package: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
        let (version, _) = rest.split_once('"')?;
        Some((package.to_owned(), version.to_owned()))
    };
    ["heist", "tokio", "smol", "async-executor", "async-io"]
        .into_iter()
        .filter_map(version)
        .collect()
}
