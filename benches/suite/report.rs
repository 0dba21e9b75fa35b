//! The results of a run: every sample, and the figures computed from them.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::thread;

use serde::Serialize;

use crate::plan::{Contender, Size};
use crate::row::{Group, Unit};
use crate::sample::Sample;

#[derive(Debug, Serialize)]
pub(crate) struct Report {
    pub(crate) machine: Machine,
    /// Versions of the packages under test, from the lock file.
    pub(crate) versions: BTreeMap<String, String>,
    pub(crate) workers: usize,
    pub(crate) size: Size,
    pub(crate) rounds: u32,
    /// Percent of the cores' time that a hypervisor gave to other machines during the run.
    pub(crate) stolen: Option<f64>,
    pub(crate) rows: Vec<Row>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) cpu: String,
    pub(crate) cores: usize,
    pub(crate) kernel: String,
}

#[derive(Debug, Serialize)]
pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) group: Group,
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) contenders: Vec<Series>,
}

#[derive(Debug, Serialize)]
pub(crate) struct Series {
    pub(crate) contender: Contender,
    pub(crate) samples: Vec<Sample>,
    /// Why there are fewer samples than rounds.
    pub(crate) failure: Option<String>,
    /// Why there is no sample, although nothing failed.
    pub(crate) skipped: Option<String>,
}

/// One figure over all rounds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Summary {
    pub(crate) median: f64,
    pub(crate) min: f64,
    pub(crate) max: f64,
}

impl Report {
    /// Returns an error that names the first failure, if there was one.
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

    pub(crate) fn of(&self, group: Group) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(move |row| row.group == group)
    }

    /// Returns the geometric mean of how many times as fast as tokio the contender is in a group,
    /// and the number of rows in the mean.
    pub(crate) fn mean_speed(&self, group: Group, contender: Contender) -> Option<(f64, usize)> {
        let speeds: Vec<f64> = self
            .of(group)
            .filter_map(|row| row.speed(row.of(contender)?))
            .filter(|speed| speed.is_normal())
            .collect();
        let logs: f64 = speeds.iter().map(|speed| speed.ln()).sum();
        (!speeds.is_empty()).then(|| ((logs / speeds.len() as f64).exp(), speeds.len()))
    }

    /// Returns, line by line, the conditions that a reader of the figures must know.
    pub(crate) fn conditions(&self) -> Vec<String> {
        let versions: Vec<String> = self
            .versions
            .iter()
            .map(|(package, version)| format!("{package} {version}"))
            .collect();
        let Machine { cpu, cores, kernel } = &self.machine;
        let mut lines = vec![
            versions.join(", "),
            format!(
                "{cpu}, {cores} cores, Linux {kernel}; {} workers; medians of up to {} samples \
                 each, in turns",
                self.workers, self.rounds
            ),
        ];
        if let Some(stolen) = self.stolen {
            lines.push(format!(
                "others on the host took {stolen:.1} % of the cores' time meanwhile"
            ));
        }
        if self.size == Size::Smoke {
            lines.push("a smoke test: these figures mean nothing".to_owned());
        }
        lines
    }
}

impl Row {
    pub(crate) fn of(&self, contender: Contender) -> Option<&Series> {
        self.contenders
            .iter()
            .find(|series| series.contender == contender)
    }

    /// Returns how many times as fast as tokio, or as cheap, the contender is.
    pub(crate) fn speed(&self, series: &Series) -> Option<f64> {
        let tokio = self.of(Contender::Tokio)?.figure()?.median;
        Some(tokio / series.figure()?.median)
    }

    /// Returns the CPU time as a multiple of tokio's.
    pub(crate) fn cpu(&self, series: &Series) -> Option<f64> {
        let tokio = self.of(Contender::Tokio)?.cpu()?.median;
        Some(series.cpu()?.median / tokio)
    }

    /// Returns the load, if the row sets it.
    pub(crate) fn rate(&self) -> Option<u64> {
        self.contenders
            .iter()
            .find_map(|series| series.samples.first()?.rate)
    }
}

impl Series {
    pub(crate) fn new(contender: Contender) -> Series {
        Series {
            contender,
            samples: Vec::new(),
            failure: None,
            skipped: None,
        }
    }

    /// Returns whether another sample is worth taking.
    pub(crate) fn should_continue(&self) -> bool {
        self.failure.is_none() && self.skipped.is_none()
    }

    /// Returns the row's main figure in its unit; None if no sample was taken.
    pub(crate) fn figure(&self) -> Option<Summary> {
        self.summary(|sample| Some(sample.figure))
    }

    /// Returns the nanoseconds of CPU time per operation.
    pub(crate) fn cpu(&self) -> Option<Summary> {
        self.summary(|sample| sample.cpu_ns)
    }

    pub(crate) fn summary(&self, figure: impl Fn(&Sample) -> Option<f64>) -> Option<Summary> {
        let mut figures: Vec<f64> = self.samples.iter().filter_map(figure).collect();
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

/// Returns the versions of the packages under test in the lock file.
pub(crate) fn versions() -> BTreeMap<String, String> {
    let lock = include_str!("../../Cargo.lock");
    let version = |package: &str| {
        let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
        let (version, _) = rest.split_once('"')?;
        Some((package.to_owned(), version.to_owned()))
    };
    [
        "heist",
        "tokio",
        "smol",
        "async-executor",
        "async-io",
        "rayon",
    ]
    .into_iter()
    .filter_map(version)
    .collect()
}
