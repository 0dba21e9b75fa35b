//! Reserved slots of a bounded channel.

use super::Sender;
use super::chan::Chan;
use std::fmt;
use std::iter::FusedIterator;
use std::mem;

/// A slot in a channel, for one value. If dropped unused, the slot is free again. See
/// [`Sender::reserve`].
pub struct Permit<'a, T> {
    chan: &'a Chan<T>,
}

/// Slots in a channel, as an iterator of [`Permit`]s. When it is dropped, the remaining slots are
/// free again. See [`Sender::reserve_many`].
pub struct PermitIterator<'a, T> {
    chan: &'a Chan<T>,
    left: usize,
}

/// Like [`Permit`], with an owned sender. See [`Sender::reserve_owned`].
pub struct OwnedPermit<T> {
    /// `None` once the permit has been used.
    sender: Option<Sender<T>>,
}

impl<'a, T> Permit<'a, T> {
    pub(super) fn new(chan: &'a Chan<T>) -> Self {
        Self { chan }
    }

    /// Sends the value without waiting.
    ///
    /// The value is lost if the receiver is gone.
    pub fn send(self, value: T) {
        let chan = self.chan;
        mem::forget(self);
        chan.send_reserved(value);
    }
}

impl<T> Drop for Permit<'_, T> {
    fn drop(&mut self) {
        self.chan.release(1);
    }
}

impl<T> fmt::Debug for Permit<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Permit").field("chan", self.chan).finish()
    }
}

impl<'a, T> PermitIterator<'a, T> {
    pub(super) fn new(chan: &'a Chan<T>, left: usize) -> Self {
        Self { chan, left }
    }
}

impl<'a, T> Iterator for PermitIterator<'a, T> {
    type Item = Permit<'a, T>;

    fn next(&mut self) -> Option<Permit<'a, T>> {
        self.left = self.left.checked_sub(1)?;
        Some(Permit::new(self.chan))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        (self.left, Some(self.left))
    }
}

impl<T> ExactSizeIterator for PermitIterator<'_, T> {}
impl<T> FusedIterator for PermitIterator<'_, T> {}

impl<T> Drop for PermitIterator<'_, T> {
    fn drop(&mut self) {
        if self.left > 0 {
            self.chan.release(self.left);
        }
    }
}

impl<T> fmt::Debug for PermitIterator<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PermitIterator")
            .field("chan", self.chan)
            .field("capacity", &self.left)
            .finish()
    }
}

impl<T> OwnedPermit<T> {
    pub(super) fn new(sender: Sender<T>) -> Self {
        Self {
            sender: Some(sender),
        }
    }

    fn take(&mut self) -> Sender<T> {
        self.sender
            .take()
            .expect("taken only when the permit is consumed")
    }

    /// Sends the value without waiting, and returns the sender.
    ///
    /// The value is lost if the receiver is gone.
    pub fn send(mut self, value: T) -> Sender<T> {
        let sender = self.take();
        sender.tx.chan().send_reserved(value);
        sender
    }

    /// Gives up the slot, and returns the sender.
    pub fn release(mut self) -> Sender<T> {
        let sender = self.take();
        sender.tx.chan().release(1);
        sender
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        other
            .sender
            .as_ref()
            .is_some_and(|sender| self.same_channel_as_sender(sender))
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel_as_sender(&self, sender: &Sender<T>) -> bool {
        self.sender
            .as_ref()
            .is_some_and(|ours| ours.same_channel(sender))
    }
}

impl<T> Drop for OwnedPermit<T> {
    fn drop(&mut self) {
        if let Some(sender) = self.sender.take() {
            sender.tx.chan().release(1);
        }
    }
}

impl<T> fmt::Debug for OwnedPermit<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnedPermit")
            .field("chan", &self.sender.as_ref().map(|s| &s.tx))
            .finish()
    }
}
