//! Waiting for a number of what is handed out in the order of arrival: permits, or slots of a
//! channel.

use crate::waiters::{WaitList, Waiter};
use heist_runtime::task::poll_proceed;
use heist_runtime::waking::GuardedWaker;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// What there is will never be enough.
#[derive(Debug)]
pub(crate) struct Closed;

/// Hands out units in the order in which those who want some have come.
pub(crate) trait Supply {
    fn is_closed(&self) -> bool;

    /// Takes the units, or queues up for them, with how many are missing as the waiter's value. The
    /// waiter is in no list, and is given to [`cancel`](Self::cancel) before it goes if this has
    /// queued it.
    fn take_or_queue(
        &self,
        waiter: Pin<&Waiter>,
        wanted: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>>;

    /// Calls `f` with those who wait, under their lock.
    fn with_waiting<R>(&self, f: impl FnOnce(&mut WaitList) -> R) -> R;

    /// Gives up a wait, and what it has got so far.
    fn cancel(&self, waiter: Pin<&Waiter>, wanted: usize);
}

/// How a later poll finds its waiter.
enum Found {
    Ended(Result<(), Closed>),
    Waits,
    /// And has had this waker until now.
    WaitsAnew(#[expect(dead_code, reason = "dropped without the lock")] Option<GuardedWaker>),
    /// A waker is wanted.
    HasOther,
}

/// A later poll, of one who has queued up.
fn poll_again<S: Supply>(
    supply: &S,
    waiter: Pin<&Waiter>,
    cx: &Context<'_>,
) -> Poll<Result<(), Closed>> {
    // Wakers are cloned and dropped without the lock.
    let mut waker: Option<GuardedWaker> = None;
    loop {
        // Also if it has been served, as tokio has it.
        if supply.is_closed() {
            return Poll::Ready(Err(Closed));
        }
        if waiter.value() == 0 {
            return Poll::Ready(Ok(()));
        }
        // SAFETY: it is in no other list, and `Acquire` unlinks it when dropped.
        let found = supply.with_waiting(|waiting| unsafe {
            if !waiting.contains(waiter) {
                // Served in between, or closed.
                let is_served = waiter.value() == 0;
                return Found::Ended(if is_served { Ok(()) } else { Err(Closed) });
            }
            if waiting.will_wake(waiter, cx.waker()) {
                return Found::Waits;
            }
            match waker.take() {
                Some(waker) => Found::WaitsAnew(waiting.replace_waker(waiter, waker)),
                None => Found::HasOther,
            }
        });
        match found {
            Found::Ended(result) => return Poll::Ready(result),
            Found::Waits | Found::WaitsAnew(_) => return Poll::Pending,
            Found::HasOther => waker = Some(cx.waker().into()),
        }
    }
}

pin_project! {
    /// Waits for units. Dropped before that, it gives up its place and what it has got.
    #[derive(Debug)]
    pub(crate) struct Acquire<'a, S>
    where
        S: Supply,
    {
        supply: &'a S,
        #[pin]
        waiter: Waiter,
        wanted: usize,
        queued: bool,
    }

    impl<S> PinnedDrop for Acquire<'_, S>
    where
        S: Supply,
    {
        fn drop(this: Pin<&mut Self>) {
            if this.queued {
                let this = this.project();
                this.supply.cancel(this.waiter.as_ref(), *this.wanted);
            }
        }
    }
}

impl<'a, S: Supply> Acquire<'a, S> {
    pub(crate) fn new(supply: &'a S, wanted: usize) -> Self {
        Self {
            supply,
            waiter: Waiter::new(0),
            wanted,
            queued: false,
        }
    }
}

impl<S: Supply> Future for Acquire<'_, S> {
    type Output = Result<(), Closed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Closed>> {
        let this = self.project();
        let waiter = this.waiter.as_ref();
        let polled = if *this.queued {
            poll_again(*this.supply, waiter, cx)
        } else {
            this.supply.take_or_queue(waiter, *this.wanted, cx)
        };
        match polled {
            Poll::Pending => {
                *this.queued = true;
                Poll::Pending
            }
            // What has been got so far is returned by the drop.
            Poll::Ready(Err(closed)) => Poll::Ready(Err(closed)),
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
