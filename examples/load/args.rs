//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use heist_tools::echo::Endpoint;
use heist_tools::units::duration;

/// A datagram's first 8 bytes identify the request: shorter ones could be confused with each other.
const SMALLEST_DATAGRAM: u64 = 8;
/// The most that a UDP datagram over IPv4 carries.
pub(crate) const LARGEST_DATAGRAM: u64 = 65_507;

/// Load tester for echo services over TCP, Unix sockets and UDP: checks every byte that comes back,
/// measures throughput and latency.
///
/// Each connection sends requests and awaits their replies: in the closed loop the next request
/// follows the last reply; with --rate requests are due at fixed moments, and latency counts from
/// the moment a request was due, so that a server that stalls cannot hide it.
///
/// Over UDP a request is a datagram, and one whose reply does not come within --timeout counts as
/// lost, which is no error.
///
/// At the end the outstanding replies are awaited. Ctrl-C ends a run early and still reports; it
/// awaits replies until nothing has arrived for 2s, and a second Ctrl-C awaits none.
///
/// Exit status: 0 after a clean run, 1 if there were errors, 2 if the run could not start.
#[derive(Parser)]
#[command(name = "load", version, max_term_width = 100)]
pub(crate) struct Args {
    /// The echo service: HOST:PORT, unix:PATH or udp://HOST:PORT; without it, one is started in
    /// this process
    pub(crate) address: Option<Endpoint>,

    /// Connections, each driven by one task
    #[arg(short, long, value_name = "N", default_value_t = 64)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..1 << 24))]
    pub(crate) connections: u64,

    /// Bytes per request (suffixes k and m: KiB and MiB)
    #[arg(short, long, value_name = "BYTES", default_value = "64", value_parser = size)]
    pub(crate) size: u64,

    /// Requests that a connection may have outstanding
    #[arg(short, long, value_name = "N", default_value_t = 1)]
    #[arg(value_parser = clap::value_parser!(u32).range(1..=1 << 16))]
    pub(crate) pipeline: u32,

    /// How long to measure (500ms, 10s, 2m; a bare number means seconds)
    #[arg(short, long, value_name = "TIME", default_value = "10s", value_parser = positive)]
    pub(crate) duration: Duration,

    /// How long to run before that, without counting
    #[arg(long, value_name = "TIME", default_value = "1s", value_parser = duration)]
    pub(crate) warmup: Duration,

    /// Open loop: this many requests per second, over all connections
    #[arg(short, long, value_name = "PER_SECOND", value_parser = rate)]
    pub(crate) rate: Option<f64>,

    /// A connect, or an awaited reply that makes no progress, fails after this time [default: 5s,
    /// and 1s over UDP]
    #[arg(long, value_name = "TIME", value_parser = positive)]
    timeout: Option<Duration>,

    /// Worker threads, also of the built-in server [default: one per core]
    #[arg(long, value_name = "N")]
    pub(crate) workers: Option<usize>,

    /// Write the result as JSON (fields: see examples/README.md)
    #[arg(long, value_name = "FILE")]
    pub(crate) json: Option<PathBuf>,

    /// Write a report with plots: one self-contained HTML file
    #[arg(long, value_name = "FILE.html")]
    pub(crate) report: Option<PathBuf>,
}

impl Args {
    /// Returns the timeout, whose default depends on the address.
    pub(crate) fn timeout(&self) -> Duration {
        let usual = if self.is_udp() { 1 } else { 5 };
        self.timeout.unwrap_or(Duration::from_secs(usual))
    }

    /// Returns whether requests are datagrams.
    pub(crate) fn is_udp(&self) -> bool {
        matches!(self.address, Some(Endpoint::Udp(_)))
    }

    /// Checks for mistakes that involve more than one argument.
    pub(crate) fn check(&self) -> Result<(), String> {
        let sizes = SMALLEST_DATAGRAM..=LARGEST_DATAGRAM;
        if self.is_udp() && !sizes.contains(&self.size) {
            return Err(format!(
                "over UDP a request has {} to {} bytes, not {}",
                sizes.start(),
                sizes.end(),
                self.size
            ));
        }
        Ok(())
    }
}

fn size(s: &str) -> Result<u64, String> {
    const LARGEST: u64 = 64 << 20;
    let (digits, unit) = match s.to_ascii_lowercase() {
        s if s.ends_with('k') => (s[..s.len() - 1].to_owned(), 1 << 10),
        s if s.ends_with('m') => (s[..s.len() - 1].to_owned(), 1 << 20),
        s => (s, 1),
    };
    digits
        .parse::<u64>()
        .ok()
        .and_then(|n| n.checked_mul(unit))
        .filter(|n| (1..=LARGEST).contains(n))
        .ok_or_else(|| "expected 1 to 64m bytes, for example 64, 16k or 1m".to_owned())
}

fn positive(s: &str) -> Result<Duration, String> {
    match duration(s)? {
        Duration::ZERO => Err("expected more than 0".to_owned()),
        time => Ok(time),
    }
}

fn rate(s: &str) -> Result<f64, String> {
    match s.parse() {
        Ok(rate) if (0.001..=1e9).contains(&rate) => Ok(rate),
        _ => Err("expected requests per second, for example 50000".to_owned()),
    }
}
