//! The live line on the terminal; nothing if standard error is not a terminal.

use std::time::Duration;

use heist_tools::units;
use indicatif::{ProgressBar, ProgressStyle};

use crate::stats::Collector;

/// The live line, and the state for computing a rate.
pub(crate) struct Progress {
    bar: ProgressBar,
    seen: u64,
    rate: f64,
}

impl Progress {
    pub(crate) fn new() -> Progress {
        let bar = ProgressBar::new(1);
        let style = ProgressStyle::with_template("{prefix:>10} {bar:20.cyan/dim} {wide_msg}")
            .expect("the template is valid")
            .progress_chars("━━─");
        bar.set_style(style);
        Progress {
            bar,
            seen: 0,
            rate: 0.0,
        }
    }

    pub(crate) fn connecting(&self, done: u64, wanted: u64, errors: u64) {
        self.show("connecting", done as f64 / wanted as f64);
        self.bar.set_message(format!(
            "{} of {}  {}",
            units::thousands(done),
            units::counted(wanted, "connection"),
            units::counted(errors, "error")
        ));
    }

    /// `at` of `whole` has passed; `since_last` is the time since the previous call.
    pub(crate) fn running(
        &mut self,
        phase: &'static str,
        (at, whole): (Duration, Duration),
        since_last: Duration,
        so_far: &Collector,
        errors: u64,
    ) {
        let replies = so_far.warm_up + so_far.measured + so_far.drained;
        let now = (replies - self.seen) as f64 / since_last.as_secs_f64().max(1e-3);
        // The mean over the last second or so, which is readable at ten updates a second.
        self.rate = if self.seen == 0 {
            now
        } else {
            0.8 * self.rate + 0.2 * now
        };
        self.seen = replies;

        self.show(phase, at.as_secs_f64() / whole.as_secs_f64().max(1e-3));
        let p99 = match so_far.latencies.is_empty() {
            true => "–".to_owned(),
            false => units::latency(so_far.latencies.value_at_quantile(0.99) as f64),
        };
        self.bar.set_message(format!(
            "{:.1} s  {} req/s  {}  p99 {p99}",
            at.as_secs_f64(),
            units::quantity(self.rate),
            units::counted(errors, "error"),
        ));
    }

    pub(crate) fn clear(&self) {
        self.bar.finish_and_clear();
    }

    fn show(&self, phase: &'static str, share: f64) {
        const STEPS: u64 = 1000;
        self.bar.set_length(STEPS);
        self.bar
            .set_position((share.clamp(0.0, 1.0) * STEPS as f64) as u64);
        self.bar.set_prefix(phase);
    }
}
