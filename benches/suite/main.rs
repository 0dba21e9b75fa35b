//! heist beside tokio and smol: the same bodies, in turns, each sample in a fresh process. `cargo
//! bench -p heist-benches -- --help` lists the options.

#[cfg(not(target_os = "linux"))]
compile_error!("the suite loads its servers through epoll and runs on Linux only");

mod body;
mod child;
mod cli;
mod clock;
mod costs;
mod echo;
mod job;
mod loops;
mod meter;
mod page;
mod plan;
mod plot;
mod process;
mod proxy;
mod report;
mod row;
mod rows;
mod runner;
mod runtimes;
mod sample;
mod scheduler;
mod table;
mod timers;

use std::env;
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::Parser;

use crate::cli::Options;

fn main() -> ExitCode {
    let mut arguments = env::args().skip(1);
    let done = match (arguments.next(), arguments.next()) {
        (Some(first), Some(job)) if first == process::JOB => child::run(&job),
        _ => suite(&Options::parse()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn suite(options: &Options) -> io::Result<()> {
    let rows = rows::named(&options.filters);
    if rows.is_empty() {
        let message = format!(
            "no row is named like {}: see --list",
            options.filters.join(", ")
        );
        return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
    }
    if options.list {
        print!("{}", table::list(&rows));
        return Ok(());
    }
    // Before the minutes of measuring, so that an error shows at once.
    let json = options.json.as_deref().map(create).transpose()?;
    let html = options.html.as_deref().map(create).transpose()?;
    let report = runner::run(&rows, options);
    print!("{}", table::render(&report));
    if let Some(mut file) = json {
        serde_json::to_writer_pretty(&mut file, &report)?;
        file.flush()?;
    }
    if let Some(mut file) = html {
        file.write_all(page::render(&report).map_err(io::Error::other)?.as_bytes())?;
        file.flush()?;
    }
    report.failed()
}

fn create(path: &Path) -> io::Result<BufWriter<File>> {
    match File::create(path) {
        Ok(file) => Ok(BufWriter::new(file)),
        Err(error) => {
            let message = format!("cannot write {}: {error}", path.display());
            Err(io::Error::new(error.kind(), message))
        }
    }
}
