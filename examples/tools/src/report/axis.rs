//! Axes: the positions of values, and the values to mark.

use crate::units::quantity;

/// One axis of a chart.
pub struct Axis {
    scale: Scale,
    low: f64,
    high: f64,
    ticks: Vec<(f64, String)>,
}

enum Scale {
    Linear,
    Log,
    /// Percentages, by how rare larger values are: 90, 99 and 99.9 are evenly spaced.
    Tail,
}

impl Scale {
    fn of(&self, value: f64) -> f64 {
        match self {
            Scale::Linear => value,
            Scale::Log => value.log10(),
            Scale::Tail => -(1.0 - value / 100.0).log10(),
        }
    }
}

impl Axis {
    /// Creates an axis of seconds from 0 to `end`.
    pub fn seconds(end: f64) -> Axis {
        let step = nice_step(end / 8.0);
        let ticks = (0..)
            .map(|i| f64::from(i) * step)
            .take_while(|t| *t <= end * 1.001);
        let ticks = ticks.map(|t| (t, format!("{} s", round(t)))).collect();
        Axis {
            scale: Scale::Linear,
            low: 0.0,
            high: end,
            ticks,
        }
    }

    /// Creates an axis of rates from 0 to at least `most`.
    pub fn rate(most: f64) -> Axis {
        let step = nice_step(most / 5.0);
        let count = (most * 1.04 / step).ceil().max(1.0);
        let label = |r: f64| {
            if r == 0.0 {
                "0".to_owned()
            } else {
                quantity(r)
            }
        };
        let ticks = (0..=count as u32)
            .map(|i| f64::from(i) * step)
            .map(|r| (r, label(r)));
        Axis {
            scale: Scale::Linear,
            low: 0.0,
            high: count * step,
            ticks: ticks.collect(),
        }
    }

    /// Creates a logarithmic axis of latencies in microseconds that includes `least` and `most`.
    pub fn latency(least: f64, most: f64) -> Axis {
        let steps: Vec<f64> = (-3..11)
            .flat_map(|e| [1.0, 2.0, 5.0].map(|m| m * 10f64.powi(e)))
            .collect();
        let low = steps.iter().rposition(|s| *s <= least).unwrap_or(0);
        let high = steps
            .iter()
            .position(|s| *s >= most * 1.05)
            .unwrap_or(steps.len() - 1);
        let high = high.max(low + 2).min(steps.len() - 1);
        let all = high - low <= 8;
        let ticks = (low..=high)
            .filter(|i| all || i % 3 == 0)
            .map(|i| (steps[i], round_time(steps[i])));
        Axis {
            scale: Scale::Log,
            low: steps[low],
            high: steps[high],
            ticks: ticks.collect(),
        }
    }

    /// Creates an axis of percentages of `count` samples, up to what that many samples resolve.
    pub fn percentiles(count: u64) -> Axis {
        let high = 100.0 - 100.0 / (count as f64).clamp(100.0, 1e7);
        let ticks = [0.0, 50.0, 90.0, 99.0, 99.9, 99.99, 99.999, 99.9999];
        let ticks = ticks.into_iter().filter(|p| *p <= high + 1e-9);
        let ticks = ticks.map(|p| (p, format!("{p}%"))).collect();
        Axis {
            scale: Scale::Tail,
            low: 0.0,
            high,
            ticks,
        }
    }

    /// Returns the position of a value: 0 at the low end of the axis, 1 at the high end.
    pub fn place(&self, value: f64) -> f64 {
        let [low, high] = [self.low, self.high].map(|v| self.scale.of(v));
        let at = self.scale.of(value.clamp(self.low, self.high));
        (at - low) / (high - low)
    }

    /// Returns the positions and labels of the values to mark.
    pub fn ticks(&self) -> impl Iterator<Item = (f64, &str)> {
        self.ticks
            .iter()
            .map(|(value, label)| (self.place(*value), &**label))
    }
}

/// Formats a time in microseconds that is a round number of some unit.
fn round_time(us: f64) -> String {
    match us {
        us if us < 0.999 => format!("{} ns", (us * 1e3).round()),
        us if us < 0.999e3 => format!("{} µs", us.round()),
        us if us < 0.999e6 => format!("{} ms", (us / 1e3).round()),
        us => format!("{} s", (us / 1e6).round()),
    }
}

/// Returns the smallest of 1, 2, 5, 10, 20, … (or of 0.1, 0.2, …) that is at least `x`.
fn nice_step(x: f64) -> f64 {
    let x = x.max(1e-9);
    let power = 10f64.powf(x.log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|m| m * power)
        .into_iter()
        .find(|s| *s >= x)
        .unwrap_or(power * 10.0)
}

fn round(x: f64) -> f64 {
    (x * 1e6).round() / 1e6
}
