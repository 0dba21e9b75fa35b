//! The receiver of a bounded channel.

use super::error::TryRecvError;
use super::handles::Rx;
use crate::blocking::block_on;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

/// Receives what the [`Sender`](super::Sender)s send. Dropped, it ends the channel, and drops what
/// is left.
pub struct Receiver<T> {
    pub(super) rx: Rx<T>,
}

impl<T> Unpin for Receiver<T> {}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("chan", &self.rx).finish()
    }
}

impl<T> Receiver<T> {
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

    /// Closes the channel: nothing more can be sent, but by those who have
    /// reserved a slot. What was sent before is
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

    /// How many slots are free now.
    pub fn capacity(&self) -> usize {
        self.rx.chan().free_slots()
    }

    /// How many values the channel can hold.
    pub fn max_capacity(&self) -> usize {
        self.rx.chan().capacity()
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
