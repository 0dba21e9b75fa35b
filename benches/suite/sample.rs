//! The result of one measurement.

use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// The figures of one fresh process.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Sample {
    /// The row's main figure for one operation, in the row's unit. Less is better.
    pub(crate) figure: f64,
    /// How many operations were measured.
    pub(crate) operations: u64,
    /// CPU time of one operation in nanoseconds, of the process under test alone.
    pub(crate) cpu_ns: Option<f64>,
    pub(crate) latency: Option<Latency>,
    /// The load in requests per second, if the row sets it.
    pub(crate) rate: Option<u64>,
}

impl Sample {
    /// Computes the time of each of `operations` operations.
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

/// The time from when an event was due until it happened, in nanoseconds.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Latency {
    pub(crate) p50: u64,
    pub(crate) p90: u64,
    pub(crate) p99: u64,
}

impl Latency {
    /// Returns None if there are no latencies.
    pub(crate) fn of(histogram: &Histogram<u64>) -> Option<Latency> {
        (!histogram.is_empty()).then(|| Latency {
            p50: histogram.value_at_quantile(0.50),
            p90: histogram.value_at_quantile(0.90),
            p99: histogram.value_at_quantile(0.99),
        })
    }

    /// Returns a histogram that grows with its values.
    pub(crate) fn histogram() -> Histogram<u64> {
        Histogram::new(3).expect("three digits are allowed")
    }
}
