//! `stall`: how tasks that block affect all other tasks, on heist and on tokio.
//!
//! ```text
//! cargo run --release --example stall
//! cargo run --release --example stall -- --report stall.html
//! cargo run --release --example stall -- --only echo --picture docs/stall.svg
//! ```
//!
//! An echo server runs in a process of its own, beside tasks that block their worker for 50 of
//! every 60 ms. It is loaded at a fixed rate, first on heist and then on tokio (stable, with its
//! default settings), and the latencies are shown side by side, together with Go's if Go is
//! installed. Then, for both runtimes, it measures how long a task waits behind a parent that
//! blocks, and how late a timer or an answer is beside a crowd of tasks that compute, beside hogs
//! that compute without yielding, and beside 300 tasks that block at the same time. To run only one
//! of these: `--only parents`.
//!
//! `--soak 10m` loads heist alone, with tasks that stall at random, and checks that nothing is lost
//! or leaked.

mod client;
mod contender;
mod crowd;
mod go;
mod parents;
mod report;
mod server;
mod soak;

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::thread::available_parallelism;
use std::time::Duration;

use clap::{Parser, ValueEnum};
use hdrhistogram::Histogram;
use heist::io::NamedError;
use heist_tools::table::table;
use heist_tools::units::{duration, latency};
use indicatif::ProgressBar;

use crate::client::{Gaps, Load};
use crate::crowd::Found;
use crate::go::Go;
use crate::parents::{Blocked, Parents};
use crate::server::Server;
use crate::soak::Soak;

/// Tasks that block, on heist and on tokio: latencies of an echo service beside them.
#[derive(Parser)]
#[command(name = "stall", version, max_term_width = 100)]
struct Args {
    /// How long each server is loaded in each scene
    #[arg(short, long, value_name = "TIME", default_value = "5s", value_parser = duration)]
    duration: Duration,
    /// Worker threads of each runtime [default: one per core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// Only these scenes
    #[arg(long, value_name = "SCENES", value_delimiter = ',')]
    only: Vec<Kind>,
    /// Write a page with plots to this file
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// Draw the scene in which all workers are blocked to this file, as SVG
    #[arg(long, value_name = "FILE")]
    picture: Option<PathBuf>,
    /// Instead check for this long that heist loses nothing while tasks stall at random
    #[arg(long, value_name = "TIME", value_parser = duration)]
    soak: Option<Duration>,
    /// Seed of the soak's random numbers [default: random]
    #[arg(long, value_name = "N", requires = "soak")]
    seed: Option<u64>,
    /// Serve on this runtime, beside --blocking tasks that block, until standard input ends
    #[arg(long, hide = true, requires = "blocking")]
    serve: Option<Contender>,
    #[arg(long, hide = true)]
    blocking: Option<usize>,
}

/// The runtimes that are compared.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Contender {
    Heist,
    Tokio,
}

impl Contender {
    const ALL: [Contender; 2] = [Contender::Heist, Contender::Tokio];

    fn name(self) -> &'static str {
        match self {
            Contender::Heist => "heist",
            Contender::Tokio => "tokio",
        }
    }
}

/// The scenes, by what they demonstrate.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An echo server beside tasks that block
    Echo,
    /// Tasks behind a parent that blocks
    Parents,
    /// A timer and an answer beside many tasks that compute and yield
    Crowd,
    /// The same beside tasks that compute without yielding
    Hogs,
    /// A timer beside 300 tasks that block at the same time
    Blocked,
}

/// A server with tasks that block, and the load on it.
struct Scene {
    title: String,
    blocking: usize,
    load: Load,
}

/// The latencies of one scene, in nanoseconds, in the order of [`Contender::ALL`].
struct Result {
    title: String,
    latencies: [Histogram<u64>; 2],
    go: Option<Histogram<u64>>,
}

/// The index of the scene in which all workers are blocked.
const ALL_BLOCKED: usize = 1;

