//! `echo`: a TCP server that sends back whatever it is sent.
//!
//! ```text
//! cargo run --release --example echo -- 127.0.0.1:7000
//! nc 127.0.0.1 7000
//! ```
//!
//! One task per connection; Ctrl-C ends it with a summary. `server.rs` is the part to copy.

mod fd_limit;
mod server;

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use clap::Parser;
use heist::net::TcpListener;
use heist::runtime::Builder;
use heist::signal::{SignalKind, signal};

/// A TCP server that sends back whatever it is sent.
#[derive(Parser)]
#[command(name = "echo")]
struct Args {
    /// Where to listen, HOST:PORT (port 0: any free one)
    #[arg(default_value = "127.0.0.1:7000")]
    address: String,
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

    let totals = Arc::new(server::Totals::default());
    runtime.block_on(async {
        let listener = TcpListener::bind(&*args.address).await?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        // A closed standard output is no reason to stop serving.
        let address = listener.local_addr()?;
        _ = writeln!(io::stdout(), "listening on {address}, Ctrl-C to stop");

        heist::spawn(server::serve(listener, totals.clone()));
        interrupt.recv().await;
        io::Result::Ok(())
    })?;

    // Dropping the runtime drops the connections still open, and each adds what it carried.
    drop(runtime);
    _ = writeln!(
        io::stdout(),
        "\nserved {} connections ({} broken off), {} bytes",
        totals.connections.load(Relaxed),
        totals.broken.load(Relaxed),
        totals.bytes.load(Relaxed)
    );
    Ok(())
}
