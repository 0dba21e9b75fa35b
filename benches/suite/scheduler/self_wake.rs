//! Tasks that wake themselves and are polled again, as tasks do that yield without a runtime's own
//! `yield_now`.

use std::future::poll_fn;
use std::task::Poll;

use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(tasks: u64, times: u64) {
    let task = || async move {
        let mut left = times;
        poll_fn(|cx| match left {
            0 => Poll::Ready(()),
            _ => {
                left -= 1;
                cx.waker().wake_by_ref();
                Poll::Pending
            }
        })
        .await;
    };
    let handles: Vec<_> = (0..tasks).map(|_| R::spawn(task())).collect();
    for handle in handles {
        handle.await;
    }
}
