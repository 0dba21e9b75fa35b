//! The contenders, and how much each sample runs.

use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// A contender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, clap::ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Contender {
    Heist,
    /// heist with stall detection turned off: with `--unwatched`.
    #[serde(rename = "heist-unwatched")]
    HeistUnwatched,
    /// heist without `splice`: in the proxy rows.
    #[serde(rename = "heist-buffered")]
    HeistBuffered,
    Tokio,
    /// tokio with buffers as large as heist's: in the proxy rows.
    #[serde(rename = "tokio-64k")]
    #[value(name = "tokio-64k")]
    Tokio64K,
    Smol,
    /// No async runtime: the reference in the rows that only compute.
    Rayon,
    /// No runtime: the floor in the echo rows.
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
    /// The minimum that shows that a row works. Its figures mean nothing.
    Smoke,
}

/// How one sample is taken.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Plan {
    pub(crate) workers: usize,
    pub(crate) size: Size,
    /// Runs this number of batches without a warm-up, instead of a span of time. Two such runs of
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

    /// Returns an error unless the whole suite is run: for rows that take minutes on their own.
    pub(crate) fn only_full(&self) -> io::Result<()> {
        match self.size {
            Size::Full => Ok(()),
            Size::Short | Size::Smoke => {
                let message = "takes minutes: left out of the short form and the smoke test";
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

    /// Two processes and a network settle more slowly than a loop does.
    pub(crate) fn warm_up_server(&self) -> Duration {
        Duration::from_millis(self.pick(500, 50, 10))
    }

    pub(crate) fn measure_server(&self) -> Duration {
        Duration::from_millis(self.pick(2_000, 200, 100))
    }
}
