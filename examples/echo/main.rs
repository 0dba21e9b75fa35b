//! `echo`: a server that sends back everything it receives, over TCP, Unix sockets or UDP.
//!
//! ```text
//! cargo run --release --example echo -- 127.0.0.1:7000
//! nc 127.0.0.1 7000
//! ```
//!
//! Each connection has its own task. Ctrl-C or SIGTERM ends the server: it stops accepting, and
//! clients have some time to close their connections; a second Ctrl-C does not wait for them. A
//! client that sends `boom` makes its own connection's task panic. The service is in
//! `../tools/src/echo/`, and the signals are in `ending.rs`.

mod ending;

use std::io;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::time::Duration;

use clap::Parser;
use heist::net::serve::Report;
use heist::net::{TcpListener, UdpSocket};
use heist::runtime::Builder;
use heist::signal::{Shutdown, shutdown};
use heist_tools::descriptors;
use heist_tools::echo::{Ending, Endpoint, Totals, connections, datagrams};
use heist_tools::units::duration;

use crate::ending::{on_signals, say};

/// A server that sends back everything it receives.
///
/// Ctrl-C or SIGTERM ends it gracefully, and a second one immediately. Exit status: 0 if all
/// connections ended by themselves, 3 if some were cut off, 1 if it could not serve.
#[derive(Parser)]
#[command(name = "echo", max_term_width = 100)]
struct Args {
    /// Where to listen: HOST:PORT (port 0: any free one), unix:PATH or udp://HOST:PORT
    #[arg(default_value = "127.0.0.1:7000")]
    address: Endpoint,
    /// How long clients have to close their connections when the server ends
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = duration)]
    drain: Duration,
    /// Worker threads [default: one per core]
    #[arg(long, value_name = "N")]
    workers: Option<usize>,
}

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(0) => ExitCode::SUCCESS,
        Ok(_) => ExitCode::from(3),
        Err(error) => {
            eprintln!("echo: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Serves, and returns how many connections were cut off.
fn run(args: &Args) -> io::Result<u64> {
    descriptors::raise();
    let mut builder = Builder::new();
    if let Some(workers) = args.workers {
        builder.worker_threads(workers);
    }
    let runtime = builder.build()?;
    runtime.block_on(async {
        // From here on, the signals no longer end the process.
        let shutdown = shutdown();
        let server = Server::new(args.drain);
        match &args.address {
            Endpoint::Tcp(address) => server.tcp(address, shutdown).await,
            Endpoint::Unix(path) => server.unix(path, shutdown).await,
            Endpoint::Udp(address) => server.udp(address, shutdown).await,
        }
    })
}

struct Server {
    totals: Arc<Totals>,
    ending: Ending,
}

impl Server {
    fn new(drain: Duration) -> Server {
        Server {
            totals: Arc::default(),
            ending: Ending {
                drain,
                ..Ending::default()
            },
        }
    }

    async fn tcp(&self, address: &str, shutdown: Shutdown) -> io::Result<u64> {
        let listener = TcpListener::bind(address).await?;
        self.announce(listener.local_addr()?, shutdown);
        let (totals, ending) = (self.totals.clone(), self.ending.clone());
        let report = connections(listener, totals, ending).await?;
        Ok(self.sum_up(&report))
    }

    #[cfg(unix)]
    async fn unix(&self, path: &Path, shutdown: Shutdown) -> io::Result<u64> {
        let listener = heist::net::UnixListener::bind(path)?;
        self.announce(format_args!("unix:{}", path.display()), shutdown);
        let (totals, ending) = (self.totals.clone(), self.ending.clone());
        let served = connections(listener, totals, ending).await;
        // First, before any other step can fail: a leftover path would be in the next server's way.
        std::fs::remove_file(path)?;
        Ok(self.sum_up(&served?))
    }

    #[cfg(not(unix))]
    async fn unix(&self, _: &Path, _: Shutdown) -> io::Result<u64> {
        Err(io::Error::other("there are no Unix sockets on this system"))
    }

    /// Serves datagrams, which have no connections to wait for.
    async fn udp(&self, address: &str, shutdown: Shutdown) -> io::Result<u64> {
        let socket = Arc::new(UdpSocket::bind(address).await?);
        say(format_args!(
            "listening on udp://{}, Ctrl-C to stop",
            socket.local_addr()?
        ));
        let workers = std::thread::available_parallelism().map_or(1, usize::from);
        for _ in 0..workers {
            let (socket, totals) = (socket.clone(), self.totals.clone());
            heist::spawn_try(async move { datagrams(&socket, &totals.bytes).await });
        }
        shutdown.await?;
        let bytes = self.totals.bytes.load(Relaxed);
        say(format_args!("\nsent {bytes} bytes back"));
        Ok(0)
    }

    /// Prints the address, and lets the signals end the server.
    fn announce(&self, address: impl std::fmt::Display, shutdown: Shutdown) {
        say(format_args!("listening on {address}, Ctrl-C to stop"));
        let signals = on_signals(shutdown, self.ending.clone(), self.totals.clone());
        heist::spawn_try(signals);
    }

    /// Returns how many connections were cut off.
    fn sum_up(&self, report: &Report) -> u64 {
        say(format_args!(
            "\nserved {} connections ({} broken off, {} failed, {} cut off), {} bytes",
            report.accepted,
            report.failed,
            report.panicked,
            report.cancelled,
            self.totals.bytes.load(Relaxed)
        ));
        report.cancelled
    }
}
