//! What a thread sets for itself, through system calls that are specific to Linux.

use crate::platform::Setting;
use rustix::thread::{
    CpuSet, gettid, sched_getaffinity, sched_setaffinity, set_current_timer_slack,
};
use std::io;
use std::num::NonZero;

pub(crate) struct OwnThread;

impl Setting for OwnThread {
    type Cores = CpuSet;

    fn id() -> i32 {
        gettid().as_raw_nonzero().get()
    }

    fn sleep_precisely(yes: bool) {
        /// In nanoseconds.
        const LOW: NonZero<u64> = NonZero::new(1_000).unwrap();
        // `None` restores the default that the thread started with. If it cannot be set, timers are
        // as late as the system makes them.
        let _ = set_current_timer_slack(yes.then_some(LOW));
    }

    fn cores() -> io::Result<CpuSet> {
        Ok(sched_getaffinity(None)?)
    }

    fn each(cores: &CpuSet) -> Vec<CpuSet> {
        let cores = (0..CpuSet::MAX_CPU).filter(|&core| cores.is_set(core));
        cores
            .map(|core| {
                let mut only = CpuSet::new();
                only.set(core);
                only
            })
            .collect()
    }

    fn run_on(cores: &CpuSet) {
        let _ = sched_setaffinity(None, cores);
    }
}
