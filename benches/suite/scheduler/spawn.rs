//! Spawning tasks that are ready at once, and awaiting them.

use crate::runtimes::Runtime;

/// Each task is awaited before the next is spawned.
pub(crate) async fn one_by_one<R: Runtime>(count: u64) {
    for i in 0..count {
        assert_eq!(R::spawn(async move { i }).await, i);
    }
}

/// All tasks are spawned before the first is awaited.
pub(super) async fn many<R: Runtime>(count: u64) {
    let handles: Vec<_> = (0..count).map(|i| R::spawn(async move { i })).collect();
    for (i, handle) in (0..count).zip(handles) {
        assert_eq!(handle.await, i);
    }
}

/// Like `many`, with results that are worth collecting.
pub(super) async fn collect<R: Runtime>(count: u64) {
    let task = |i: u64| async move { [i, i + 1, i + 2, i + 3].map(|i| i.wrapping_mul(i)) };
    let handles: Vec<_> = (0..count).map(|i| R::spawn(task(i))).collect();
    let mut results = Vec::with_capacity(handles.len());
    for handle in handles {
        results.push(handle.await);
    }
    assert_eq!(results.last().map(|last| last[1]), Some(count * count));
}
