//! A closure as a task, with the same handle, cancellation and panic handling as any other.

use crate::tasks::{Failures, Header, Notified, Schedule};
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

/// A closure that runs in its only poll.
pub(super) struct BlockingTask<F>(Option<F>);

impl<F> BlockingTask<F> {
    pub(super) fn new(f: F) -> Self {
        Self(Some(f))
    }
}

impl<F> Unpin for BlockingTask<F> {}

impl<F: FnOnce() -> R, R> Future for BlockingTask<F> {
    type Output = R;

    fn poll(mut self: Pin<&mut Self>, _cx: &mut Context<'_>) -> Poll<R> {
        let f = self.0.take().expect("a blocking task is polled once");
        Poll::Ready(f())
    }
}

/// The scheduler of blocking tasks. Only the pool itself queues them, once: their waker is never
/// handed out.
pub(super) struct BlockingSchedule(pub(super) Arc<Failures>);

impl Schedule for BlockingSchedule {
    const REGISTERED: bool = false;

    unsafe fn schedule(_this: *const Self, _task: Notified) {
        unreachable!("a blocking task is queued when it is made and never woken");
    }

    fn release(&self, _task: &Header) -> bool {
        false
    }

    fn failures(&self) -> &Failures {
        &self.0
    }
}
