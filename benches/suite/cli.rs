//! The command line.

use std::path::PathBuf;

use clap::Parser;

use crate::job::Contender;

/// Measures heist, tokio and smol in turns, each sample in a process of its own.
#[derive(Debug, Parser)]
#[command(name = "cargo bench -p heist-benches --")]
pub(crate) struct Options {
    /// Runs only the rows whose name contains this
    #[arg(default_value = "", hide_default_value = true)]
    pub(crate) filter: String,

    /// Takes fewer and shorter samples: two minutes in all
    #[arg(long)]
    pub(crate) short: bool,

    /// Samples of each contender in each row [default: 7, or 3 with --short]
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) rounds: Option<u32>,

    /// Worker threads of each runtime
    #[arg(long, default_value = "2", value_parser = clap::value_parser!(u16).range(1..))]
    pub(crate) workers: u16,

    /// Measures this contender alone, for a profiler to look at
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Option<Contender>,

    /// Writes every sample to this file
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Lists the rows and measures nothing
    #[arg(long)]
    pub(crate) list: bool,

    /// What cargo passes to every benchmark
    #[arg(long, hide = true)]
    bench: bool,
}
