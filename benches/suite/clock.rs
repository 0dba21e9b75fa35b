//! What processes have used.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::time::{ClockId, clock_gettime};

/// User and system time of all threads of this process so far: what `getrusage`
/// adds up to, in nanoseconds.
pub(crate) fn process_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a process has used no less than no time")
}

/// User and system time of the children that have been waited for, and of theirs, as exact as
/// the clock ticks.
pub(crate) fn children_cpu() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name in brackets may contain anything. The third field follows it.
    let (_, fields) = stat.rsplit_once(')').unwrap_or_default();
    let (cutime, cstime) = (16, 17);
    let field =
        |number: usize| -> Option<u64> { fields.split_whitespace().nth(number - 3)?.parse().ok() };
    let ticks = field(cutime)
        .zip(field(cstime))
        .map(|(user, system)| user + system);
    let ticks = ticks.ok_or_else(|| io::Error::other("/proc/self/stat is not as documented"))?;
    Ok(Duration::from_secs_f64(
        ticks as f64 / clock_ticks_per_second() as f64,
    ))
}

/// Resident memory of this process, in bytes.
pub(crate) fn resident() -> io::Result<u64> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok());
    let pages = pages.ok_or_else(|| io::Error::other("/proc/self/statm is not as documented"))?;
    Ok(pages * page_size() as u64)
}
