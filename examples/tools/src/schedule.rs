//! When a connection's requests are due: the difference between a closed and an open loop.
//!
//! Times are nanoseconds on the run's clock. A request's latency counts from the moment it was due,
//! so that in the open loop a stalling server is charged for every request that it prevented from
//! being sent.

/// When one connection's requests are due.
pub enum Schedule {
    /// One request, at once: the proof that a new connection is served.
    Once {
        /// Whether it has been sent.
        done: bool,
    },
    /// The next request as soon as there is room for it.
    Closed,
    /// Requests at a fixed rate, independent of the server.
    Open(Arrivals),
}

/// The open loop's requests on one connection. The requests of all connections together are evenly
/// spaced: the connection sends every `stride`-th of them.
pub struct Arrivals {
    start: u64,
    /// Nanoseconds between consecutive requests of the whole run.
    gap: f64,
    stride: u64,
    /// The next request's number, counted over all connections.
    number: u64,
}

impl Arrivals {
    /// Creates the share of connection `index` of `connections` in `rate` requests per second,
    /// starting at `start`.
    pub fn new(start: u64, rate: f64, index: u64, connections: u64) -> Arrivals {
        Arrivals {
            start,
            gap: 1e9 / rate,
            stride: connections,
            number: index,
        }
    }

    fn due(&self) -> u64 {
        self.start
            .saturating_add((self.number as f64 * self.gap) as u64)
    }
}

impl Schedule {
    /// Returns when the next request is due (now, in the closed loop); `None` if none is due before
    /// `end`.
    pub fn next_due(&self, now: u64, end: u64) -> Option<u64> {
        let due = match self {
            Schedule::Once { done } => return (!done).then_some(now),
            Schedule::Closed => now,
            Schedule::Open(arrivals) => arrivals.due(),
        };
        (due < end).then_some(due)
    }

    /// Takes the next request if it is due, and returns the moment it was due.
    pub fn take(&mut self, now: u64, end: u64) -> Option<u64> {
        let due = self.next_due(now, end).filter(|&due| due <= now)?;
        match self {
            Schedule::Once { done } => *done = true,
            Schedule::Closed => {}
            Schedule::Open(arrivals) => arrivals.number += arrivals.stride,
        }
        Some(due)
    }

    /// Returns whether there is nothing left to do once all replies have arrived.
    pub fn is_over(&self, now: u64, end: u64) -> bool {
        match self {
            Schedule::Once { done } => *done,
            Schedule::Closed | Schedule::Open(_) => now >= end,
        }
    }

    /// Takes the requests that were due before `end` and have not been taken; returns their number.
    pub fn overdue(&mut self, end: u64) -> u64 {
        match self {
            Schedule::Open(_) => {
                std::iter::from_fn(|| self.take(end.saturating_sub(1), end)).count() as u64
            }
            _ => 0,
        }
    }
}
