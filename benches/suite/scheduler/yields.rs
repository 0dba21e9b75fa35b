//! Tasks that do nothing but yield to each other.

use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(tasks: u64, yields: u64) {
    let yielder = || async move {
        for _ in 0..yields {
            R::yield_now().await;
        }
    };
    let handles: Vec<_> = (0..tasks).map(|_| R::spawn(yielder())).collect();
    for handle in handles {
        handle.await;
    }
}
