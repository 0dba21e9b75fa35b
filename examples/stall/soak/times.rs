//! Times that many threads record, summarized for sections of the soak and in total.

use std::fmt;
use std::mem;
use std::sync::Mutex;
use std::time::Duration;

use hdrhistogram::Histogram;
use heist_tools::units::{latency, thousands};

pub(super) struct Times {
    /// Times since the last summary.
    lately: Mutex<Histogram<u64>>,
    /// Times before the last summary.
    before: Mutex<Histogram<u64>>,
}

impl Times {
    pub(super) fn new() -> Self {
        Self {
            lately: Mutex::new(empty()),
            before: Mutex::new(empty()),
        }
    }

    pub(super) fn record(&self, time: Duration) {
        *self.lately.lock().expect("no holder panics") += time.as_nanos() as u64;
    }

    /// Summarizes the times recorded since the last call.
    pub(super) fn lately(&self) -> Summary {
        let taken = mem::replace(&mut *self.lately.lock().expect("no holder panics"), empty());
        let mut before = self.before.lock().expect("no holder panics");
        before.add(&taken).expect("equal precision");
        Summary::of(&taken)
    }

    /// Summarizes all recorded times.
    pub(super) fn in_all(&self) -> Summary {
        self.lately();
        Summary::of(&self.before.lock().expect("no holder panics"))
    }
}

fn empty() -> Histogram<u64> {
    Histogram::new(3).expect("three digits are possible")
}

/// The number of times, and their median, 99th percentile and maximum in nanoseconds.
pub(super) struct Summary {
    count: u64,
    times: [u64; 3],
}

impl Summary {
    fn of(times: &Histogram<u64>) -> Self {
        Self {
            count: times.len(),
            times: [0.5, 0.99, 1.0].map(|quantile| times.value_at_quantile(quantile)),
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p99, most] = self.times.map(|ns| latency(ns as f64));
        let count = thousands(self.count);
        write!(f, "{count:>7} {median:>8} {p99:>8} {most:>8}")
    }
}
