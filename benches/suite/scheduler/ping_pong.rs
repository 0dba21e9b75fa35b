//! Pairs of tasks that send each other one message and end: two spawns, two oneshot channels and
//! two wake-ups per pair. The same shape as tokio's benchmark of that name.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures_channel::oneshot;

use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(pairs: u64) {
    let remaining = Arc::new(AtomicU64::new(pairs));
    let (done, all_done) = oneshot::channel();
    let done = Arc::new(std::sync::Mutex::new(Some(done)));
    for _ in 0..pairs {
        let remaining = remaining.clone();
        let done = done.clone();
        R::detach(async move {
            pair::<R>().await;
            if remaining.fetch_sub(1, Ordering::AcqRel) == 1 {
                let done = done.lock().expect("no holder panics").take();
                done.expect("only one is the last")
                    .send(())
                    .expect("the batch waits");
            }
        });
    }
    all_done.await.expect("the last pair reports");
}

async fn pair<R: Runtime>() {
    let (ping, pinged) = oneshot::channel();
    let (pong, ponged) = oneshot::channel();
    R::detach(async move {
        pinged.await.expect("the other side sends");
        pong.send(()).expect("the other side waits");
    });
    ping.send(()).expect("the other side waits");
    ponged.await.expect("the other side sends");
}
