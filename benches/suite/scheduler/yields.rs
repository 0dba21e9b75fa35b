//! Tasks that do nothing but give way to each other.

use crate::runtimes::Runtime;

const TASKS: u64 = 200;
const YIELDS: u64 = 1_000;

/// Operations of a batch: yields.
pub(super) const COUNT: u64 = TASKS * YIELDS;

pub(super) async fn batch<R: Runtime>() {
    let yielder = || async {
        for _ in 0..YIELDS {
            R::yield_now().await;
        }
    };
    let handles: Vec<_> = (0..TASKS).map(|_| R::spawn(yielder())).collect();
    for handle in handles {
        handle.await;
    }
}
