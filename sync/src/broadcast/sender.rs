//! The senders of a broadcast channel.

use super::Receiver;
use super::error::SendError;
use super::shared::Shared;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;
use std::fmt;

/// Makes a channel that holds `capacity` values, rounded up to a power of two.
///
/// # Panics
///
/// If `capacity` is 0 or more than `usize::MAX / 2`.
#[track_caller]
pub fn channel<T: Clone>(capacity: usize) -> (Sender<T>, Receiver<T>) {
    let sender = Sender::new(capacity);
    let receiver = sender.subscribe();
    (sender, receiver)
}

/// Sends values to all [`Receiver`]s. Cloned, there are more; when all are gone the channel ends.
pub struct Sender<T> {
    shared: Arc<Shared<T>>,
}

/// A [`Sender`] that does not keep the channel from ending.
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
    /// A sender without receivers; see [`subscribe`](Self::subscribe).
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

    /// Sends the value to all receivers, and returns how many there are. They may still go
    /// without having received it.
    ///
    /// # Errors
    ///
    /// The value, if there is no receiver now. There may be some later.
    pub fn send(&self, value: T) -> Result<usize, SendError<T>> {
        self.shared.send(value).map_err(SendError)
    }

    /// A new receiver, for what is sent from now on.
    pub fn subscribe(&self) -> Receiver<T> {
        Receiver::new(self.shared.clone())
    }

    /// A sender that does not keep the channel from ending.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        // Relaxed: only counted.
        self.shared.weak_senders.fetch_add(1, Ordering::Relaxed);
        WeakSender {
            shared: self.shared.clone(),
        }
    }

    /// How many values there are that not all receivers have received.
    pub fn len(&self) -> usize {
        self.shared.len()
    }

    /// Whether all receivers have received all values.
    pub fn is_empty(&self) -> bool {
        self.shared.is_empty()
    }

    /// How many receivers there are.
    pub fn receiver_count(&self) -> usize {
        self.shared.receivers()
    }

    /// Whether both are of the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Waits until there is no receiver.
    ///
    /// # Cancel safety
    ///
    /// It can be cancelled.
    pub async fn closed(&self) {
        loop {
            // Before looking, so that it hears of what comes after that.
            let closed = self.shared.on_close.notified();
            if self.receiver_count() == 0 {
                return;
            }
            closed.await;
            // Somebody may have subscribed since.
        }
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.shared.strong_count()
    }

    /// How many weak senders there are.
    pub fn weak_count(&self) -> usize {
        self.shared.weak_count()
    }
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        // Relaxed: ours keeps it from being zero.
        self.shared.senders.fetch_add(1, Ordering::Relaxed);
        Self {
            shared: self.shared.clone(),
        }
    }
}

impl<T> Drop for Sender<T> {
    fn drop(&mut self) {
        // AcqRel: all that they sent came before the end.
        if self.shared.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.end();
        }
    }
}

impl<T> WeakSender<T> {
    /// A sender, unless all are gone.
    #[must_use]
    pub fn upgrade(&self) -> Option<Sender<T>> {
        let senders = &self.shared.senders;
        let mut count = senders.load(Ordering::Acquire);
        while count != 0 {
            match senders.compare_exchange_weak(
                count,
                count + 1,
                Ordering::AcqRel,
                Ordering::Acquire,
            ) {
                Ok(_) => {
                    return Some(Sender {
                        shared: self.shared.clone(),
                    });
                }
                Err(now) => count = now,
            }
        }
        None
    }

    /// How many senders there are.
    pub fn strong_count(&self) -> usize {
        self.shared.strong_count()
    }

    /// How many weak senders there are.
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
