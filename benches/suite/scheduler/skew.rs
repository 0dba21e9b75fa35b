//! Tasks of uneven lengths, all spawned by one worker: the other workers must take their share.

use std::time::Duration;

use super::busy::spin;
use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(tasks: u64) {
    let handles: Vec<_> = (0..tasks)
        .map(|i| R::spawn(async move { spin(length(i)) }))
        .collect();
    for handle in handles {
        handle.await;
    }
}

/// Most are short, and one in sixteen is long; the long ones come in clusters.
fn length(task: u64) -> Duration {
    let long = task % 64 < 4;
    Duration::from_micros(if long { 200 } else { 1 + task % 13 })
}
