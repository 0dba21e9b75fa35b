//! The resources of this process, as Linux reports them in `/proc`.

use std::fs;
use std::io;
use std::thread;
use std::time::{Duration, Instant};

/// How long the number of resources is observed. The watchdog opens a file for each thread that it
/// suspects of stalling, and on a busy machine it may suspect one of an idle runtime.
const SETTLING: Duration = Duration::from_secs(1);

/// Resources of which an idle runtime should hold no more than before.
#[derive(Clone, Copy, Debug)]
pub(super) struct Holdings {
    pub(super) threads: usize,
    pub(super) descriptors: usize,
}

impl Holdings {
    pub(super) fn now() -> io::Result<Self> {
        Ok(Self {
            threads: fs::read_dir("/proc/self/task")?.count(),
            // The descriptor that reads the folder is counted each time, too.
            descriptors: fs::read_dir("/proc/self/fd")?.count(),
        })
    }

    /// Returns the lowest numbers of some time, without the resources held for a moment only.
    pub(super) fn settled() -> io::Result<Self> {
        let mut lowest = Self::now()?;
        let start = Instant::now();
        while start.elapsed() < SETTLING {
            thread::sleep(Duration::from_millis(20));
            let now = Self::now()?;
            lowest.threads = lowest.threads.min(now.threads);
            lowest.descriptors = lowest.descriptors.min(now.descriptors);
        }
        Ok(lowest)
    }

    /// Returns whether these are at most as many as `before`.
    pub(super) fn no_more_than(&self, before: &Self) -> bool {
        self.threads <= before.threads && self.descriptors <= before.descriptors
    }
}

/// Returns the resident memory in bytes.
pub(super) fn memory() -> io::Result<u64> {
    let status = fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.trim().strip_suffix(" kB"));
    let kib: Option<u64> = number.and_then(|number| number.parse().ok());
    kib.map(|kib| kib * 1024)
        .ok_or_else(|| io::Error::other("/proc/self/status has no VmRSS in kB"))
}

/// Returns the CPU time of all threads so far, including those that have ended, to 10 ms.
pub(super) fn cpu_time() -> io::Result<Duration> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    // The name, the second field, may contain spaces. User and system time are the 14th and the
    // 15th.
    let after_name = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let times = after_name.split_whitespace().skip(11).take(2);
    let ticks: Option<Vec<u64>> = times.map(|ticks| ticks.parse().ok()).collect();
    match ticks.as_deref() {
        Some([user, system]) => Ok(Duration::from_millis((user + system) * 10)),
        _ => Err(io::Error::other("/proc/self/stat has no CPU times")),
    }
}
