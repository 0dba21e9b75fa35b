//! What all rows have in common, independent of what they measure and how.

use std::io;

use serde::Serialize;

use crate::plan::{Contender, Plan};
use crate::sample::Sample;

pub(crate) struct Row {
    pub(crate) name: String,
    pub(crate) group: Group,
    /// What one operation is.
    pub(crate) what: String,
    pub(crate) unit: Unit,
    pub(crate) contenders: &'static [Contender],
    /// More rounds than this would give the same result.
    pub(crate) most_rounds: u32,
    pub(crate) sample: Box<Sampler>,
}

impl Row {
    /// Returns whether the bench itself starts heist's runtime in this row, with the settings of
    /// its choice.
    pub(crate) fn runs_heist(&self) -> bool {
        let is_proxy = self.contenders.contains(&Contender::HeistBuffered);
        !is_proxy && !self.name.starts_with("hello")
    }
}

/// Takes one sample, from processes of its own. An error of the kind `Unsupported` says why it
/// cannot be taken here; any other error is a failure.
pub(crate) type Sampler = dyn Fn(Contender, &Plan) -> io::Result<Sample>;

/// Which table a row belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Group {
    Scheduler,
    Timers,
    Io,
    Costs,
}

impl Group {
    pub(crate) const ALL: [Group; 4] = [Group::Scheduler, Group::Timers, Group::Io, Group::Costs];

    pub(crate) fn title(self) -> &'static str {
        match self {
            Group::Scheduler => "Scheduler",
            Group::Timers => "Timers",
            Group::Io => "I/O",
            Group::Costs => "Costs that do not depend on the machine's mood",
        }
    }
}

/// The unit of a sample's figure, and how it is displayed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Unit {
    /// Nanoseconds of an operation.
    Nanoseconds,
    /// Nanoseconds of longer operations, displayed in microseconds.
    Microseconds,
    /// Nanoseconds of much longer operations, displayed in seconds.
    Seconds,
    /// Nanoseconds of a request, displayed as requests per second.
    Requests,
    /// Nanoseconds of a MiB, displayed as MiB per second.
    Mebibytes,
    Instructions,
    Calls,
    CallsPerSecond,
    Allocations,
    Bytes,
    Kibibytes,
}

impl Unit {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Unit::Nanoseconds => "ns",
            Unit::Microseconds => "µs",
            Unit::Seconds => "s",
            Unit::Requests => "req/s",
            Unit::Mebibytes => "MiB/s",
            Unit::Instructions => "instr.",
            Unit::Calls => "calls",
            Unit::CallsPerSecond => "calls/s",
            Unit::Allocations => "allocs",
            Unit::Bytes => "bytes",
            Unit::Kibibytes => "KiB",
        }
    }

    /// Returns whether a larger displayed value is better.
    pub(crate) fn more_is_better(self) -> bool {
        matches!(self, Unit::Requests | Unit::Mebibytes)
    }

    /// Converts a sample's figure to its displayed value.
    pub(crate) fn show(self, figure: f64) -> f64 {
        match self {
            Unit::Microseconds => figure / 1e3,
            Unit::Seconds => figure / 1e9,
            Unit::Kibibytes => figure / 1024.0,
            Unit::Requests | Unit::Mebibytes => 1e9 / figure,
            _ => figure,
        }
    }
}
