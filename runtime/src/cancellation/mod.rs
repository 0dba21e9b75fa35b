//! `CancellationToken`: telling many tasks to end, by trees of tokens.
//!
//! `tree` is what the tokens stand for; here is what users hold and await.

mod run_until;
mod tree;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use run_until::RunUntil;
use tree::Node;

/// Tells tasks to end. Its clones are the same token; its [children](Self::child_token) are
/// cancelled with it, and not the other way round.
///
/// A token ends nothing by itself: a task awaits [`cancelled`](Self::cancelled) beside its work, or
/// runs it in [`run_until_cancelled`](Self::run_until_cancelled), and so decides where it may be
/// interrupted. [`AbortHandle::abort`](crate::task::AbortHandle::abort) does not ask.
///
/// The name and the methods are those of tokio-util.
///
/// # Examples
///
/// ```
/// use heist::task::CancellationToken;
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let token = CancellationToken::new();
/// let ticking = heist::spawn({
///     let token = token.clone();
///     async move {
///         let ticks = async {
///             loop {
///                 heist::task::yield_now().await;
///             }
///         };
///         token.run_until_cancelled(ticks).await.unwrap_or("interrupted")
///     }
/// });
///
/// token.cancel();
/// assert_eq!(ticking.await.unwrap(), "interrupted");
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone)]
pub struct CancellationToken {
    node: Arc<Node>,
}

impl CancellationToken {
    /// A token that is not cancelled, and nobody's child.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = heist::task::CancellationToken::new();
    /// assert!(!token.is_cancelled());
    /// ```
    pub fn new() -> Self {
        Self { node: Node::root() }
    }

    /// A token that is cancelled when this one is, and that can be cancelled by itself.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::task::CancellationToken;
    ///
    /// let server = CancellationToken::new();
    /// let (one, other) = (server.child_token(), server.child_token());
    /// one.cancel();
    /// assert!(!server.is_cancelled() && !other.is_cancelled());
    /// server.cancel();
    /// assert!(other.is_cancelled());
    /// ```
    pub fn child_token(&self) -> Self {
        Self {
            node: Node::child_of(&self.node),
        }
    }

    /// Cancels this token and all below it. Cancelling again does nothing.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = heist::task::CancellationToken::new();
    /// token.clone().cancel();
    /// assert!(token.is_cancelled());
    /// ```
    pub fn cancel(&self) {
        self.node.cancel();
    }

    /// Whether it has been cancelled.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = heist::task::CancellationToken::new();
    /// let child = token.child_token();
    /// token.cancel();
    /// assert!(child.is_cancelled());
    /// ```
    pub fn is_cancelled(&self) -> bool {
        self.node.is_cancelled()
    }

    /// Waits until the token is cancelled.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let token = heist::task::CancellationToken::new();
    /// heist::spawn({
    ///     let token = token.clone();
    ///     async move { token.cancel() }
    /// });
    /// token.cancelled().await;
    /// assert!(token.is_cancelled());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn cancelled(&self) -> WaitForCancellationFuture<'_> {
        WaitForCancellationFuture {
            token: self,
            wait: tree::Wait::default(),
        }
    }

    /// As [`cancelled`](Self::cancelled), without borrowing the token.
    ///
    /// # Cancellation safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let token = heist::task::CancellationToken::new();
    /// // A task of its own borrows nothing.
    /// let waiting = heist::spawn(token.clone().cancelled_owned());
    /// token.cancel();
    /// assert!(waiting.await.is_ok());
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn cancelled_owned(self) -> WaitForCancellationFutureOwned {
        WaitForCancellationFutureOwned {
            token: self,
            wait: tree::Wait::default(),
        }
    }

    /// Runs the future until it is ready or the token is cancelled, which drops it and gives
    /// `None`. On a token that is cancelled already the future is not polled.
    ///
    /// # Cancellation safety
    ///
    /// As the future.
    ///
    /// # Examples
    ///
    /// ```
    /// use std::future::{pending, ready};
    ///
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let token = heist::task::CancellationToken::new();
    /// assert_eq!(token.run_until_cancelled(ready(7)).await, Some(7));
    /// token.cancel();
    /// assert_eq!(token.run_until_cancelled(pending::<u8>()).await, None);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn run_until_cancelled<F: Future>(
        &self,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> {
        RunUntil::new(self.cancelled(), future)
    }

    /// As [`run_until_cancelled`](Self::run_until_cancelled), without borrowing the token.
    ///
    /// # Cancellation safety
    ///
    /// As the future.
    ///
    /// # Examples
    ///
    /// ```
    /// # heist::runtime::Runtime::new()?.block_on(async {
    /// let token = heist::task::CancellationToken::new();
    /// let work = std::future::pending::<()>();
    /// let task = heist::spawn(token.clone().run_until_cancelled_owned(work));
    /// token.cancel();
    /// assert_eq!(task.await.unwrap(), None);
    /// # });
    /// # std::io::Result::Ok(())
    /// ```
    pub fn run_until_cancelled_owned<F: Future>(
        self,
        future: F,
    ) -> impl Future<Output = Option<F::Output>> {
        RunUntil::new(self.cancelled_owned(), future)
    }

    /// A guard that cancels the token when it is dropped.
    ///
    /// # Examples
    ///
    /// ```
    /// let token = heist::task::CancellationToken::new();
    /// {
    ///     let _guard = token.clone().drop_guard();
    /// }
    /// assert!(token.is_cancelled());
    /// ```
    pub fn drop_guard(self) -> DropGuard {
        DropGuard { token: Some(self) }
    }
}

