//! A channel for one value.
//!
//! Both ends may move to any thread; each can observe that the other is gone.
//!
//! # Examples
//!
//! ```
//! use heist::sync::oneshot;
//!
//! # #[heist::main]
//! # async fn main() {
//! let (sender, receiver) = oneshot::channel();
//! heist::spawn(async move { sender.send(3) });
//! assert_eq!(receiver.await, Ok(3));
//! # }
//! ```

pub mod error;
mod inner;

use self::error::{RecvError, TryRecvError};
use self::inner::{CLOSED, Inner, SENT};
use crate::blocking::block_on;
use crate::primitives::Arc;
use heist_runtime::task::poll_proceed;
use std::fmt;
use std::future::{Future, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// Creates a channel for one value.
pub fn channel<T>() -> (Sender<T>, Receiver<T>) {
    let inner = Arc::new(Inner::new());
    (
        Sender {
            inner: Some(inner.clone()),
        },
        Receiver { inner: Some(inner) },
    )
}

/// Sends the value. If it is dropped without sending, the receiver gets an error.
pub struct Sender<T> {
    /// `None` once sent.
    inner: Option<Arc<Inner<T>>>,
}

/// Receives the value: a future of it.
///
/// # Cancel safety
///
/// Cancel safe if awaited by reference: nothing is lost.
///
/// # Panics
///
/// Panics if polled after it was ready.
pub struct Receiver<T> {
    /// `None` once the value or the error has been taken.
    inner: Option<Arc<Inner<T>>>,
}

impl<T: fmt::Debug> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender")
            .field("inner", &self.inner)
            .finish()
    }
}

impl<T: fmt::Debug> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver")
            .field("inner", &self.inner)
            .finish()
    }
}

impl<T> Sender<T> {
    fn inner(&self) -> &Inner<T> {
        self.inner.as_ref().expect("only `send` takes it")
    }

    /// Sends the value. It may never be received, if the receiver is dropped first.
    ///
    /// # Errors
    ///
    /// Returns the value if the receiver is gone or has closed the channel.
    pub fn send(mut self, value: T) -> Result<(), T> {
        let inner = self.inner.take().expect("only `send` takes it");
        // SAFETY: we are the sender, and consumed.
        unsafe { inner.send(value) }
    }

    /// Waits until the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::oneshot;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let (mut sender, receiver) = oneshot::channel::<()>();
    /// drop(receiver);
    /// sender.closed().await;
    /// # }
    /// ```
    pub async fn closed(&mut self) {
        poll_fn(|cx| self.poll_closed(cx)).await;
    }

    /// Returns whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.inner().state() & CLOSED != 0
    }

    /// The polling form of [`closed`](Self::closed); the task of the last caller is woken.
    pub fn poll_closed(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let progress = ready!(poll_proceed(cx));
        let inner = self.inner();
        let state = inner.state();
        // SAFETY: we are the sender.
        if state & CLOSED == 0 && unsafe { inner.await_closed(state, cx.waker()) } {
            return Poll::Pending;
        }
        progress.made();
        Poll::Ready(())
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        if let Some(inner) = &self.inner {
            // SAFETY: we are the sender, and did not send.
            unsafe { inner.finish() };
        }
    }
}

impl<T> Receiver<T> {
    /// Closes the channel: nothing can be sent from now on. A value sent before can still be
    /// received.
    pub fn close(&mut self) {
        if let Some(inner) = &self.inner {
            inner.close();
        }
    }

    /// Returns whether the value or the error has been received; polling it again would panic.
    pub fn is_terminated(&self) -> bool {
        self.inner.is_none()
    }

    /// Returns whether there is no value to receive now.
    pub fn is_empty(&self) -> bool {
        let Some(inner) = &self.inner else {
            return true;
        };
        // SAFETY: we are the receiver, and saw that it was sent.
        inner.state() & SENT == 0 || !unsafe { inner.has_value() }
    }

    /// Receives the value if it is available.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if it may still come, otherwise [`TryRecvError::Closed`].
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        let Some(inner) = &self.inner else {
            return Err(TryRecvError::Closed);
        };
        let state = inner.state();
        if state & (SENT | CLOSED) == 0 {
            return Err(TryRecvError::Empty);
        }
        let value = if state & SENT != 0 {
            // SAFETY: we are the receiver, and saw that it was sent.
            unsafe { inner.take() }
        } else {
            None
        };
        self.inner = None;
        value.ok_or(TryRecvError::Closed)
    }

    /// Blocks the thread until the value arrives.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    ///
    /// # Errors
    ///
    /// Fails if the sender is dropped without a value.
    #[track_caller]
    pub fn blocking_recv(self) -> Result<T, RecvError> {
        block_on(self)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        if let Some(inner) = &self.inner {
            if inner.close() & SENT != 0 {
                // Now, rather than when the sender drops its reference.
                // SAFETY: we are the receiver, and saw that it was sent.
                drop(unsafe { inner.take() });
            }
        }
    }
}

impl<T> Future for Receiver<T> {
    type Output = Result<T, RecvError>;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let inner = self.inner.as_ref().expect("called after complete");
        let progress = ready!(poll_proceed(cx));
        let state = inner.state();
        let value = if state & SENT != 0 {
            // SAFETY: we are the receiver, and saw that it was sent.
            unsafe { inner.take() }
        } else if state & CLOSED != 0 {
            None
        // SAFETY: we are the receiver, and saw that it was not sent.
        } else if unsafe { inner.await_sent(state, cx.waker()) } {
            return Poll::Pending;
        } else {
            // SAFETY: as above; it was sent in between.
            unsafe { inner.take() }
        };
        progress.made();
        self.inner = None;
        Poll::Ready(value.ok_or(RecvError(())))
    }
}
