//! The senders of a watch channel.

use super::Receiver;
use super::error::SendError;
use super::shared::{Ref, Shared, Version};
use crate::coop::cooperative;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;
use std::mem;

/// Creates a channel with a first value, which the receiver counts as seen.
pub fn channel<T>(init: T) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(init);
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// Sets the value. Clones are further senders; when all are gone, waiting receivers get an error.
#[derive(Debug)]
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: this sender keeps the count above zero.
        self.shared.senders.fetch_add(1, Ordering::Relaxed);
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T: Default> Default for Sender<T> {
    fn default() -> Self {
        Self::new(T::default())
    }
}

impl<T> Sender<T> {
    /// Creates a sender without receivers; see [`subscribe`](Self::subscribe).
    pub fn new(init: T) -> Self {
        Self {
            shared: Arc::new(Shared::new(init)),
        }
    }

    /// Sets the value, and wakes the waiting receivers.
    ///
    /// # Errors
    ///
    /// Returns the value if there is no receiver. [`send_replace`](Self::send_replace) sets it
    /// anyway.
    pub fn send(&self, value: T) -> Result<(), SendError<T>> {
        if self.receiver_count() == 0 {
            return Err(SendError(value));
        }
        self.send_replace(value);
        Ok(())
    }

    /// Changes the value in place, and wakes the waiting receivers.
    ///
    /// `modify` runs with the value locked. If it panics, the value may have changed but no
    /// receiver is woken.
    pub fn send_modify<F>(&self, modify: F)
    where
        F: FnOnce(&mut T),
    {
        self.send_if_modified(|value| {
            modify(value);
            true
        });
    }

    /// Like [`send_modify`](Self::send_modify), but wakes only if `modify` returns true; returns
    /// that.
    pub fn send_if_modified<F>(&self, modify: F) -> bool
    where
        F: FnOnce(&mut T) -> bool,
    {
        {
            let mut value = self.shared.value.write();
            if !modify(&mut value) {
                return false;
            }
            self.shared.count_change();
        }
        self.shared.on_change.notify_waiters();
        true
    }

    /// Sets the value, wakes the waiting receivers, and returns the old value.
    pub fn send_replace(&self, mut value: T) -> T {
        self.send_modify(|old| mem::swap(old, &mut value));
        value
    }

    /// Borrows the value. It may block like [`Receiver::borrow`].
    pub fn borrow(&self) -> Ref<'_, T> {
        Ref::new(self.shared.value.read(), false)
    }

    /// Returns whether there is no receiver.
    pub fn is_closed(&self) -> bool {
        self.receiver_count() == 0
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn closed(&self) {
        cooperative(async {
            loop {
                // Created before the check, so that it is notified of any later change.
                let closed = self.shared.on_close.notified();
                if self.is_closed() {
                    return;
                }
                closed.await;
                // A receiver may have subscribed since.
            }
        })
        .await;
    }

    /// Creates a receiver, which counts the present value as seen.
    pub fn subscribe(&self) -> Receiver<T> {
        let seen: Version = self.shared.state().version();
        Receiver::new(self.shared.clone(), seen)
    }

    /// Returns the number of receivers.
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers.load(Ordering::Acquire)
    }

    /// Returns the number of senders.
    pub fn sender_count(&self) -> usize {
        self.shared.senders.load(Ordering::Relaxed)
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // AcqRel: everything the senders did happens before the end.
        if self.shared.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.close();
        }
    }
}
