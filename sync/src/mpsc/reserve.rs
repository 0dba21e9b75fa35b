//! Waiting for slots of a bounded channel.

use super::chan::{Chan, Refused};
use crate::waiters::Waiter;
use heist_runtime::task::poll_proceed;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

pin_project! {
    /// Waits for slots. Dropped before that, it gives up its place and what it has got.
    pub(super) struct Reserve<'a, T> {
        chan: &'a Chan<T>,
        #[pin]
        waiter: Waiter,
        wanted: usize,
        queued: bool,
    }

    impl<T> PinnedDrop for Reserve<'_, T> {
        fn drop(this: Pin<&mut Self>) {
            if this.queued {
                let this = this.project();
                this.chan.cancel_reserve(this.waiter.as_ref(), *this.wanted);
            }
        }
    }
}

impl<'a, T> Reserve<'a, T> {
    pub(super) fn new(chan: &'a Chan<T>, wanted: usize) -> Self {
        Self {
            chan,
            waiter: Waiter::new(0),
            wanted,
            queued: false,
        }
    }
}

impl<T> Future for Reserve<'_, T> {
    type Output = Result<(), Refused>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Refused>> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        let polled = if *this.queued {
            this.chan.poll_reserve_again(waiter, cx)
        } else {
            this.chan.poll_reserve(waiter, *this.wanted, cx)
        };
        match polled {
            Poll::Pending => {
                *this.queued = true;
                Poll::Pending
            }
            // What has been got so far is returned by the drop.
            Poll::Ready(Err(refused)) => Poll::Ready(Err(refused)),
            Poll::Ready(Ok(())) => match poll_proceed(cx) {
                Poll::Ready(progress) => {
                    progress.made();
                    *this.queued = false;
                    Poll::Ready(Ok(()))
                }
                // A task without budget has its place all the same, and keeps what it got there.
                Poll::Pending => {
                    if !*this.queued {
                        this.waiter.set_value(0);
                        *this.queued = true;
                    }
                    Poll::Pending
                }
            },
        }
    }
}