impl Default for CancellationToken {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for CancellationToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CancellationToken")
            .field("is_cancelled", &self.is_cancelled())
            .finish()
    }
}

/// The future of [`CancellationToken::cancelled`].
///
/// # Examples
///
/// ```
/// use heist::task::{CancellationToken, WaitForCancellationFuture};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let token = CancellationToken::new();
/// let mut cancelled: WaitForCancellationFuture<'_> = token.cancelled();
/// token.cancel();
/// (&mut cancelled).await;
/// # assert!(token.is_cancelled());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct WaitForCancellationFuture<'a> {
    token: &'a CancellationToken,
    wait: tree::Wait,
}

/// The future of [`CancellationToken::cancelled_owned`].
///
/// # Examples
///
/// ```
/// use heist::task::{CancellationToken, WaitForCancellationFutureOwned};
///
/// # heist::runtime::Runtime::new()?.block_on(async {
/// /// Ends with the server it is part of.
/// struct Watchdog {
///     cancelled: WaitForCancellationFutureOwned,
/// }
///
/// let token = CancellationToken::new();
/// let watchdog = Watchdog { cancelled: token.clone().cancelled_owned() };
/// token.cancel();
/// watchdog.cancelled.await;
/// # assert!(token.is_cancelled());
/// # });
/// # std::io::Result::Ok(())
/// ```
#[must_use = "futures do nothing unless they are awaited"]
pub struct WaitForCancellationFutureOwned {
    token: CancellationToken,
    wait: tree::Wait,
}

/// What the two futures have in common.
macro_rules! wait_for_cancellation {
    ($Future:ty) => {
        impl Future for $Future {
            type Output = ();

            fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
                let this = &mut *self;
                this.token.node.poll_cancelled(&mut this.wait, cx)
            }
        }

        impl Drop for $Future {
            fn drop(&mut self) {
                self.token.node.stop_waiting(&mut self.wait);
            }
        }

        impl fmt::Debug for $Future {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.debug_struct(stringify!($Future))
                    .field("token", &self.token)
                    .finish_non_exhaustive()
            }
        }
    };
}

wait_for_cancellation!(WaitForCancellationFuture<'_>);
wait_for_cancellation!(WaitForCancellationFutureOwned);

/// Cancels a token when it is dropped; from [`CancellationToken::drop_guard`].
///
/// # Examples
///
/// ```
/// use heist::task::{CancellationToken, DropGuard};
///
/// let token = CancellationToken::new();
/// let guard: DropGuard = token.clone().drop_guard();
/// drop(guard);
/// assert!(token.is_cancelled());
/// ```
#[derive(Debug)]
#[must_use = "the token is cancelled when the guard is dropped"]
pub struct DropGuard {
    /// `None` only once it is disarmed.
    token: Option<CancellationToken>,
}

impl DropGuard {
    /// Gives the token back, and does not cancel it.
    ///
    /// # Examples
    ///
    /// ```
    /// let guard = heist::task::CancellationToken::new().drop_guard();
    /// let token = guard.disarm();
    /// assert!(!token.is_cancelled());
    /// ```
    pub fn disarm(mut self) -> CancellationToken {
        self.token.take().expect("only this takes it")
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            token.cancel();
        }
    }
}
