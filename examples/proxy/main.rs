//! `proxy`: a TCP proxy that forwards every connection to one address.
//!
//! ```text
//! cargo run --release --example proxy -- 127.0.0.1:7001 127.0.0.1:7000
//! cargo run --release --example proxy
//! ```
//!
//! Each connection has its own task; Ctrl-C ends the proxy with a summary. Without addresses it
//! sends 1 GiB in each direction through itself, checks the data, and reports the cost. `server.rs`
//! is the part to copy.

mod demo;
mod server;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::thread::available_parallelism;

use clap::Parser;
use heist::net::{TcpListener, lookup_host};
use heist::runtime::Builder;
use heist::signal::{SignalKind, signal};
use heist_tools::descriptors;

use crate::server::{Settings, Totals};

/// A TCP proxy that forwards every connection to one address.
///
/// Without addresses it starts a client and a server in this process, sends data in both directions
/// through itself, and reports whether all of it arrived and at what cost.
#[derive(Parser)]
#[command(name = "proxy", version, max_term_width = 100)]
struct Args {
    /// Where to listen, HOST:PORT (port 0: any free one)
    #[arg(requires = "upstream")]
    listen: Option<String>,
    /// Where to connect to for each connection, HOST:PORT
    upstream: Option<String>,
    /// Copy through a buffer, as between streams that are not sockets, instead of by splice
    #[arg(long)]
    buffered: bool,
    /// Print a line when a connection ends
    #[arg(short, long)]
    verbose: bool,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
    /// How much to send each way when there are no addresses
    #[arg(
        long,
        value_name = "MIB",
        default_value_t = 1024,
        conflicts_with = "listen"
    )]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=1 << 20))]
    mebibytes: u64,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("proxy: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    let cores = || available_parallelism().map_or(1, usize::from);
    let workers = args.workers.unwrap_or_else(cores);
    let settings = Settings {
        buffered: args.buffered,
        verbose: args.verbose,
    };
    match (&args.listen, &args.upstream) {
        (Some(listen), Some(upstream)) => serve(listen, upstream, workers, settings),
        _ => demo::run(args.mebibytes << 20, workers, settings),
    }
}

fn serve(listen: &str, upstream: &str, workers: usize, settings: Settings) -> io::Result<()> {
    descriptors::raise();
    let runtime = Builder::new().worker_threads(workers).build()?;
    let totals = Arc::new(Totals::default());
    let report = runtime.block_on(async {
        // Resolved once. Each connection tries the addresses until one accepts.
        let upstream = lookup_host(upstream).await?.collect();
        let listener = TcpListener::bind(listen).await?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        // A closed standard output is no reason to stop serving.
        let address = listener.local_addr()?;
        _ = writeln!(io::stdout(), "listening on {address}, Ctrl-C to stop");
        let stop = interrupt.recv();
        server::connections(listener, upstream, settings, totals.clone(), stop).await
    })?;
    let (up, down) = (totals.up.load(Relaxed), totals.down.load(Relaxed));
    _ = writeln!(
        io::stdout(),
        "\npassed on {} connections: {} completed ({up} bytes up, {down} down), \
         {} broken off, {} open at the end",
        report.accepted,
        report.completed,
        report.failed,
        report.cancelled
    );
    Ok(())
}
