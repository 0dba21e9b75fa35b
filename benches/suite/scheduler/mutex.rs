//! Tasks that take turns with an async mutex, async-lock's for every runtime.

use std::sync::Arc;

use async_lock::Mutex;

use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(tasks: u64, turns: u64, yielding: bool) {
    let total = Arc::new(Mutex::new(0));
    let task = |total: Arc<Mutex<u64>>| async move {
        for _ in 0..turns {
            let mut total = total.lock().await;
            *total += 1;
            if yielding {
                R::yield_now().await;
            }
        }
    };
    let handles: Vec<_> = (0..tasks).map(|_| R::spawn(task(total.clone()))).collect();
    for handle in handles {
        handle.await;
    }
    assert_eq!(*total.lock().await, tasks * turns);
}
