//! The soak, in short.

#[path = "../../load/format.rs"]
#[allow(dead_code, reason = "the soak shows fewer kinds of numbers")]
mod format;
#[path = "../soak/mod.rs"]
mod soak;

use std::time::Duration;

use soak::Soak;

/// The only test of this process: it counts threads.
#[test]
fn nothing_is_lost_while_tasks_stall_at_random() {
    let soak = Soak {
        workers: 2,
        duration: Duration::from_secs(10),
        seed: fastrand::u64(..),
    };
    soak.run().unwrap();
}
