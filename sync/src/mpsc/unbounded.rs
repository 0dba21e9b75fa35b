//! Channels that hold any number of values.

use super::chan::UNBOUNDED;
use super::error::{SendError, TryRecvError};
use super::handles::{Rx, Tx, WeakTx, channel};
use crate::blocking::block_on;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

/// Creates a channel that holds as many values as fit in memory.
///
/// If the senders can be faster than the receiver for long, use a bounded
/// [`channel`](super::channel()), which makes them wait.
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = channel(UNBOUNDED);
    (UnboundedSender { tx }, UnboundedReceiver { rx })
}

/// Sends values to the [`UnboundedReceiver`]. Clones are further senders; the channel ends when all
/// are dropped.
pub struct UnboundedSender<T> {
    tx: Tx<T>,
}

/// An [`UnboundedSender`] that does not keep the channel open.
pub struct WeakUnboundedSender<T> {
    tx: WeakTx<T>,
}

/// Receives the values that the [`UnboundedSender`]s send. Dropping it ends the channel, and drops
/// the values left.
pub struct UnboundedReceiver<T> {
    rx: Rx<T>,
}

impl<T> Clone for UnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            tx: self.tx.clone(),
        }
    }
}

impl<T> fmt::Debug for UnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedSender")
            .field("chan", &self.tx)
            .finish()
    }
}

impl<T> Clone for WeakUnboundedSender<T> {
    fn clone(&self) -> Self {
        Self {
            tx: self.tx.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakUnboundedSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakUnboundedSender").finish()
    }
}

impl<T> Unpin for UnboundedReceiver<T> {}

impl<T> fmt::Debug for UnboundedReceiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UnboundedReceiver")
            .field("chan", &self.rx)
            .finish()
    }
}

impl<T> UnboundedSender<T> {
    /// Sends the value; never waits.
    ///
    /// # Errors
    ///
    /// Returns the value if the receiver is gone or has closed the channel.
    pub fn send(&self, message: T) -> Result<(), SendError<T>> {
        self.tx
            .chan()
            .try_send(message)
            .map_err(|(message, _)| SendError(message))
    }

    /// Waits until the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn closed(&self) {
        self.tx.chan().closed().await;
    }

    /// Returns whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.tx.chan().is_closed()
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// Returns a sender that does not keep the channel open.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender {
            tx: self.tx.downgrade(),
        }
    }

    /// Returns the number of senders.
    pub fn strong_count(&self) -> usize {
        self.tx.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn weak_count(&self) -> usize {
        self.tx.weak_count()
    }
}

impl<T> WeakUnboundedSender<T> {
    /// Returns a sender, unless all are gone.
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        self.tx.upgrade().map(|tx| UnboundedSender { tx })
    }

    /// Returns the number of senders.
    pub fn strong_count(&self) -> usize {
        self.tx.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn weak_count(&self) -> usize {
        self.tx.weak_count()
    }
}

impl<T> UnboundedReceiver<T> {
    /// Receives the next value; `None` once the channel has ended and is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no value is lost.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Receives up to `limit` values, at least one, appends them to `buffer`, and returns their
    /// number: 0 once the channel has ended and is empty, or if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no value is lost, and `buffer` is unchanged.
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        poll_fn(|cx| self.poll_recv_many(cx, buffer, limit)).await
    }

    /// Receives a value if one is available.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if there is none yet, [`TryRecvError::Disconnected`] if none will
    /// come.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.rx.try_recv()
    }

    /// Like [`recv`](Self::recv), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        block_on(self.recv())
    }

    /// Like [`recv_many`](Self::recv_many), blocking the thread.
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        block_on(self.recv_many(buffer, limit))
    }

    /// Closes the channel: nothing more can be sent. Values sent before can still be received:
    /// continue until [`recv`](Self::recv) returns `None`.
    pub fn close(&mut self) {
        self.rx.chan().close();
    }

    /// Returns whether the channel is closed or all senders are gone. Values may still be left.
    pub fn is_closed(&self) -> bool {
        self.rx.is_closed()
    }

    /// Returns whether the channel is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the number of values in the channel.
    pub fn len(&self) -> usize {
        self.rx.len()
    }

    /// The polling form of [`recv`](Self::recv); the task of the last caller is woken.
    ///
    /// Without poll budget it is pending too, and wakes the task.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.rx.poll_recv(cx)
    }

    /// The polling form of [`recv_many`](Self::recv_many); the task of the last caller is woken.
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        self.rx.poll_recv_many(cx, buffer, limit)
    }

    /// Returns the number of senders.
    pub fn sender_strong_count(&self) -> usize {
        self.rx.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn sender_weak_count(&self) -> usize {
        self.rx.weak_count()
    }
}
