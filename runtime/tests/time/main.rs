//! Timers, as users see them.

#[allow(dead_code, reason = "each test binary uses some of it")]
#[path = "../support/mod.rs"]
mod support;

mod concurrent;
mod delay_queue;
mod interval;
mod sleep;
mod timeout;

#[cfg(feature = "test-util")]
mod paused;

use heist_runtime::time::Sleep;
use heist_runtime::{Builder, Runtime};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::task::{Context, Wake, Waker};

fn runtime(workers: usize) -> Runtime {
    Builder::new().worker_threads(workers).build().unwrap()
}

/// Polls the sleep once. Returns whether it has ended.
fn poll(sleep: Pin<&mut Sleep>, waker: &Waker) -> bool {
    sleep.poll(&mut Context::from_waker(waker)).is_ready()
}

/// Counts how often it is woken.
#[derive(Default)]
struct Woken(AtomicUsize);

impl Woken {
    fn new() -> (Arc<Self>, Waker) {
        let woken = Arc::new(Self::default());
        (woken.clone(), Waker::from(woken))
    }

    fn times(&self) -> usize {
        self.0.load(SeqCst)
    }
}

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, SeqCst);
    }
}
