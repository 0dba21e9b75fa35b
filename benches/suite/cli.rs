//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::plan::{Contender, Plan, Size};

/// Measures heist, tokio and smol in turns, each sample in a process of its own.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p heist-benches --")]
pub(crate) struct Options {
    /// Runs only the rows whose name contains one of these
    #[arg(value_name = "NAME")]
    pub(crate) filters: Vec<String>,

    /// Takes fewer and shorter samples of smaller batches: two minutes in total
    #[arg(long)]
    short: bool,

    /// Only checks that every row works: the figures mean nothing
    #[arg(long, conflicts_with = "short")]
    smoke: bool,

    /// Samples of each contender in each row [default: 7; with --short 3, with --smoke 1]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    rounds: Option<u32>,

    /// Worker threads of each runtime
    #[arg(long, default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    workers: u16,

    /// Measures this contender alone, for a profiler
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<Contender>,

    /// Measures heist a second time with stall detection turned off
    #[arg(long)]
    pub(crate) unwatched: bool,

    /// Writes every sample to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Writes a page with plots to this file, which is self-contained
    #[arg(long, value_name = "FILE")]
    pub(crate) html: Option<PathBuf>,

    /// Lists the rows and measures nothing
    #[arg(long)]
    pub(crate) list: bool,

    /// Passed by cargo to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}

impl Options {
    pub(crate) fn rounds(&self) -> u32 {
        self.rounds.unwrap_or(self.plan().pick(7, 3, 1))
    }

    pub(crate) fn plan(&self) -> Plan {
        Plan {
            workers: self.workers.into(),
            size: match (self.short, self.smoke) {
                (false, false) => Size::Full,
                (true, _) => Size::Short,
                (false, true) => Size::Smoke,
            },
            batches: None,
        }
    }
}
