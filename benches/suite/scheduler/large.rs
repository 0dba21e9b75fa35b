//! Tasks like those of a server: hundreds of bytes with a channel inside, and results of some size.

use std::hint::black_box;

use futures_channel::oneshot;

use crate::runtimes::Runtime;

/// How many bytes a task keeps while it waits.
const KEPT: usize = 256;

/// Each task receives a message through a channel, while all others are alive.
pub(super) async fn tasks<R: Runtime>(count: u64) {
    let (senders, handles): (Vec<_>, Vec<_>) = (0..count)
        .map(|i| {
            let (sender, receiver) = oneshot::channel();
            let kept = [i as u8; KEPT];
            let task = async move {
                let told: u64 = receiver.await.expect("the other side sends");
                told + u64::from(black_box(&kept)[0])
            };
            (sender, R::spawn(task))
        })
        .unzip();
    for (i, sender) in (0..count).zip(senders) {
        sender.send(i).expect("the task waits");
    }
    for (i, handle) in (0..count).zip(handles) {
        assert_eq!(handle.await, i + i % 256);
    }
}

pub(super) async fn results<R: Runtime>(count: u64) {
    let task = |i: u64| async move { [i; 8] };
    let handles: Vec<_> = (0..count).map(|i| R::spawn(task(i))).collect();
    for (i, handle) in (0..count).zip(handles) {
        assert_eq!(handle.await, [i; 8]);
    }
}
