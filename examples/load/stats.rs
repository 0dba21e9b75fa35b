//! Recording: each thread has its own shard, which the collector empties ten times a second.
//!
//! A shard's lock is taken only by its thread and, to swap its contents, by the collector.
//! Therefore cores do not contend for it, and memory grows with the number of threads and not with
//! the number of connections.

use std::cell::Cell;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Latencies are recorded in nanoseconds, to three digits, up to an hour.
const LONGEST: u64 = 3_600_000_000_000;

pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are valid")
}

fn add(to: &mut Histogram<u64>, more: &Histogram<u64>) {
    to.add(more).expect("all histograms have the same bounds");
}

/// When a reply arrived: before, during, or after the measured time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    WarmUp,
    Measured,
    Drain,
}

/// What has been recorded since the shard was last emptied.
pub(crate) struct Counts {
    pub(crate) warm_up: u64,
    pub(crate) measured: u64,
    pub(crate) drained: u64,
    /// Latencies of the measured and the drained replies.
    pub(crate) latencies: Histogram<u64>,
}

impl Counts {
    fn new() -> Counts {
        Counts {
            warm_up: 0,
            measured: 0,
            drained: 0,
            latencies: histogram(),
        }
    }

    fn add(&mut self, other: &Counts) {
        self.warm_up += other.warm_up;
        self.measured += other.measured;
        self.drained += other.drained;
        add(&mut self.latencies, &other.latencies);
    }

    fn clear(&mut self) {
        (self.warm_up, self.measured, self.drained) = (0, 0, 0);
        self.latencies.reset();
    }
}

/// Aligned so that no two shards share a cache line (or a prefetched pair of lines).
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Records the replies of all connections' tasks.
pub(crate) struct Recorder {
    shards: Box<[Shard]>,
}

thread_local! {
    /// This thread's number among the threads that have recorded, if it has.
    static THREAD: Cell<Option<usize>> = const { Cell::new(None) };
}

fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    THREAD.with(|number| {
        number.get().unwrap_or_else(|| {
            let new = NEXT.fetch_add(1, Relaxed);
            number.set(Some(new));
            new
        })
    })
}

impl Recorder {
    /// Creates a recorder for this number of threads (if there are more, they share shards).
    pub(crate) fn new(threads: usize) -> Recorder {
        Recorder {
            shards: (0..threads)
                .map(|_| Shard(Mutex::new(Counts::new())))
                .collect(),
        }
    }

    /// Records replies that arrived in one phase, by their latencies in nanoseconds.
    pub(crate) fn record(&self, phase: Phase, latencies: impl ExactSizeIterator<Item = u64>) {
        let shard = &self.shards[thread_number() % self.shards.len()];
        let mut counts = shard.0.lock().expect("recording does not panic");
        let replies = latencies.len() as u64;
        match phase {
            Phase::WarmUp => {
                counts.warm_up += replies;
                return latencies.for_each(drop);
            }
            Phase::Measured => counts.measured += replies,
            Phase::Drain => counts.drained += replies,
        }
        latencies.for_each(|ns| counts.latencies.saturating_record(ns.max(1)));
    }
}

/// A section of the measured time.
pub(crate) struct Point {
    /// The end of the section, in the measured time.
    pub(crate) end: Duration,
    pub(crate) span: Duration,
    pub(crate) requests: u64,
    /// Latencies in nanoseconds, if any reply arrived.
    pub(crate) p50_p99: Option<(u64, u64)>,
}

/// Collects what the shards have recorded. Belongs to the one task that observes the run.
pub(crate) struct Collector {
    pub(crate) warm_up: u64,
    pub(crate) measured: u64,
    pub(crate) drained: u64,
    pub(crate) latencies: Histogram<u64>,
    pub(crate) points: Vec<Point>,
    /// Counts since the last point.
    recent: Counts,
    /// Counts of the last point.
    before: Counts,
    /// An empty one, to be exchanged for a full one.
    spare: Counts,
}

impl Collector {
    pub(crate) fn new() -> Collector {
        Collector {
            warm_up: 0,
            measured: 0,
            drained: 0,
            latencies: histogram(),
            points: Vec::new(),
            recent: Counts::new(),
            before: Counts::new(),
            spare: Counts::new(),
        }
    }

    /// Empties the shards.
    pub(crate) fn collect(&mut self, recorder: &Recorder) {
        for shard in &recorder.shards {
            mem::swap(
                &mut *shard.0.lock().expect("recording does not panic"),
                &mut self.spare,
            );
            self.warm_up += self.spare.warm_up;
            self.drained += self.spare.drained;
            self.recent.add(&self.spare);
            add(&mut self.latencies, &self.spare.latencies);
            self.measured += self.spare.measured;
            self.spare.clear();
        }
    }

    /// Ends a point of the time series, at `at` in the measured time, if its length is close to
    /// `length`.
    pub(crate) fn end_point(&mut self, at: Duration, length: Duration) {
        if self.span(at) * 10 >= length * 9 {
            self.push_point(at);
        }
    }

    /// Ends the last point of the series, at `at` in the measured time, with everything collected.
    pub(crate) fn end_series(&mut self, at: Duration, length: Duration) {
        // A short remainder at the end of a run would show a meaningless rate.
        if self.span(at) * 10 <= length && self.points.pop().is_some() {
            self.recent.add(&self.before);
        }
        if !self.span(at).is_zero() {
            self.push_point(at);
        }
    }

    /// Returns the time since the last point.
    fn span(&self, at: Duration) -> Duration {
        at.saturating_sub(self.points.last().map_or(Duration::ZERO, |point| point.end))
    }

    fn push_point(&mut self, at: Duration) {
        let latencies = &self.recent.latencies;
        let quantiles = || {
            (
                latencies.value_at_quantile(0.5),
                latencies.value_at_quantile(0.99),
            )
        };
        self.points.push(Point {
            end: at,
            span: self.span(at),
            requests: self.recent.measured,
            p50_p99: (!latencies.is_empty()).then(quantiles),
        });
        mem::swap(&mut self.before, &mut self.recent);
        self.recent.clear();
    }
}
