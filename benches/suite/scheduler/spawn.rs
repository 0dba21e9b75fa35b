//! Spawning tasks that are ready at once, and awaiting them.

use crate::runtimes::Runtime;

/// Operations of a batch of `one_by_one`: enough that reading the clock between
/// batches costs nothing.
pub(super) const ONE: u64 = 1_000;

/// Operations of a batch of `many`.
pub(super) const MANY: u64 = 10_000;

/// Each task is awaited before the next is spawned.
pub(super) async fn one_by_one<R: Runtime>() {
    for i in 0..ONE {
        assert_eq!(R::spawn(async move { i }).await, i);
    }
}

/// All tasks are spawned before the first is awaited.
pub(super) async fn many<R: Runtime>() {
    let handles: Vec<_> = (0..MANY).map(|i| R::spawn(async move { i })).collect();
    for (i, handle) in (0..MANY).zip(handles) {
        assert_eq!(handle.await, i);
    }
}
