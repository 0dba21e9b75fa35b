//! A task that spawns a task that spawns a task: never more than one is ready.

use futures_channel::oneshot;

use crate::runtimes::Runtime;

pub(super) async fn batch<R: Runtime>(count: u64) {
    let (done, all_done) = oneshot::channel();
    link::<R>(count, done);
    all_done.await.expect("the last link reports");
}

fn link<R: Runtime>(remaining: u64, done: oneshot::Sender<()>) {
    R::detach(async move {
        match remaining - 1 {
            0 => done.send(()).expect("the batch waits"),
            remaining => link::<R>(remaining, done),
        }
    });
}
