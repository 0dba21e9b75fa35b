//! The poll budget: how many operations a task may do before it must let others run.
//!
//! A worker grants each poll [`PER_POLL`] units. The runtime's own leaf futures (sockets, timers,
//! join handles) spend one for each operation that succeeds; with none left they return `Pending`
//! and wake the task at once, so that it goes to the back of the queue. Therefore an always-ready
//! socket cannot hold its worker. The budget is kept in `poll_context`; only the polling thread
//! accesses it.
//!
//! Code that polls repeatedly within one poll of the task, as another library's `block_on` in it
//! does, would be refused forever. Therefore refusals give units back. Invariant: one poll does at
//! most [`PER_POLL`] operations, plus one for each refusal.

use crate::poll_context::{Left, UNLIMITED, left, set_left};
use pin_project_lite::pin_project;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Operations per poll. This is tokio's figure, which has proven itself. A small socket operation
/// takes about 2 µs, so such a poll lasts a quarter of a millisecond, and one with large buffers a
/// few milliseconds.
const PER_POLL: u8 = 128;

/// This many refusals within one poll give as many units back. A task that polls each of its
/// futures once and then returns rarely has this many that are ready.
const REFUSALS: u8 = 32;

/// The initial value of `Left`: the refusals until units are given back, plus the units.
pub(crate) const FULL: Left = REFUSALS + PER_POLL;

/// Runs `poll` with a full budget.
#[inline]
pub(crate) fn with_budget<R>(poll: impl FnOnce() -> R) -> R {
    with_limit(FULL, poll)
}

/// Runs `poll` without a budget.
pub(crate) fn with_unlimited_budget<R>(poll: impl FnOnce() -> R) -> R {
    with_limit(UNLIMITED, poll)
}

fn with_limit<R>(limit: Left, poll: impl FnOnce() -> R) -> R {
    struct Restore(Left);
    impl Drop for Restore {
        fn drop(&mut self) {
            set_left(self.0);
        }
    }
    let _restore = Restore(left());
    set_left(limit);
    poll()
}

/// Spends one unit of the current task's poll budget.
///
/// For authors of leaf futures: call it first in `poll`, and [`Progress::made`] once the operation
/// has succeeded. When the budget is used up, this returns `Pending` and has woken the task, so
/// that it runs again after others had their turn. A [`Progress`] dropped without `made` gives its
/// unit back: waiting costs nothing. If the task does not return but continues to poll, as another
/// library's `block_on` does, it gets units back after some refusals.
///
/// # Examples
///
/// ```
/// use heist::task::poll_proceed;
/// use std::task::{Context, Poll, ready};
///
/// fn poll_next(cx: &mut Context<'_>, ready_items: &mut Vec<u32>) -> Poll<u32> {
///     let progress = ready!(poll_proceed(cx));
///     match ready_items.pop() {
///         Some(item) => {
///             progress.made();
///             Poll::Ready(item)
///         }
///         None => Poll::Pending,
///     }
/// }
/// # let mut cx = Context::from_waker(std::task::Waker::noop());
/// # assert_eq!(poll_next(&mut cx, &mut vec![1]), Poll::Ready(1));
/// ```
#[inline]
pub fn poll_proceed(cx: &mut Context<'_>) -> Poll<Progress> {
    let before = left();
    if before <= REFUSALS {
        return refuse(before, cx);
    }
    if before != UNLIMITED {
        set_left(before - 1);
    }
    Poll::Ready(Progress { before })
}

/// Refuses an operation because the budget is used up.
#[cold]
fn refuse<R>(left: Left, cx: &Context<'_>) -> Poll<R> {
    set_left(left.checked_sub(1).unwrap_or(2 * REFUSALS));
    cx.waker().wake_by_ref();
    Poll::Pending
}

/// Returns whether the current task has budget left. Outside tasks it is always `true`.
///
/// # Examples
///
/// ```
/// use heist::task::coop::{consume_budget, has_budget_remaining};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let spent = heist::spawn(async {
///     let mut spent = 0;
///     while has_budget_remaining() {
///         consume_budget().await;
///         spent += 1;
///     }
///     spent
/// });
/// assert!(spent.await.unwrap() > 1);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[inline]
pub fn has_budget_remaining() -> bool {
    left() > REFUSALS
}

/// A unit of budget, taken by [`poll_proceed`].
///
/// # Examples
///
/// ```
/// use heist::task::{Progress, poll_proceed};
/// use std::task::{Context, Poll, Waker};
///
/// let mut cx = Context::from_waker(Waker::noop());
/// // Outside tasks the budget is unlimited.
/// let Poll::Ready(progress) = poll_proceed(&mut cx) else { unreachable!() };
/// // Nothing has succeeded, so the unit is given back.
/// drop::<Progress>(progress);
/// ```
#[must_use = "call `made` when the operation has succeeded"]
#[derive(Debug)]
pub struct Progress {
    before: Left,
}

