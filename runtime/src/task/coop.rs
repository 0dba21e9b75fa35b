//! Cooperative scheduling: the budget of a task's poll, for authors of futures, under tokio's
//! names.
//!
//! ```
//! use heist::task::coop;
//! use std::future::ready;
//!
//! # #[heist::main]
//! # async fn main() {
//! heist::spawn(async {
//!     // Lets other tasks run now and then, even if it is always ready.
//!     for n in 0..1000 {
//!         assert_eq!(coop::cooperative(ready(n)).await, n);
//!     }
//! })
//! .await
//! .unwrap();
//! # }
//! ```

use crate::budget::{Progress, poll_cooperative, poll_proceed as proceed};
use pin_project_lite::pin_project;
use std::cell::Cell;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll};

pub use crate::budget::{Unconstrained, consume_budget, has_budget_remaining, unconstrained};

/// Spends a unit of the current task's budget, or returns `Pending` if none is left. The task is
/// then polled again after others had their turn.
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<RestoreOnPending> {
    proceed(cx).map(|progress| RestoreOnPending(Cell::new(Some(progress)), PhantomData))
}

/// A unit of budget, which is given back on drop unless there was progress.
#[must_use]
pub struct RestoreOnPending(Cell<Option<Progress>>, PhantomData<*mut ()>);

impl RestoreOnPending {
    /// Spends the unit, because the operation has made progress.
    #[inline]
    pub fn made_progress(&self) {
        if let Some(progress) = self.0.take() {
            progress.made();
        }
    }
}

impl fmt::Debug for RestoreOnPending {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RestoreOnPending").finish_non_exhaustive()
    }
}

pin_project! {
    /// A future that spends a unit of budget when it is ready; see [`cooperative`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Coop<F: Future> {
        #[pin]
        future: F,
    }
}

impl<F: Future> Future for Coop<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        poll_cooperative(cx, |cx| self.project().future.poll(cx))
    }
}

/// Makes a future spend budget.
#[inline]
pub fn cooperative<F: Future>(future: F) -> Coop<F> {
    Coop { future }
}
