//! A future that a token may cancel. Not an `async fn`, which would reserve room for its argument
//! twice: once as it was passed and once where it is pinned.

use crate::budget::with_unlimited_budget;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    pub(super) struct RunUntil<C, F> {
        cancelled: C,
        // `None` after completion. Dropped at once, as at the end of an `async fn`.
        #[pin]
        future: Option<F>,
    }
}

impl<C, F> RunUntil<C, F> {
    pub(super) fn new(cancelled: C, future: F) -> Self {
        Self {
            cancelled,
            future: Some(future),
        }
    }
}

impl<C: Future<Output = ()> + Unpin, F: Future> Future for RunUntil<C, F> {
    type Output = Option<F::Output>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let future = this.future.as_mut().as_pin_mut();
        let future = future.expect("`run_until_cancelled` polled after it was ready");
        let output = match with_unlimited_budget(|| Pin::new(this.cancelled).poll(cx)) {
            Poll::Ready(()) => None,
            Poll::Pending => match future.poll(cx) {
                Poll::Ready(output) => Some(output),
                Poll::Pending => return Poll::Pending,
            },
        };
        this.future.set(None);
        Poll::Ready(output)
    }
}
