//! The senders of a broadcast channel.

use super::Receiver;
use super::error::SendError;
use super::shared::Shared;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;
use std::fmt;

/// Creates a channel that holds `capacity` values, rounded up to a power of two.
///
/// # Panics
///
/// Panics if `capacity` is 0 or more than `usize::MAX / 2`.
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(capacity);
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// Sends values to all [`Receiver`]s. Clones are further senders; the channel ends when all are
/// dropped.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// A [`Sender`] that does not keep the channel open.
pub struct WeakSender<T> {
    shared: Arc<Shared<T>>,
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Sender")
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::WeakSender")
    }
}

impl<T> Sender<T> {
    /// Creates a sender without receivers; see [`subscribe`](Self::subscribe).
    ///
    /// # Panics
    ///
    /// The same as those of [`channel`].
    #[track_caller]
    pub fn new(capacity: usize) -> Self {
        assert!(capacity > 0, "broadcast channel capacity cannot be zero");
        assert!(
            capacity <= usize::MAX >> 1,
            "broadcast channel capacity exceeded `usize::MAX / 2`"
        );
        Self {
            shared: Arc::new(Shared::new(capacity.next_power_of_two())),
        }
    }

    /// Sends the value to all receivers, and returns their number. A receiver may still be dropped
    /// without having received it.
    ///
    /// # Errors
    ///
    /// Returns the value if there is no receiver now. There may be one later.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.shared.send(value).map_err(SendError)
    }

    /// Creates a receiver for values sent from now on.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.shared.clone())
    }

    /// Returns a sender that does not keep the channel open.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        // Relaxed: the count orders nothing.
        self.shared.weak_senders.fetch_add(1, Ordering::Relaxed);
        WeakSender {
            shared: self.shared.clone(),
        }
    }

    /// Returns the number of values that not all receivers have received.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Returns whether all receivers have received all values.
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// Returns the number of receivers.
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn closed(&self) {
        loop {
            // Created before the check, so that it is notified of any later change.
            let closed = self.shared.on_close.notified();
            if self.receiver_count() == 0 {
                return;
            }
            closed.await;
            // A receiver may have subscribed since.
        }
    }

    /// Returns the number of senders.
    pub fn strong_count(&self) -> usize {
        self.shared.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn weak_count(&self) -> usize {
        self.shared.weak_count()
    }
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

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // AcqRel: everything that the senders sent happens before the end.
        if self.shared.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.end();
        }
    }
}

impl<T> WeakSender<T> {
    /// Returns a sender, unless all are gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let senders = &self.shared.senders;
        let add = |count: usize| (count > 0).then(|| count + 1);
        senders
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add)
            .ok()?;
        Some(Sender {
            shared: self.shared.clone(),
        })
    }

    /// Returns the number of senders.
    pub fn strong_count(&self) -> usize {
        self.shared.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn weak_count(&self) -> usize {
        self.shared.weak_count()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        self.shared.weak_senders.fetch_add(1, Ordering::Relaxed);
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for WeakSender<T> {
    fn drop(&mut self) {
        self.shared.weak_senders.fetch_sub(1, Ordering::AcqRel);
    }
}
