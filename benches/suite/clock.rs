//! What processes have used, and how much time the hypervisor gave to other machines.

use std::fs;
use std::io;
use std::time::Duration;

use rustix::param::{clock_ticks_per_second, page_size};
use rustix::time::{ClockId, clock_gettime};

/// Returns the user and system time of all threads of this process so far, in nanoseconds: the same
/// total as `getrusage` reports.
pub(crate) fn process_cpu() -> Duration {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    Duration::try_from(time).expect("a process has used no less than no time")
}

/// Returns the user and system time of the children that have been waited for, and of their
/// children, in clock ticks' precision.
pub(crate) fn children_cpu() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name in brackets may contain any character. The third field follows it.
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

/// Returns the resident memory of this process, in bytes.
pub(crate) fn resident() -> io::Result<u64> {
    let statm = fs::read_to_string("/proc/self/statm")?;
    let pages: Option<u64> = statm
        .split_whitespace()
        .nth(1)
        .and_then(|pages| pages.parse().ok());
    let pages = pages.ok_or_else(|| io::Error::other("/proc/self/statm is not as documented"))?;
    Ok(pages * page_size() as u64)
}

/// The share of the cores' time that a hypervisor gives to other machines.
pub(crate) struct Stolen {
    since: Option<CoreTime>,
}

/// Time of all cores since the machine started, in ticks.
struct CoreTime {
    stolen: u64,
    all: u64,
}

impl Stolen {
    pub(crate) fn since_now() -> Stolen {
        Stolen {
            since: CoreTime::now(),
        }
    }

    /// Returns the share in percent, or None if the system does not report it.
    pub(crate) fn percent(&self) -> Option<f64> {
        let (since, now) = (self.since.as_ref()?, CoreTime::now()?);
        let all = (now.all - since.all).max(1);
        Some(100.0 * (now.stolen - since.stolen) as f64 / all as f64)
    }
}

impl CoreTime {
    fn now() -> Option<CoreTime> {
        let stat = fs::read_to_string("/proc/stat").ok()?;
        let cores = stat.lines().next()?.strip_prefix("cpu ")?;
        let mut fields = cores
            .split_whitespace()
            .map_while(|ticks| ticks.parse().ok());
        // User, nice, system, idle, waiting for I/O, two kinds of interrupts, and stolen. The
        // fields that follow are included in these.
        let own: u64 = fields.by_ref().take(7).sum();
        let stolen = fields.next()?;
        Some(CoreTime {
            stolen,
            all: own + stolen,
        })
    }
}
