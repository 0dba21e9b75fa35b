//! What one thread of the client has counted: written by that thread, and read by the thread that
//! reports to the parent.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use hdrhistogram::Histogram;

use crate::sample::Latency;

pub(super) struct Tally {
    replies: AtomicU64,
    latency: Mutex<Histogram<u64>>,
}

impl Tally {
    pub(super) fn new() -> Tally {
        Tally {
            replies: AtomicU64::new(0),
            latency: Mutex::new(Latency::histogram()),
        }
    }

    pub(super) fn replies(&self) -> u64 {
        self.replies.load(Ordering::Relaxed)
    }

    /// Returns the latencies since the previous call, in nanoseconds.
    pub(super) fn take_latency(&self) -> Histogram<u64> {
        let mut latency = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::replace(&mut latency, Latency::histogram())
    }

    /// Only the thread that owns the tally may call this.
    pub(super) fn count(&self) {
        // The only writer: no read-modify-write is needed.
        let replies = self.replies.load(Ordering::Relaxed);
        self.replies.store(replies + 1, Ordering::Relaxed);
    }

    pub(super) fn record(&self, latency: Duration) {
        let mut histogram = self.latency.lock().unwrap_or_else(PoisonError::into_inner);
        histogram
            .record(latency.as_nanos() as u64)
            .expect("it grows with its values");
    }
}
