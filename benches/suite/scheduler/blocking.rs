//! Closures on threads that may block.

use crate::runtimes::Runtime;

pub(super) async fn one_by_one<R: Runtime>(count: u64) {
    for i in 0..count {
        assert_eq!(R::spawn_blocking(move || i).await, i);
    }
}

pub(super) async fn burst<R: Runtime>(count: u64) {
    let handles: Vec<_> = (0..count).map(|i| R::spawn_blocking(move || i)).collect();
    for (i, handle) in (0..count).zip(handles) {
        assert_eq!(handle.await, i);
    }
}
