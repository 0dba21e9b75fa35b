//! `CancellationToken`: requests to many tasks to end, by trees of tokens.
//!
//! `tree` implements the tokens; this is what users hold and await.

mod run_until;
mod tree;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use run_until::RunUntil;
use tree::Node;

/// Requests tasks to end. Its clones are the same token. Its [children](Self::child_token) are
/// cancelled with it, but not vice versa.
///
/// A token ends nothing by itself: a task awaits [`cancelled`](Self::cancelled) beside its work, or
/// runs the work in [`run_until_cancelled`](Self::run_until_cancelled), and so decides where it may
/// be interrupted. In contrast, [`AbortHandle::abort`](crate::task::AbortHandle::abort) does not
/// need the task's cooperation.
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
    /// Creates a token that is not cancelled and has no parent.
    pub fn new() -> Self {
        Self { node: Node::root() }
    }

    /// Creates a token that is cancelled when this one is, and that can also be cancelled by
    /// itself.
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

    /// Cancels this token and its descendants. Cancelling again does nothing.
    pub fn cancel(&self) {
        self.node.cancel();
    }

    /// Returns whether the token has been cancelled.
    ///
    /// # Examples
    ///
    /// See [`child_token`](Self::child_token).
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

    /// Waits until the token is cancelled, without borrowing it; see
    /// [`cancelled`](Self::cancelled).
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
    /// // A spawned task must not borrow.
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

    /// Runs the future until it is ready or the token is cancelled. Cancellation drops the future
    /// and returns `None`. If the token is already cancelled, the future is not polled.
    ///
    /// # Cancellation safety
    ///
    /// The same as the future's.
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

    /// Like [`run_until_cancelled`](Self::run_until_cancelled), without borrowing the token.
    ///
    /// # Cancellation safety
    ///
    /// The same as the future's.
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

    /// Returns a guard that cancels the token when it is dropped.
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
/// See [`CancellationToken::cancelled`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct WaitForCancellationFuture<'a> {
    token: &'a CancellationToken,
    wait: tree::Wait,
}

/// The future of [`CancellationToken::cancelled_owned`].
///
/// # Examples
///
/// See [`CancellationToken::cancelled_owned`].
#[must_use = "futures do nothing unless they are awaited"]
pub struct WaitForCancellationFutureOwned {
    token: CancellationToken,
    wait: tree::Wait,
}

/// The implementation shared by both futures.
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

/// Cancels a token when it is dropped; created by [`CancellationToken::drop_guard`].
///
/// # Examples
///
/// See [`CancellationToken::drop_guard`].
#[derive(Debug)]
#[must_use = "the token is cancelled when the guard is dropped"]
pub struct DropGuard {
    /// `None` only after the guard is disarmed.
    token: Option<CancellationToken>,
}

impl DropGuard {
    /// Returns the token without cancelling it.
    ///
    /// # Examples
    ///
    /// ```
    /// let guard = heist::task::CancellationToken::new().drop_guard();
    /// let token = guard.disarm();
    /// assert!(!token.is_cancelled());
    /// ```
    pub fn disarm(mut self) -> CancellationToken {
        self.token.take().expect("only `disarm` takes the token")
    }
}

impl Drop for DropGuard {
    fn drop(&mut self) {
        if let Some(token) = &self.token {
            token.cancel();
        }
    }
}
