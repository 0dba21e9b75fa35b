//! The result of a run in numbers, from which the table, the JSON file and the HTML page are made.
//!
//! The field names are those of the JSON report, described in examples/README.md, and stable within
//! a schema.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering::Relaxed;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::args::Args;
use crate::errors::ErrorKind;
use crate::measure::Outcome;
use crate::run::Run;
use crate::stats::Point;

#[derive(Serialize)]
pub(crate) struct Summary {
    pub(crate) schema: u32,
    pub(crate) version: &'static str,
    pub(crate) ended_unix_s: u64,
    /// There was no error at all.
    pub(crate) clean: bool,
    /// The run was ended early by Ctrl-C.
    pub(crate) interrupted: bool,
    pub(crate) config: Config,
    pub(crate) connections_up: u64,
    pub(crate) measured_s: f64,
    pub(crate) requests: u64,
    pub(crate) requests_per_s: f64,
    pub(crate) megabytes_per_s: f64,
    pub(crate) warmup_requests: u64,
    pub(crate) drained_requests: u64,
    pub(crate) unanswered_requests: u64,
    /// Over UDP, the share of all requests that were never answered, in percent.
    pub(crate) loss_percent: Option<f64>,
    /// Over UDP, the number of replies that arrived too late or twice.
    pub(crate) stray_replies: u64,
    pub(crate) errors: Errors,
    pub(crate) latency_us: Option<Latency>,
    pub(crate) percentiles: Vec<Percentile>,
    pub(crate) series: Vec<SeriesPoint>,
}

#[derive(Serialize)]
pub(crate) struct Config {
    pub(crate) target: String,
    pub(crate) own_server: bool,
    pub(crate) connections: u64,
    pub(crate) size_bytes: u64,
    pub(crate) pipeline: u32,
    /// Open loop: requests per second. Closed loop: null.
    pub(crate) rate: Option<f64>,
    pub(crate) duration_s: f64,
    pub(crate) warmup_s: f64,
    pub(crate) timeout_s: f64,
    pub(crate) workers: usize,
}

#[derive(Serialize)]
pub(crate) struct Errors {
    pub(crate) total: u64,
    /// The count of every kind by name, including kinds that did not occur.
    pub(crate) by_kind: BTreeMap<&'static str, u64>,
    /// The first error of each kind that occurred.
    pub(crate) first: BTreeMap<&'static str, String>,
}

#[derive(Serialize)]
pub(crate) struct Latency {
    pub(crate) count: u64,
    pub(crate) min: f64,
    pub(crate) mean: f64,
    pub(crate) stddev: f64,
    pub(crate) p50: f64,
    pub(crate) p90: f64,
    pub(crate) p99: f64,
    pub(crate) p99_9: f64,
    pub(crate) max: f64,
}

/// A point of the latency distribution: this percentage of all requests took at most this long.
#[derive(Serialize)]
pub(crate) struct Percentile {
    pub(crate) percentile: f64,
    pub(crate) latency_us: f64,
}

/// A section of the measured time.
#[derive(Serialize)]
pub(crate) struct SeriesPoint {
    /// The end of the section.
    pub(crate) t_s: f64,
    pub(crate) span_s: f64,
    pub(crate) requests_per_s: f64,
    pub(crate) p50_us: Option<f64>,
    pub(crate) p99_us: Option<f64>,
}

impl Summary {
    /// Describes the measured time in words.
    pub(crate) fn measured(&self) -> String {
        let why = match self.measured_s {
            0.0 if self.interrupted => return "nothing, interrupted before that".to_owned(),
            0.0 => return "nothing".to_owned(),
            _ if self.interrupted => ", interrupted",
            s if s < self.config.duration_s => ", until no connection was left",
            _ => "",
        };
        let (measured, warmup) = (self.measured_s, self.config.warmup_s);
        format!("{measured:.2} s after {warmup} s of warm-up{why}")
    }

    /// Returns the JSON report.
    pub(crate) fn json(&self) -> String {
        let json = serde_json::to_string_pretty(self);
        json.expect("numbers, texts and lists of them") + "\n"
    }

