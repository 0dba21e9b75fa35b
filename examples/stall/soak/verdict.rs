//! The final checks, and the faults that they found.

use std::fmt::Debug;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

use super::PATIENCE;
use super::process::{Holdings, cpu_time};

/// How many bytes memory may grow by: threads come and go and leave memory to the allocator and to
/// the queues' epochs, until both are saturated. In ten minutes it grows by a tenth of this.
const GROWTH: u64 = 4 << 20;

/// How long the idle process is observed, and how much CPU time it may take.
const IDLE: Duration = Duration::from_secs(2);
const IDLE_CPU: Duration = Duration::from_millis(20);

#[derive(Default)]
pub(super) struct Verdict {
    faults: Vec<String>,
}

impl Verdict {
    /// Prints a finding, and records it as a fault if it is wrong.
    pub(super) fn check(&mut self, is_right: bool, found: String) {
        println!("  {} {found}", if is_right { "ok   " } else { "WRONG" });
        if !is_right {
            self.faults.push(found);
        }
    }

    /// Waits until `found` returns `wanted`, for at most `PATIENCE`.
    pub(super) fn check_becomes<T: PartialEq + Debug>(
        &mut self,
        what: &str,
        wanted: T,
        found: impl Fn() -> io::Result<T>,
    ) -> io::Result<()> {
        self.wait_until(what, wanted, found, |now, wanted| now == wanted)
    }

    /// Waits until the process holds no more than it held `before`, for at most `PATIENCE`.
    pub(super) fn check_holdings(&mut self, what: &str, before: Holdings) -> io::Result<()> {
        self.wait_until(what, before, Holdings::now, Holdings::no_more_than)
    }

    fn wait_until<T: Debug>(
        &mut self,
        what: &str,
        wanted: T,
        found: impl Fn() -> io::Result<T>,
        is_right: impl Fn(&T, &T) -> bool,
    ) -> io::Result<()> {
        let start = Instant::now();
        let mut now = found()?;
        while !is_right(&now, &wanted) && start.elapsed() < PATIENCE {
            thread::sleep(Duration::from_millis(20));
            now = found()?;
        }
        let after = start.elapsed().as_secs_f64();
        let is_right = is_right(&now, &wanted);
        let found = match is_right {
            true => format!("{what}: {now:?} (after {after:.1} s)"),
            false => format!("{what}: {now:?} instead of {wanted:?} (even after {after:.1} s)"),
        };
        self.check(is_right, found);
        Ok(())
    }

    /// Checks that the last third of the time needed no more memory than the second.
    pub(super) fn check_memory(&mut self, samples: &[u64]) {
        let third = samples.len() / 3;
        let [second, last] = [third, 2 * third].map(|from| median(&samples[from..from + third]));
        let mib = |bytes: u64| bytes as f64 / f64::from(1 << 20);
        self.check(
            last <= second + GROWTH,
            format!(
                "memory: {:.2} MiB in the last third, {:.2} MiB in the second (medians)",
                mib(last),
                mib(second)
            ),
        );
    }

    /// Checks that the runtime is idle.
    pub(super) fn check_idle(&mut self) -> io::Result<()> {
        let before = cpu_time()?;
        thread::sleep(IDLE);
        let used = cpu_time()? - before;
        self.check(
            used <= IDLE_CPU,
            format!("CPU time of the idle runtime: {used:?} in {IDLE:?}"),
        );
        Ok(())
    }

    /// # Errors
    ///
    /// Returns an error that lists everything that was wrong.
    pub(super) fn into_result(self) -> io::Result<()> {
        match self.faults.is_empty() {
            true => Ok(()),
            false => Err(io::Error::other(self.faults.join("; "))),
        }
    }
}

fn median(samples: &[u64]) -> u64 {
    let mut sorted = samples.to_vec();
    sorted.sort_unstable();
    sorted.get(sorted.len() / 2).copied().unwrap_or(0)
}
