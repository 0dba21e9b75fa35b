//! No information about threads, and on most systems the CPU time of the process: a worker that
//! makes no progress may wait or lack a core.

use crate::platform::Watching;
use std::time::Duration;

#[derive(Default)]
pub(crate) struct ThreadWatch(());

impl Watching for ThreadWatch {
    const KNOWS_WAITS: bool = false;

    fn note_progress(&mut self, _thread: i32) {}

    fn computed(&self) -> Option<Duration> {
        None
    }

    fn waits(&mut self) -> Option<bool> {
        None
    }

    fn close(&mut self) {}

    #[cfg(any(
        target_vendor = "apple",
        target_os = "linux",
        target_os = "android",
        target_os = "freebsd",
        target_os = "dragonfly",
        target_os = "openbsd"
    ))]
    fn process_time() -> Option<Duration> {
        use rustix::time::{ClockId, clock_gettime};
        Duration::try_from(clock_gettime(ClockId::ProcessCPUTime)).ok()
    }
}
