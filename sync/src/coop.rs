//! Spends the poll budget for futures composed of others.

use heist_runtime::task::poll_proceed;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::task::{Poll, ready};

/// Awaits the future, spends a unit of the task's poll budget when it is ready, and waits for the
/// task's next turn if no budget is left.
pub(crate) async fn cooperative<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    poll_fn(|cx| {
        let progress = ready!(poll_proceed(cx));
        let output = ready!(future.as_mut().poll(cx));
        progress.made();
        Poll::Ready(output)
    })
    .await
}
