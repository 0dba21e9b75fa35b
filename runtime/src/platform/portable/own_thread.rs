//! What a thread sets for itself: its core, through `core_affinity`.

use crate::platform::{Setting, Topology};
use core_affinity::CoreId;
use std::io;

pub(crate) struct OwnThread;

impl Setting for OwnThread {
    type Cores = Vec<CoreId>;

    fn id() -> i32 {
        0
    }

    fn sleep_precisely(_yes: bool) {}

    fn cores() -> io::Result<Vec<CoreId>> {
        core_affinity::get_core_ids()
            .filter(|cores| !cores.is_empty())
            .ok_or_else(|| {
                let message = "this platform does not report its cores";
                io::Error::new(io::ErrorKind::Unsupported, message)
            })
    }

    fn each_core(cores: &Vec<CoreId>) -> Vec<Vec<CoreId>> {
        cores.iter().map(|&core| vec![core]).collect()
    }

    fn core() -> Option<usize> {
        None
    }

    fn topology() -> Topology {
        Topology::default()
    }

    /// Binds to one core only: `core_affinity` does not know sets. So where threads inherit a
    /// binding, those that a bound worker starts keep it.
    fn set_affinity(cores: &Vec<CoreId>) {
        if let &[core] = &cores[..] {
            core_affinity::set_for_current(core);
        }
    }
}
