//! `timeout`: a future with a time limit.

use super::error::Elapsed;
use super::{Duration, Instant, Sleep, sleep, sleep_until};
use heist_runtime::task::coop::has_budget_remaining;
use heist_runtime::task::unconstrained;
use pin_project_lite::pin_project;
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::task::{Context, Poll};

/// Returns the future's output, or [`Elapsed`] if it takes longer than `duration`.
///
/// # Panics
///
/// Panics if called outside a runtime, or in a runtime without timers.
#[inline]
#[track_caller]
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: sleep(duration),
    }
}

/// Like [`timeout`], with a deadline instead of a duration.
///
/// # Panics
///
/// See [`timeout`].
#[track_caller]
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        value: future.into_future(),
        delay: sleep_until(deadline),
    }
}

pin_project! {
    /// A future with a time limit; from [`timeout`].
    #[must_use = "futures do nothing unless you `.await` or poll them"]
    #[derive(Debug)]
    pub struct Timeout<T> {
        #[pin]
        value: T,
        #[pin]
        delay: Sleep,
    }
}

impl<T> Timeout<T> {
    /// Returns a reference to the future.
    pub fn get_ref(&self) -> &T {
        &self.value
    }

    /// Returns the future mutably.
    pub fn get_mut(&mut self) -> &mut T {
        &mut self.value
    }

    /// Returns the future, without its limit.
    pub fn into_inner(self) -> T {
        self.value
    }
}

impl<T: Future> Future for Timeout<T> {
    type Output = Result<T::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let had_budget = has_budget_remaining();
        if let Poll::Ready(output) = this.value.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        let mut delay = this.delay;
        // A future that uses up the whole budget in each poll must not prevent the limit from
        // taking effect.
        let polled = match had_budget && !has_budget_remaining() {
            true => Pin::new(&mut unconstrained(delay.as_mut())).poll(cx),
            false => delay.poll(cx),
        };
        polled.map(|()| Err(Elapsed::new()))
    }
}
