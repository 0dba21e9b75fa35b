//! Recording: every thread has a shard of its own, which the collector empties ten times a second.
//!
//! A shard's lock is taken by its thread and, to swap what it holds, by the collector; so
//! no two cores contend for it, and memory grows with the threads and not with the connections.

use std::cell::Cell;
use std::mem;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::time::Duration;

use hdrhistogram::Histogram;

/// Latencies are kept in nanoseconds, to three digits, up to an hour.
const LONGEST: u64 = 3_600_000_000_000;

pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).expect("these bounds are valid")
}

fn add(to: &mut Histogram<u64>, more: &Histogram<u64>) {
    to.add(more).expect("all histograms have the same bounds");
}

/// When a reply came: before, in, or after the time that is measured.
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
    /// Of the measured and the drained ones.
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

/// Aligned so that no two shards share a cache line (or a prefetched pair of them).
#[repr(align(128))]
struct Shard(Mutex<Counts>);

/// Where the connections' tasks record replies.
pub(crate) struct Recorder {
    shards: Box<[Shard]>,
}

thread_local! {
    /// This thread's number among those that have recorded, once it has.
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
    /// For that many recording threads (more of them will share).
    pub(crate) fn new(threads: usize) -> Recorder {
        Recorder {
            shards: (0..threads)
                .map(|_| Shard(Mutex::new(Counts::new())))
                .collect(),
        }
    }

    /// Records replies that came in one phase, by their latencies in nanoseconds.
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

/// One stretch of the measured time.
pub(crate) struct Point {
    /// Its end in the measured time.
    pub(crate) end: Duration,
    pub(crate) span: Duration,
    pub(crate) requests: u64,
    /// Latencies in nanoseconds, if any reply came.
    pub(crate) p50_p99: Option<(u64, u64)>,
}

/// Gathers what the shards have recorded. Belongs to the one task that watches the run.
pub(crate) struct Collector {
    pub(crate) warm_up: u64,
    pub(crate) measured: u64,
    pub(crate) drained: u64,
    pub(crate) latencies: Histogram<u64>,
    pub(crate) points: Vec<Point>,
    /// Since the last point.
    recent: Counts,
    /// In the last point.
    before: Counts,
    /// An empty one, to exchange for a full one.
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

    /// Ends a point of the time series, `at` in the measured time, if it is about `length` long.
    pub(crate) fn end_point(&mut self, at: Duration, length: Duration) {
        if self.span(at) * 10 >= length * 9 {
            self.push_point(at);
        }
    }

    /// Ends the last point of the series, `at` in the measured time, with all that is collected.
    pub(crate) fn end_series(&mut self, at: Duration, length: Duration) {
        // A sliver at the end of a run would show a rate that means nothing.
        if self.span(at) * 10 <= length && self.points.pop().is_some() {
            self.recent.add(&self.before);
        }
        if !self.span(at).is_zero() {
            self.push_point(at);
        }
    }

    /// The time since the last point.
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
