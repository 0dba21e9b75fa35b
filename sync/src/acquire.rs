//! Waiting for units of a supply that hands them out in order of arrival: permits, or slots of a
//! channel.

use crate::waiters::{WaitList, Waiter};
use heist_runtime::task::poll_proceed;
use heist_runtime::waking::GuardedWaker;
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

/// The supply is closed: no more units will be handed out.
#[derive(Debug)]
pub(crate) struct Closed;

/// Hands out units in the order in which they were requested.
pub(crate) trait Supply {
    fn is_closed(&self) -> bool;

    /// Takes the units, or queues the waiter, with the number of missing units as its value. The
    /// waiter must not be linked; if this has queued it, the caller must pass it to
    /// [`cancel`](Self::cancel) before it is destroyed.
    fn take_or_queue(
        &self,
        waiter: Pin<&Waiter>,
        wanted: usize,
        cx: &Context<'_>,
    ) -> Poll<Result<(), Closed>>;

    /// Calls `f` with the list of waiters, under its lock.
    fn with_waiting<R>(&self, f: impl FnOnce(&mut WaitList) -> R) -> R;

    /// Gives up a wait, and returns the units that it has received so far.
    fn cancel(&self, waiter: Pin<&Waiter>, wanted: usize);
}

/// The state in which a later poll finds its waiter.
enum Found {
    Ended(Result<(), Closed>),
    Waits,
    /// It waits, and had this waker until now.
    WaitsAnew(#[expect(dead_code, reason = "dropped without the lock")] Option<GuardedWaker>),
    /// It waits with another waker: a clone of this task's is needed.
    HasOther,
}

/// Polls a waiter that has been queued.
fn poll_again<S: Supply>(
    supply: &S,
    waiter: Pin<&Waiter>,
    cx: &Context<'_>,
) -> Poll<Result<(), Closed>> {
    // Wakers are cloned and dropped outside the lock.
    let mut waker: Option<GuardedWaker> = None;
    loop {
        // Checked first, so that a closed supply refuses even a waiter that has been served, as in
        // tokio.
        if supply.is_closed() {
            return Poll::Ready(Err(Closed));
        }
        if waiter.value() == 0 {
            return Poll::Ready(Ok(()));
        }
        // SAFETY: the waiter is in no other list, and `Acquire` unlinks it when dropped.
        let found = supply.with_waiting(|waiting| unsafe {
            if !waiting.contains(waiter) {
                // Served or closed in between.
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
    /// Waits for units. If dropped before, it gives up its place and the units it has received.
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
            // The drop returns the units received so far.
            Poll::Ready(Err(closed)) => Poll::Ready(Err(closed)),
            Poll::Ready(Ok(())) => match poll_proceed(cx) {
                Poll::Ready(progress) => {
                    progress.made();
                    *this.queued = false;
                    Poll::Ready(Ok(()))
                }
                // Without budget the task still keeps its place, and the units it has received.
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
