//! `echo`: a server that sends back whatever it is sent, over TCP, Unix sockets or UDP.
//!
//! ```text
//! cargo run --release --example echo -- 127.0.0.1:7000
//! nc 127.0.0.1 7000
//! ```
//!
//! One task per connection; Ctrl-C ends it with a summary. `server.rs` is the part to copy, or
//! `datagrams.rs` for UDP.

mod datagrams;
mod endpoint;
mod fd_limit;
mod server;

use std::fmt::Display;
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use clap::Parser;
use heist::net::serve::Report;
use heist::net::{TcpListener, UdpSocket};
use heist::runtime::Builder;
use heist::signal::{Signal, SignalKind, signal};

use crate::endpoint::Endpoint;
use crate::server::Total;

/// A server that sends back whatever it is sent.
#[derive(Parser)]
#[command(name = "echo")]
struct Args {
    /// Where to listen: HOST:PORT (port 0: any free one), unix:PATH or udp://HOST:PORT
    #[arg(default_value = "127.0.0.1:7000")]
    address: Endpoint,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("echo: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> io::Result<()> {
    fd_limit::raise();
    let mut builder = Builder::new();
    if let Some(workers) = args.workers {
        builder.worker_threads(workers);
    }
    let runtime = builder.build()?;
    runtime.block_on(async {
        let interrupt = signal(SignalKind::interrupt())?;
        let total = Total::default();
        match &args.address {
            Endpoint::Tcp(address) => serve_tcp(address, interrupt, total).await,
            Endpoint::Unix(path) => serve_unix(path, interrupt, total).await,
            Endpoint::Udp(address) => serve_udp(address, interrupt, total).await,
        }
    })
}

async fn serve_tcp(address: &str, mut interrupt: Signal, total: Total) -> io::Result<()> {
    let listener = TcpListener::bind(address).await?;
    announce(listener.local_addr()?);
    let report = server::connections(listener, total.clone(), interrupt.recv()).await?;
    sum_up(&report, &total);
    Ok(())
}

#[cfg(unix)]
async fn serve_unix(path: &Path, mut interrupt: Signal, total: Total) -> io::Result<()> {
    let listener = heist::net::UnixListener::bind(path)?;
    announce(format_args!("unix:{}", path.display()));
    let served = server::connections(listener, total.clone(), interrupt.recv()).await;
    // Before anything else can fail: a path that is left over would be in the next server's way.
    std::fs::remove_file(path)?;
    sum_up(&served?, &total);
    Ok(())
}

#[cfg(not(unix))]
async fn serve_unix(_: &Path, _: Signal, _: Total) -> io::Result<()> {
    Err(io::Error::other("there are no Unix sockets on this system"))
}

async fn serve_udp(address: &str, mut interrupt: Signal, total: Total) -> io::Result<()> {
    let socket = Arc::new(UdpSocket::bind(address).await?);
    announce(format_args!("udp://{}", socket.local_addr()?));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    for _ in 0..workers {
        let (socket, total) = (socket.clone(), total.clone());
        heist::spawn(async move {
            if let Err(error) = datagrams::serve(&socket, &total).await {
                eprintln!("echo: {error}");
            }
        });
    }
    interrupt.recv().await;
    say(format_args!("\nsent {} bytes back", total.load(Relaxed)));
    Ok(())
}

fn announce(address: impl Display) {
    say(format_args!("listening on {address}, Ctrl-C to stop"));
}

fn sum_up(report: &Report, total: &Total) {
    say(format_args!(
        "\nserved {} connections ({} broken off), {} bytes",
        report.accepted,
        report.failed,
        total.load(Relaxed)
    ));
}

/// Prints a line. A closed standard output is no reason to stop serving.
fn say(line: impl Display) {
    _ = writeln!(io::stdout(), "{line}");
}
