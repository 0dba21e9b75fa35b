//! Times the operations of a loop, batch by batch, in the process under test.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::clock::process_cpu;
use crate::plan::Plan;
use crate::sample::{Latency, Sample};

/// Warms up, measures, and ends a loop:
///
/// ```ignore
/// let mut meter = Meter::new(plan);
/// while meter.should_continue() {
///     batch().await;
///     meter.add(OPERATIONS);
/// }
/// meter.sample()
/// ```
pub(crate) struct Meter {
    plan: Plan,
    started: Instant,
    /// Set when the warm-up ends.
    measuring: Option<Measuring>,
    batches: u64,
}

struct Measuring {
    started: Instant,
    cpu_at_start: Duration,
    operations: u64,
    latencies: Histogram<u64>,
}

impl Meter {
    pub(crate) fn new(plan: Plan) -> Meter {
        Meter {
            plan,
            started: Instant::now(),
            measuring: None,
            batches: 0,
        }
    }

    /// Returns whether another batch should run. Unless the plan sets a number of batches, at least
    /// one is run for warm-up, and one is measured.
    pub(crate) fn should_continue(&mut self) -> bool {
        self.batches += 1;
        let done = self.batches - 1;
        match &self.measuring {
            Some(measuring) => match self.plan.batches {
                Some(batches) => done < batches,
                None => {
                    measuring.operations == 0 || measuring.started.elapsed() < self.plan.measure()
                }
            },
            None => {
                let warm = done > 0 && self.started.elapsed() >= self.plan.warm_up();
                if warm || self.plan.batches.is_some() {
                    self.measuring = Some(Measuring {
                        cpu_at_start: self.cpu(),
                        operations: 0,
                        latencies: Latency::histogram(),
                        started: Instant::now(),
                    });
                }
                true
            }
        }
    }

    /// Counts the operations of a batch.
    pub(crate) fn add(&mut self, operations: u64) {
        if let Some(measuring) = &mut self.measuring {
            measuring.operations += operations;
        }
    }

    /// Records how late one event was: the row's figure is then the median of these.
    pub(crate) fn late(&mut self, latency: Duration) {
        if let Some(measuring) = &mut self.measuring {
            let recorded = measuring.latencies.record(latency.as_nanos() as u64);
            recorded.expect("a histogram that grows takes any value");
        }
    }

    pub(crate) fn sample(self) -> Sample {
        let cpu = self.cpu();
        let measured = self.measuring.expect("the warm-up is followed by a batch");
        let wall = measured.started.elapsed();
        let cpu = cpu - measured.cpu_at_start;
        let timed = Sample::timed(measured.operations, wall, cpu);
        match Latency::of(&measured.latencies) {
            None => timed,
            Some(latency) => Sample {
                figure: latency.p50 as f64,
                latency: Some(latency),
                ..timed
            },
        }
    }

    /// Zero under a tool that counts: the CPU time is not used there, and rustix does not find the
    /// kernel's clock under valgrind.
    fn cpu(&self) -> Duration {
        match self.plan.batches {
            Some(_) => Duration::ZERO,
            None => process_cpu(),
        }
    }
}
