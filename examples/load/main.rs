//! `load`: a load tester for echo services over TCP, Unix sockets and UDP.
//!
//! ```text
//! cargo run --release --example load
//! cargo run --release --example load -- 127.0.0.1:7000 --connections 1000 --report load.html
//! cargo run --release --example load -- udp://127.0.0.1:7000
//! ```
//!
//! The command line is in `args.rs`, the course of a run in `measure.rs`, a client's work in
//! `connection.rs` and `datagrams.rs`, and the recording of replies without contention between
//! cores in `stats.rs`.

mod alarm;
mod args;
mod client;
mod connect;
mod connection;
mod datagrams;
mod errors;
mod measure;
mod own_server;
mod progress;
mod report;
mod run;
mod stats;
mod summary;
mod table;

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Parser;
use heist::io::NamedError;
use heist::runtime::Builder;
use heist::signal::{Signal, SignalKind, signal};
use heist_tools::descriptors;
use heist_tools::units::{counted, thousands};

use crate::args::Args;
use crate::client::Target;
use crate::own_server::OwnServer;
use crate::run::Run;
use crate::summary::Summary;

fn main() -> ExitCode {
    match load(&Args::parse()) {
        Ok(summary) if summary.clean => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(1),
        Err(error) => {
            eprintln!("load: {error}");
            ExitCode::from(2)
        }
    }
}

/// Runs and reports. Returns an error if the run could not start or the report could not be
/// written.
fn load(args: &Args) -> io::Result<Summary> {
    args.check().map_err(io::Error::other)?;
    check_descriptors(args, descriptors::raise())?;
    let cores = || available_parallelism().map_or(1, usize::from);
    let workers = args.workers.unwrap_or_else(cores);
    let runtime = Builder::new()
        .worker_threads(workers)
        .thread_name("load-worker")
        .build()?;
    match &args.address {
        Some(address) => runtime.block_on(async {
            let server = Target::find(address).await?;
            load_server(args, workers, address.to_string(), server).await
        }),
        None => {
            let own = OwnServer::start(workers)?;
            let server = Target::Tcp(vec![own.address]);
            runtime.block_on(load_server(args, workers, own.address.to_string(), server))
        }
    }
}

async fn load_server(
    args: &Args,
    workers: usize,
    name: String,
    server: Target,
) -> io::Result<Summary> {
    // Now instead of after the run, when a mistyped path would lose its result.
    let files = create_files(args)?;
    let run = Arc::new(Run::new(args, workers));
    let interrupts = signal(SignalKind::interrupt())?;
    heist::spawn(heed(interrupts, run.clone()));

    let outcome = measure::measure(args, &run, server).await;
    let summary = Summary::new(args, workers, name, &run, &outcome);
    // A full or closed standard output must not prevent writing the files.
    let mut out = io::stdout().lock();
    let printed = table::print(&summary, &mut out).and_then(|()| out.flush());
    for (path, mut file, render) in files {
        let written = file.write_all(render(&summary).as_bytes());
        written.map_err(cannot_write(path))?;
    }
    match printed {
        // The reader has closed the pipe, like `head`.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        printed => printed.map_err(cannot_write(Path::new("the results to standard output")))?,
    }
    Ok(summary)
}

/// Handles Ctrl-C: the first one ends the measurement, the second the wait for outstanding replies.
async fn heed(mut interrupts: Signal, run: Arc<Run>) {
    while interrupts.recv().await.is_some() {
        run.interrupt();
    }
}

/// Renders the contents of a requested file.
type Render = fn(&Summary) -> String;

fn create_files(args: &Args) -> io::Result<Vec<(&Path, File, Render)>> {
    let makers: [Render; 2] = [Summary::json, report::render];
    let mut files = Vec::new();
    for (path, render) in std::iter::zip([&args.json, &args.report], makers) {
        if let Some(path) = path {
            let file = File::create(path).map_err(cannot_write(path))?;
            files.push((path.as_path(), file, render));
        }
    }
    Ok(files)
}

fn cannot_write(path: &Path) -> impl FnOnce(io::Error) -> io::Error {
    move |error| NamedError::about(format!("cannot write {}", path.display()), error)
}

/// Checks whether the process may open as many files as the connections need.
fn check_descriptors(args: &Args, limit: u64) -> io::Result<()> {
    /// For the other open files: standard streams, pollers, the reports.
    const SPARE: u64 = 64;
    let (each, ends) = match args.address {
        None => (2, " and their server's ends of them"),
        Some(_) => (1, ""),
    };
    let needed = args.connections * each + SPARE;
    if needed <= limit {
        return Ok(());
    }
    Err(io::Error::other(format!(
        "{}{ends} need {} file descriptors, and this process may open {}: \
         raise the hard limit (ulimit -Hn), or use at most {} connections",
        counted(args.connections, "connection"),
        thousands(needed),
        thousands(limit),
        thousands(limit.saturating_sub(SPARE) / each)
    )))
}
