//! The receiver of a bounded channel.

use super::error::TryRecvError;
use super::handles::Rx;
use crate::blocking::block_on;
use std::fmt;
use std::future::poll_fn;
use std::task::{Context, Poll};

/// Receives the values that the [`Sender`](super::Sender)s send. Dropping it ends the channel, and
/// drops the values left.
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

    /// Closes the channel: nothing more can be sent, except through slots reserved before. Values
    /// sent before can still be received: continue until [`recv`](Self::recv) returns `None`.
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

    /// Returns the number of free slots.
    pub fn capacity(&self) -> usize {
        self.rx.chan().free_slots()
    }

    /// Returns how many values the channel can hold.
    pub fn max_capacity(&self) -> usize {
        self.rx.chan().capacity()
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
