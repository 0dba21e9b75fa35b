//! What one measurement found.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

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
    /// The time of each of `operations` operations.
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
