//! `load`: a load tester for TCP echo services.
//!
//! ```text
//! cargo run --release --example load
//! cargo run --release --example load -- 127.0.0.1:7000 --connections 1000 --report load.html
//! ```
//!
//! `args.rs` has the command line, `measure.rs` the course of a run, `connection.rs` what a
//! connection does, `stats.rs` how replies are recorded without contention between cores.

mod args;
mod connect;
mod connection;
mod errors;
#[path = "../echo/fd_limit.rs"]
mod fd_limit;
mod format;
mod measure;
mod own_server;
mod pattern;
mod progress;
mod report;
mod run;
mod schedule;
mod stats;
mod summary;
mod table;

use std::fs::File;
use std::io::{self, Write};
use std::net::SocketAddr;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::available_parallelism;

use clap::Parser;
use heist::runtime::Builder;
use heist::signal::{SignalKind, signal};

use crate::args::Args;
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

/// Runs and reports. The error is why that could not even start, or the report not be written.
fn load(args: &Args) -> io::Result<Summary> {
    check_descriptors(args, fd_limit::raise())?;
    let workers = args.workers.unwrap_or(available_parallelism().map_or(1, usize::from));
    let runtime = Builder::new().worker_threads(workers).thread_name("load-worker").build()?;
    let own_server = match args.address {
        None => Some(OwnServer::start(workers)?),
        Some(_) => None,
    };
    let summary = runtime.block_on(async {
        let server = match &own_server {
            Some(own) => vec![own.address],
            None => resolve(args.address.as_deref().unwrap_or_default()).await?,
        };
        // Now rather than after the run, when a mistyped path would cost its result.
        let mut json = args.json.as_deref().map(create).transpose()?;
        let mut report = args.report.as_deref().map(create).transpose()?;
        let run = Arc::new(Run::new(args.size, args.pipeline as usize, args.timeout, workers));
        heist::spawn(heed_interrupts(signal(SignalKind::interrupt())?, run.clone()));

        let outcome = measure::measure(args, &run, &server).await;
        let target = args.address.clone().unwrap_or_else(|| server[0].to_string());
        let summary = Summary::new(args, workers, target, &run, &outcome);
        // A closed standard output must not cost the files.
        _ = table::print(&summary, &mut io::stdout().lock());
        if let Some(file) = &mut json {
            serde_json::to_writer_pretty(&mut *file, &summary)?;
            writeln!(file)?;
        }
        if let Some(file) = &mut report {
            file.write_all(report::page(&summary).as_bytes())?;
        }
        io::Result::Ok(summary)
    })?;
    Ok(summary)
}

/// The first Ctrl-C ends the measuring, the second the waiting for what is outstanding.
async fn heed_interrupts(mut interrupts: heist::signal::Signal, run: Arc<Run>) {
    while interrupts.recv().await.is_some() {
        run.interrupt();
    }
}

async fn resolve(address: &str) -> io::Result<Vec<SocketAddr>> {
    let cannot = |why: &dyn std::fmt::Display| {
        io::Error::other(format!("cannot resolve {address}: {why}"))
    };
    let found: Vec<_> = heist::net::lookup_host(address).await.map_err(|e| cannot(&e))?.collect();
    match found.is_empty() {
        true => Err(cannot(&"it has no address")),
        false => Ok(found),
    }
}

fn create(path: &Path) -> io::Result<File> {
    File::create(path)
        .map_err(|e| io::Error::new(e.kind(), format!("cannot write {}: {e}", path.display())))
}

/// Whether the process may open as many files as the connections need.
fn check_descriptors(args: &Args, limit: u64) -> io::Result<()> {
    /// For what else the process has open: standard streams, pollers, the reports.
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
         raise the hard limit (ulimit -Hn), or ask for at most {} connections",
        format::counted(args.connections, "connection"),
        format::thousands(needed),
        format::thousands(limit),
        format::thousands(limit.saturating_sub(SPARE) / each)
    )))
}
