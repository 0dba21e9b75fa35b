//! What the parent asks of a child process, and what comes back: JSON in the
//! child's hidden argument, JSON lines on its standard output.

use std::io;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

use crate::echo;
use crate::proxy;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contender {
    Heist,
    /// heist with its watch for tasks that block turned off: with `--unwatched`.
    #[serde(rename = "heist-unwatched")]
    HeistUnwatched,
    /// heist as well, without `splice`: in the proxy rows.
    #[serde(rename = "heist-buffered")]
    HeistBuffered,
    Tokio,
    /// tokio with buffers as large as heist's: in the proxy rows.
    #[serde(rename = "tokio-64k")]
    #[value(name = "tokio-64k")]
    Tokio64K,
    Smol,
    /// No async runtime: the reference of the rows that only compute.
    Rayon,
    /// No runtime: the floor of the echo rows.
    Epoll,
}

impl Contender {
    pub(crate) const RUNTIMES: &[Contender] =
        &[Contender::Heist, Contender::Tokio, Contender::Smol];
    pub(crate) const WITH_RAYON: &[Contender] = &[
        Contender::Heist,
        Contender::Tokio,
        Contender::Smol,
        Contender::Rayon,
    ];
    pub(crate) const SERVERS: &[Contender] = &[
        Contender::Heist,
        Contender::Tokio,
        Contender::Smol,
        Contender::Epoll,
    ];
    pub(crate) const PROXIES: &[Contender] = &[
        Contender::Heist,
        Contender::HeistBuffered,
        Contender::Tokio,
        Contender::Tokio64K,
    ];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Contender::Heist => "heist",
            Contender::HeistUnwatched => "heist, unwatched",
            Contender::HeistBuffered => "heist, buffered",
            Contender::Tokio => "tokio",
            Contender::Tokio64K => "tokio, 64 KiB",
            Contender::Smol => "smol",
            Contender::Rayon => "rayon",
            Contender::Epoll => "raw epoll",
        }
    }
}

/// How much is run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Size {
    Full,
    /// Smaller batches and shorter samples: the whole suite takes two minutes.
    Short,
    /// As little as shows that a row works. Its figures mean nothing.
    Smoke,
}

/// How one sample is taken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) size: Size,
    /// So many batches of a loop and no warm-up, in place of a time. Two such runs of
    /// different lengths, under a tool that counts, give the count of one operation.
    pub(crate) batches: Option<u64>,
}

impl Plan {
    pub(crate) fn pick<T>(&self, full: T, short: T, smoke: T) -> T {
        match self.size {
            Size::Full => full,
            Size::Short => short,
            Size::Smoke => smoke,
        }
    }

    /// Stops what would take minutes on its own, unless the whole suite is run.
    pub(crate) fn only_full(&self) -> io::Result<()> {
        match self.size {
            Size::Full => Ok(()),
            Size::Short | Size::Smoke => {
                let message = "it takes minutes: neither in the short form nor in the smoke test";
                Err(io::Error::new(io::ErrorKind::Unsupported, message))
            }
        }
    }

    pub(crate) fn warm_up(&self) -> Duration {
        Duration::from_millis(self.pick(300, 40, 0))
    }

    pub(crate) fn measure(&self) -> Duration {
        Duration::from_millis(self.pick(1_000, 100, 5))
    }

    /// Two processes and a network settle more slowly than a loop.
    pub(crate) fn warm_up_server(&self) -> Duration {
        Duration::from_millis(self.pick(500, 50, 10))
    }

    pub(crate) fn measure_server(&self) -> Duration {
        Duration::from_millis(self.pick(2_000, 200, 100))
    }
}

/// One fresh process's figures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// What the row is about, of one operation and in the row's unit. Less is better.
    pub(crate) figure: f64,
    /// How many were measured.
    pub(crate) operations: u64,
    /// CPU time of an operation in nanoseconds, of the process under test alone.
    pub(crate) cpu_ns: Option<f64>,
    pub(crate) latency: Option<Latency>,
    /// The load in requests per second, where the row sets it.
    pub(crate) rate: Option<u64>,
}

impl Sample {
    /// The time of each of so many operations.
    pub(crate) fn timed(operations: u64, wall: Duration, cpu: Duration) -> Sample {
        let each = |time: Duration| time.as_nanos() as f64 / operations as f64;
        Sample {
            operations,
            cpu_ns: Some(each(cpu)),
            ..Sample::counted(each(wall))
        }
    }

    pub(crate) fn counted(figure: f64) -> Sample {
        Sample {
            figure,
            operations: 1,
            cpu_ns: None,
            latency: None,
            rate: None,
        }
    }
}

/// From when something was due until it happened, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
}

impl Latency {
    /// None of no latencies.
    pub(crate) fn of(histogram: &Histogram<u64>) -> Option<Latency> {
        (!histogram.is_empty()).then(|| Latency {
            p50: histogram.value_at_quantile(0.50),
            p90: histogram.value_at_quantile(0.90),
            p99: histogram.value_at_quantile(0.99),
        })
    }

    /// Grows with the values it gets.
    pub(crate) fn histogram() -> Histogram<u64> {
        Histogram::new(3).expect("three digits are allowed")
    }
}

/// What a child process does.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) enum Job {
    /// Runs the loop of this name.
    Loop {
        name: String,
        contender: Contender,
        plan: Plan,
    },
    Server(echo::Server),
    Client(echo::Load),
    Proxy(proxy::Proxy),
}