impl Progress {
    /// Spends the unit, because the operation succeeded.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::poll_proceed;
    /// use std::future::poll_fn;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let spent = heist::spawn(async {
    ///     // At most as often as one poll may.
    ///     let mut spent = 0;
    ///     poll_fn(|cx| {
    ///         while let std::task::Poll::Ready(progress) = poll_proceed(cx) {
    ///             progress.made();
    ///             spent += 1;
    ///         }
    ///         std::task::Poll::Ready(spent)
    ///     })
    ///     .await
    /// });
    /// assert!(spent.await.unwrap() > 1);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[inline]
    pub fn made(self) {
        std::mem::forget(self);
    }
}

impl Drop for Progress {
    #[inline]
    fn drop(&mut self) {
        if self.before != UNLIMITED {
            set_left(self.before);
        }
    }
}

/// Runs `operation`, whose poll may always be ready, and spends a unit if it was ready and has not
/// spent any itself.
///
/// For streams and futures of other libraries: it makes them yield too, so that a timeout around
/// them can fire. As with [`poll_proceed`], this returns `Pending`, and the task has been woken,
/// when the budget is used up.
///
/// # Examples
///
/// ```
/// use heist::task::poll_cooperative;
/// use heist::time::{Duration, timeout};
/// use std::future::{poll_fn, ready};
/// use std::pin::pin;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let endless = async {
///     loop {
///         let mut one = pin!(ready(1));
///         poll_fn(|cx| poll_cooperative(cx, |cx| one.as_mut().poll(cx))).await;
///     }
/// };
/// let ended: Result<(), _> = timeout(Duration::from_millis(5), endless).await;
/// assert!(ended.is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[inline]
pub fn poll_cooperative<R>(
    cx: &mut Context<'_>,
    operation: impl FnOnce(&mut Context<'_>) -> Poll<R>,
) -> Poll<R> {
    let before = left();
    if before <= REFUSALS {
        return refuse(before, cx);
    }
    let output = ready!(operation(cx));
    if before != UNLIMITED && left() == before {
        set_left(before - 1);
    }
    Poll::Ready(output)
}

/// Spends one unit of the poll budget, and yields to other tasks when it is used up.
///
/// For loops that work without awaiting anything that could be pending.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let mut sum = 0_u64;
/// for n in 0..1_000_000_u64 {
///     sum += n;
///     if n % 1_000 == 0 {
///         heist::task::consume_budget().await;
///     }
/// }
/// assert_eq!(sum, 499_999_500_000);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub async fn consume_budget() {
    poll_fn(|cx| poll_proceed(cx).map(Progress::made)).await;
}

pin_project! {
    /// A future polled without a budget; see [`unconstrained`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::{Unconstrained, unconstrained};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let future: Unconstrained<_> = unconstrained(std::future::ready(7));
    /// assert_eq!(future.await, 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Unconstrained<F> {
        #[pin]
        inner: F,
    }
}

/// Polls `future` without a budget, so that the runtime's leaf futures in it never yield on their
/// own.
///
/// The task can then hold its worker for as long as they stay ready.
///
/// # Examples
///
/// ```
/// use heist::task::{consume_budget, unconstrained};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let thousand = async {
///     for _ in 0..1000 {
///         consume_budget().await; // never pending here
///     }
///     1000
/// };
/// assert_eq!(unconstrained(thousand).await, 1000);
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn unconstrained<F: Future>(future: F) -> Unconstrained<F> {
    Unconstrained { inner: future }
}

impl<F: Future> Future for Unconstrained<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<F::Output> {
        with_unlimited_budget(|| self.project().inner.poll(cx))
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;
    use std::task::Waker;

    #[test]
    fn one_operation_for_each_refusal_beyond_the_budget() {
        let mut cx = Context::from_waker(Waker::noop());
        let (mut done, mut refused) = (0, 0);
        with_budget(|| {
            while refused < 1000 {
                match poll_proceed(&mut cx) {
                    Poll::Ready(progress) => {
                        progress.made();
                        done += 1;
                    }
                    Poll::Pending if refused == 0 => {
                        assert_eq!(done, usize::from(PER_POLL));
                        refused += 1;
                    }
                    Poll::Pending => refused += 1,
                }
                assert!(done <= usize::from(PER_POLL) + refused);
            }
        });
        assert!(done > 900, "{done}");
    }
}
