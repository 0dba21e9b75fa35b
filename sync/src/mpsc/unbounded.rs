//! Channels that hold any number of values.

use super::chan::UNBOUNDED;
use super::error::{SendError, TryRecvError};
use super::handles::{Rx, Tx, WeakTx, channel};
use crate::blocking::block_on;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

/// Makes a channel that holds as many values as there is memory for.
///
/// Where senders can be faster than the receiver for long, a bounded
/// [`channel`](super::channel()) makes them wait instead.
pub fn unbounded_channel<T>() -> (UnboundedSender<T>, UnboundedReceiver<T>) {
    let (tx, rx) = channel(UNBOUNDED);
    (UnboundedSender { tx }, UnboundedReceiver { rx })
}

/// Sends values to the [`UnboundedReceiver`]. Cloned, there are more; when all are gone the channel
/// ends.
pub struct UnboundedSender<T> {
    tx: Tx<T>,
}

/// An [`UnboundedSender`] that does not keep the channel from ending.
pub struct WeakUnboundedSender<T> {
    tx: WeakTx<T>,
}

/// Receives what the [`UnboundedSender`]s send. Dropped, it ends the channel, and drops what is
/// left.
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
    /// The value, if the receiver is gone or has closed the channel.
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
    /// It can be cancelled.
    pub async fn closed(&self) {
        self.tx.chan().closed().await;
    }

    /// Whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.tx.chan().is_closed()
    }

    /// Whether both are of the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// A sender that does not keep the channel from ending.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakUnboundedSender<T> {
        WeakUnboundedSender {
            tx: self.tx.downgrade(),
        }
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.tx.strong_count()
    }

    /// How many weak senders there are.
    pub fn weak_count(&self) -> usize {
        self.tx.weak_count()
    }
}

impl<T> WeakUnboundedSender<T> {
    /// A sender, unless all are gone.
    pub fn upgrade(&self) -> Option<UnboundedSender<T>> {
        self.tx.upgrade().map(|tx| UnboundedSender { tx })
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.tx.strong_count()
    }

    /// How many weak senders there are.
    pub fn weak_count(&self) -> usize {
        self.tx.weak_count()
    }
}

impl<T> UnboundedReceiver<T> {
    /// Receives the next value; `None` once the channel has ended and is empty.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, no value has been lost.
    pub async fn recv(&mut self) -> Option<T> {
        poll_fn(|cx| self.poll_recv(cx)).await
    }

    /// Receives up to `limit` values, at least one, and appends them to `buffer`; returns how
    /// many. 0 once the channel has ended and is empty, or if `limit` is 0.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, no value has been lost, and `buffer` is what it was.
    pub async fn recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        poll_fn(|cx| self.poll_recv_many(cx, buffer, limit)).await
    }

    /// Receives a value if one is there.
    ///
    /// # Errors
    ///
    /// [`TryRecvError::Empty`] if none is there, [`TryRecvError::Disconnected`] if none will come.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.rx.try_recv()
    }

    /// Like [`recv`](Self::recv), blocking the thread.
    ///
    /// In a task of heist's, the other tasks of its worker go on meanwhile.
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Option<T> {
        block_on(self.recv())
    }

    /// Like [`recv_many`](Self::recv_many), blocking the thread.
    #[track_caller]
    pub fn blocking_recv_many(&mut self, buffer: &mut Vec<T>, limit: usize) -> usize {
        block_on(self.recv_many(buffer, limit))
    }

    /// Closes the channel: nothing more can be sent. What was sent before is
    /// still to be received: go on until [`recv`](Self::recv) says `None`.
    pub fn close(&mut self) {
        self.rx.chan().close();
    }

    /// Whether the channel has been closed, or all senders are gone. Values may still be left.
    pub fn is_closed(&self) -> bool {
        self.rx.is_closed()
    }

    /// Whether no value is there now.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many values are there now.
    pub fn len(&self) -> usize {
        self.rx.len()
    }

    /// Polls for what [`recv`](Self::recv) waits for; the last caller's task is woken.
    ///
    /// Used up, the poll budget makes it pending too, with the task woken.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        self.rx.poll_recv(cx)
    }

    /// Polls for what [`recv_many`](Self::recv_many) waits for; the last caller's task is woken.
    pub fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        self.rx.poll_recv_many(cx, buffer, limit)
    }

    /// How many senders there are.
    pub fn sender_strong_count(&self) -> usize {
        self.rx.strong_count()
    }

    /// How many weak senders there are.
    pub fn sender_weak_count(&self) -> usize {
        self.rx.weak_count()
    }
}
