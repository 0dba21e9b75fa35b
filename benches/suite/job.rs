//! What the parent asks of a child process, and what comes back: JSON in the
//! child's hidden argument, JSON lines on its standard output.

use std::net::SocketAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::echo;
use crate::scheduler;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contender {
    Heist,
    /// heist as well, without `splice`: in the proxy rows.
    #[serde(rename = "heist-buffered")]
    HeistBuffered,
    Tokio,
    /// tokio with buffers as large as heist's: in the proxy rows.
    #[serde(rename = "tokio-64k")]
    #[value(name = "tokio-64k")]
    Tokio64K,
    Smol,
    /// No runtime: the floor of the echo rows.
    Epoll,
}

impl Contender {
    pub(crate) const RUNTIMES: [Contender; 3] =
        [Contender::Heist, Contender::Tokio, Contender::Smol];
    pub(crate) const SERVERS: [Contender; 4] = [
        Contender::Heist,
        Contender::Tokio,
        Contender::Smol,
        Contender::Epoll,
    ];

    pub(crate) const PROXIES: [Contender; 4] = [
        Contender::Heist,
        Contender::HeistBuffered,
        Contender::Tokio,
        Contender::Tokio64K,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Heist => "heist",
            Contender::HeistBuffered => "heist, buffered",
            Contender::Tokio => "tokio",
            Contender::Tokio64K => "tokio, 64 KiB",
            Contender::Smol => "smol",
            Contender::Epoll => "raw epoll",
        }
    }
}

/// How one sample is taken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) warm_up_ms: u64,
    pub(crate) measure_ms: u64,
}

impl Plan {
    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_millis(self.warm_up_ms)
    }

    pub(crate) fn measure(&self) -> Duration {
        Duration::from_millis(self.measure_ms)
    }
}

/// One fresh process's figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    pub(crate) operations: u64,
    pub(crate) wall_ns: u64,
    /// Of the process under test only, over the same span.
    pub(crate) cpu_ns: u64,
    /// Of the rows with a fixed rate.
    pub(crate) latency: Option<Latency>,
}

impl Sample {
    pub(crate) fn new(operations: u64, wall: Duration, cpu: Duration) -> Sample {
        Sample {
            operations,
            wall_ns: wall.as_nanos() as u64,
            cpu_ns: cpu.as_nanos() as u64,
            latency: None,
        }
    }
}

/// From the moment a request was due to its reply, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
}

/// What a child process does.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    Scheduler {
        row: scheduler::Row,
        contender: Contender,
        plan: Plan,
    },
    EchoServer {
        contender: Contender,
        workers: usize,
    },
    EchoClient(echo::Load),
    Proxy {
        contender: Contender,
        workers: usize,
        upstream: SocketAddr,
    },
}