fn scenes(workers: usize, duration: Duration) -> [Scene; 3] {
    let steady = Load {
        connections: 64,
        rate: 5_000.0,
        gaps: Gaps::Even,
        duration,
    };
    let sparse = Load {
        connections: 16,
        rate: 500.0,
        gaps: Gaps::Random,
        duration,
    };
    [
        Scene {
            title: "no task blocks, 5,000 requests per second".to_owned(),
            blocking: 0,
            load: steady,
        },
        Scene {
            title: format!("{workers} tasks block 50 of every 60 ms, 5,000 requests per second"),
            blocking: workers,
            load: steady,
        },
        Scene {
            title: "one task blocks 50 of every 60 ms, 500 requests per second at random"
                .to_owned(),
            blocking: 1,
            load: sparse,
        },
    ]
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("stall: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let cores = || available_parallelism().map_or(1, usize::from);
    let workers = args.workers.unwrap_or_else(cores);
    if let (Some(contender), Some(blocking)) = (args.serve, args.blocking) {
        return server::serve(contender, workers, blocking);
    }
    if let Some(duration) = args.soak {
        let seed = args.seed.unwrap_or_else(|| fastrand::u64(..));
        let soak = Soak {
            workers,
            duration,
            seed,
        };
        return soak.run();
    }
    // Now instead of after the run, when a mistyped path would lose its result.
    let report = args.report.as_deref().map(Output::create).transpose()?;
    let picture = args.picture.as_deref().map(Output::create).transpose()?;
    let mut out = io::stdout();
    writeln!(
        out,
        "{workers} workers each; latencies of an echo of 64 bytes, from when it was due\n"
    )?;
    let is_wanted = |kind: Kind| args.only.is_empty() || args.only.contains(&kind);
    let mut results = Vec::new();
    if is_wanted(Kind::Echo) || picture.is_some() {
        let go = Go::build()?;
        for scene in scenes(workers, args.duration) {
            let result = play(&scene, workers, go.as_ref())?;
            print(&result, &mut out)?;
            results.push(result);
        }
    }
    let parents = match is_wanted(Kind::Parents) {
        true => ask_parents(workers, &mut out)?,
        false => Vec::new(),
    };
    let crowds = [
        (Kind::Crowd, crowd::crowds()),
        (Kind::Hogs, crowd::hogs()),
        (Kind::Blocked, crowd::blocked()),
    ];
    let crowds = crowds.into_iter().filter(|(kind, _)| is_wanted(*kind));
    let crowds: Vec<_> = crowds.flat_map(|(_, scenes)| scenes).collect();
    let found = play_crowds(&crowds, workers, args.duration, &mut out)?;
    if let Some(report) = report {
        report.write(&report::page(workers, &results, &parents, &found))?;
    }
    if let (Some(picture), Some(result)) = (picture, results.get(ALL_BLOCKED)) {
        picture.write(&report::picture(workers, result))?;
    }
    Ok(())
}

/// An output file for a result.
struct Output<'a> {
    path: &'a Path,
    file: File,
}

impl<'a> Output<'a> {
    fn create(path: &'a Path) -> io::Result<Self> {
        let file = File::create(path).map_err(|error| Self::failed(path, error))?;
        Ok(Self { path, file })
    }

    fn write(mut self, text: &str) -> io::Result<()> {
        let written = self.file.write_all(text.as_bytes());
        written.map_err(|error| Self::failed(self.path, error))?;
        writeln!(io::stdout(), "written: {}", self.path.display())
    }

    fn failed(path: &Path, error: io::Error) -> io::Error {
        NamedError::about(format!("cannot write {}", path.display()), error)
    }
}

/// Loads one server after the other.
fn play(scene: &Scene, workers: usize, go: Option<&Go>) -> io::Result<Result> {
    let progress = ProgressBar::new_spinner();
    progress.enable_steady_tick(Duration::from_millis(100));
    let measure = |name: &str, server: io::Result<Server>| {
        progress.set_message(format!("{name}: {}", scene.title));
        let server = server?;
        let latencies = client::run(server.address, scene.load)?;
        server.stop()?;
        io::Result::Ok(latencies)
    };
    let [heist, tokio] = Contender::ALL.map(|contender| {
        let server = Server::start(contender, workers, scene.blocking);
        measure(contender.name(), server)
    });
    let go = go.map(|go| measure("go", go.start(workers, scene.blocking)));
    progress.finish_and_clear();
    Ok(Result {
        title: scene.title.clone(),
        latencies: [heist?, tokio?],
        go: go.transpose()?,
    })
}

fn print(result: &Result, out: &mut impl Write) -> io::Result<()> {
    let rows = Contender::ALL
        .map(Contender::name)
        .into_iter()
        .zip(&result.latencies);
    let rows = rows.chain(result.go.as_ref().map(|latencies| ("go", latencies)));
    let rows = rows.map(|(name, latencies)| {
        let values = [0.5, 0.9, 0.99, 0.999, 1.0].map(|quantile| shown(latencies, quantile));
        [&[name.to_owned()], &values[..]].concat()
    });
    let header = ["", "p50", "p90", "p99", "p99.9", "max"];
    writeln!(out, "{}\n{}\n", result.title, table(1, &header, rows))
}

fn shown(latencies: &Histogram<u64>, quantile: f64) -> String {
    latency(latencies.value_at_quantile(quantile) as f64)
}

fn ask_parents(workers: usize, out: &mut impl Write) -> io::Result<Vec<Parents>> {
    writeln!(
        out,
        "how long a task waits behind a parent that blocks for {:?}: the first time, and then",
        parents::BLOCKED
    )?;
    let mut all = Vec::new();
    for blocked in [Blocked::OneWorker, Blocked::AllWorkers] {
        all.extend(parents::ask(blocked, workers)?);
    }
    writeln!(
        out,
        "{}\n",
        table(1, &Parents::HEADER, all.iter().map(Parents::row))
    )?;
    Ok(all)
}

fn play_crowds(
    scenes: &[crowd::Scene],
    workers: usize,
    duration: Duration,
    out: &mut impl Write,
) -> io::Result<Vec<Found>> {
    if scenes.is_empty() {
        return Ok(Vec::new());
    }
    writeln!(
        out,
        "how late a timer of 2 ms is, or how long an answer takes, beside other tasks; and how many of \
         their polls\nend during that time, and per second"
    )?;
    let mut all = Vec::new();
    for scene in scenes {
        all.push(crowd::play(scene, workers, duration)?);
    }
    writeln!(
        out,
        "{}\n",
        table(2, &Found::HEADER, all.iter().flat_map(Found::rows))
    )?;
    Ok(all)
}