    pub(crate) fn new(
        args: &Args,
        workers: usize,
        target: String,
        run: &Run,
        outcome: &Outcome,
    ) -> Summary {
        let Outcome {
            connected,
            measured,
            collected,
        } = outcome;
        let unanswered = run.unanswered.load(Relaxed);
        let answered = collected.warm_up + collected.measured + collected.drained;
        let per_s = |n: u64| rounded(n as f64 / measured.as_secs_f64().max(1e-9));
        Summary {
            schema: 1,
            version: env!("CARGO_PKG_VERSION"),
            ended_unix_s: SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |d| d.as_secs()),
            clean: run.errors.total() == 0,
            interrupted: run.interrupts() > 0,
            config: Config {
                target,
                own_server: args.address.is_none(),
                connections: args.connections,
                size_bytes: args.size,
                pipeline: args.pipeline,
                rate: args.rate,
                duration_s: seconds(args.duration),
                warmup_s: seconds(args.warmup),
                timeout_s: seconds(args.timeout()),
                workers,
            },
            connections_up: *connected,
            measured_s: seconds(*measured),
            requests: collected.measured,
            requests_per_s: per_s(collected.measured),
            megabytes_per_s: per_s(collected.measured * args.size) / 1e6,
            warmup_requests: collected.warm_up,
            drained_requests: collected.drained,
            unanswered_requests: unanswered,
            loss_percent: args.is_udp().then(|| loss_percent(unanswered, answered)),
            stray_replies: run.stray.load(Relaxed),
            errors: Errors::new(run),
            latency_us: Latency::new(&collected.latencies),
            percentiles: percentiles(&collected.latencies),
            series: collected.points.iter().map(SeriesPoint::new).collect(),
        }
    }
}

impl Errors {
    fn new(run: &Run) -> Errors {
        let kinds = run.errors.kinds();
        Errors {
            total: run.errors.total(),
            by_kind: kinds
                .iter()
                .map(|(kind, count, _)| (kind.name(), *count))
                .collect(),
            first: kinds
                .into_iter()
                .filter_map(|(kind, _, first)| Some((kind.name(), first?)))
                .collect(),
        }
    }

    /// Returns the kinds that occurred, for display: title, count, and first error.
    pub(crate) fn occurred(&self) -> impl Iterator<Item = (&'static str, u64, &str)> {
        ErrorKind::ALL.into_iter().filter_map(|kind| {
            let first = self.first.get(kind.name())?;
            Some((kind.title(), self.by_kind[kind.name()], &**first))
        })
    }
}

impl Latency {
    fn new(latencies: &Histogram<u64>) -> Option<Latency> {
        let quantile = |q| micros(latencies.value_at_quantile(q));
        (!latencies.is_empty()).then(|| Latency {
            count: latencies.len(),
            min: micros(latencies.min()),
            mean: rounded(latencies.mean() / 1e3),
            stddev: rounded(latencies.stdev() / 1e3),
            p50: quantile(0.5),
            p90: quantile(0.9),
            p99: quantile(0.99),
            p99_9: quantile(0.999),
            max: micros(latencies.max()),
        })
    }
}

impl SeriesPoint {
    fn new(point: &Point) -> SeriesPoint {
        SeriesPoint {
            t_s: seconds(point.end),
            span_s: seconds(point.span),
            requests_per_s: rounded(point.requests as f64 / point.span.as_secs_f64()),
            p50_us: point.p50_p99.map(|(p50, _)| micros(p50)),
            p99_us: point.p50_p99.map(|(_, p99)| micros(p99)),
        }
    }
}

/// Computes the curve, denser towards the tail: five points for each halving of the remainder.
fn percentiles(latencies: &Histogram<u64>) -> Vec<Percentile> {
    let mut curve: Vec<Percentile> = Vec::new();
    for step in latencies.iter_quantiles(5) {
        let percentile = (step.quantile_iterated_to() * 1e8).round().min(1e8) / 1e6;
        let latency_us = micros(step.value_iterated_to().min(latencies.max()));
        curve.push(Percentile {
            percentile,
            latency_us,
        });
    }
    curve
}

fn loss_percent(unanswered: u64, answered: u64) -> f64 {
    rounded(100.0 * unanswered as f64 / (unanswered + answered).max(1) as f64)
}

fn seconds(d: Duration) -> f64 {
    (d.as_secs_f64() * 1e6).round() / 1e6
}

fn micros(ns: u64) -> f64 {
    ns as f64 / 1e3
}

/// Rounds to meaningful digits.
fn rounded(x: f64) -> f64 {
    (x * 1e3).round() / 1e3
}
