//! `timeout`: limits how long a future may take.

use super::instant::Instant;
use super::sleep::{Sleep, sleep, sleep_until};
use pin_project_lite::pin_project;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;
use std::{fmt, io};

/// Awaits `future` for at most `duration`.
///
/// The future is polled first, so one that is ready wins even with a timeout of zero. When the time
/// runs out, the future is dropped with the `Timeout`; await `timeout(d, &mut future)` to keep it.
///
/// # Errors
///
/// Returns [`Elapsed`] if the time runs out first.
///
/// # Panics
///
/// The future panics when it is polled outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::time::timeout;
/// use std::{future::pending, time::Duration};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// assert_eq!(timeout(Duration::from_secs(60), async { 1 }).await, Ok(1));
/// assert!(timeout(Duration::from_millis(1), pending::<()>()).await.is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn timeout<F: IntoFuture>(duration: Duration, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        future: future.into_future(),
        sleep: sleep(duration),
    }
}

/// Awaits `future` until `deadline` at most; see [`timeout`].
///
/// # Errors
///
/// Returns [`Elapsed`] if the time runs out first.
///
/// # Panics
///
/// The future panics when it is polled outside a runtime.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Instant, timeout_at};
/// use std::future::pending;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let deadline = Instant::now() + Duration::from_millis(1);
/// // One deadline for both.
/// assert!(timeout_at(deadline, async { "ready" }).await.is_ok());
/// assert!(timeout_at(deadline, pending::<()>()).await.is_err());
/// # });
/// # std::io::Result::Ok(())
/// ```
pub fn timeout_at<F: IntoFuture>(deadline: Instant, future: F) -> Timeout<F::IntoFuture> {
    Timeout {
        future: future.into_future(),
        sleep: sleep_until(deadline),
    }
}

pin_project! {
    /// A future under a time limit; see [`timeout`].
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, Timeout, timeout};
    /// use std::future::Ready;
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let limited: Timeout<Ready<u8>> = timeout(Duration::from_secs(1), std::future::ready(7));
    /// assert_eq!(limited.await, Ok(7));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    #[must_use = "futures do nothing unless polled"]
    #[derive(Debug)]
    pub struct Timeout<F> {
        #[pin]
        future: F,
        #[pin]
        sleep: Sleep,
    }
}

impl<F> Timeout<F> {
    /// Returns the future, without its limit.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let limited = timeout(Duration::from_secs(1), async { 7 });
    /// assert_eq!(limited.into_inner().await, 7);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn into_inner(self) -> F {
        self.future
    }

    /// Returns the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, sleep, timeout};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let limited = timeout(Duration::from_secs(1), sleep(Duration::ZERO));
    /// assert!(limited.get_ref().is_elapsed());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn get_ref(&self) -> &F {
        &self.future
    }

    /// Returns the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::time::{Duration, timeout};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let mut limited = timeout(Duration::from_secs(1), std::future::ready(1));
    /// *limited.get_mut() = std::future::ready(2);
    /// assert_eq!(limited.await, Ok(2));
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn get_mut(&mut self) -> &mut F {
        &mut self.future
    }
}

impl<F: Future> Future for Timeout<F> {
    type Output = Result<F::Output, Elapsed>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        if let Poll::Ready(output) = this.future.poll(cx) {
            return Poll::Ready(Ok(output));
        }
        // Without a budget: a future that has used up the budget must not keep its own time limit
        // from being checked.
        crate::budget::with_unlimited_budget(|| this.sleep.poll(cx)).map(|()| Err(Elapsed(())))
    }
}

/// The error of a time limit that has passed.
///
/// # Examples
///
/// ```
/// use heist::time::{Duration, Elapsed, timeout};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let late: Result<(), Elapsed> = timeout(Duration::ZERO, std::future::pending()).await;
/// assert_eq!(late.unwrap_err().to_string(), "deadline has elapsed");
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Elapsed(());

impl fmt::Display for Elapsed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("deadline has elapsed")
    }
}

impl std::error::Error for Elapsed {}

impl From<Elapsed> for io::Error {
    fn from(elapsed: Elapsed) -> Self {
        io::Error::new(io::ErrorKind::TimedOut, elapsed)
    }
}
