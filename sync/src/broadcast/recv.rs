//! Waiting for the next value of a broadcast channel.

use super::Receiver;
use super::error::{RecvError, TryRecvError};
use crate::waiters::Waiter;
use heist_runtime::task::poll_proceed;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

pin_project! {
    /// The future of [`Receiver::recv`].
    pub(super) struct Recv<'a, T> {
        receiver: &'a mut Receiver<T>,
        #[pin]
        waiter: Waiter,
        queued: bool,
    }

    impl<T> PinnedDrop for Recv<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            if this.queued {
                let this = this.project();
                this.receiver.shared.cancel(this.waiter.as_ref());
            }
        }
    }
}

impl<'a, T> Recv<'a, T> {
    pub(super) fn new(receiver: &'a mut Receiver<T>) -> Self {
        Self {
            receiver,
            waiter: Waiter::new(0),
            queued: false,
        }
    }
}

// SAFETY: a `&Recv` gives no access to a value.
unsafe impl<T: Send> Sync for Recv<'_, T> {}

impl<T: Clone> Future for Recv<'_, T> {
    type Output = Result<T, RecvError>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let progress = ready!(poll_proceed(cx));
        let this = self.project();
        let waiter = Some((this.waiter.as_ref(), cx.waker()));
        let received = match this.receiver.receive(waiter) {
            Err(TryRecvError::Empty) => {
                *this.queued = true;
                return Poll::Pending;
            }
            Err(TryRecvError::Closed) => Err(RecvError::Closed),
            Err(TryRecvError::Lagged(lost)) => Err(RecvError::Lagged(lost)),
            Ok(value) => Ok(value),
        };
        progress.made();
        Poll::Ready(received)
    }
}
