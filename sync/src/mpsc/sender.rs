//! The senders of a bounded channel.

use super::chan::Refused;
use super::error::{SendError, SendTimeoutError, TrySendError};
use super::handles::{Tx, WeakTx, channel as new_channel};
use super::{OwnedPermit, Permit, PermitIterator, Receiver};
use crate::Semaphore;
use crate::acquire::{Acquire, Closed};
use crate::blocking::block_on;
use heist_runtime::task::poll_proceed;
use std::fmt;
use std::future::poll_fn;
use std::task::Poll;
use std::time::Duration;

/// Creates a channel that holds up to `buffer` values.
///
/// # Panics
///
/// Panics if `buffer` is 0, or more than [`Semaphore::MAX_PERMITS`].
#[track_caller]
pub fn channel<T>(buffer: usize) -> (Sender<T>, Receiver<T>) {
    assert!(buffer > 0, "mpsc bounded channel requires buffer > 0");
    assert!(
        buffer <= Semaphore::MAX_PERMITS,
        "a semaphore may not have more than MAX_PERMITS permits ({})",
        Semaphore::MAX_PERMITS
    );
    let (tx, rx) = new_channel(buffer);
    (Sender { tx }, Receiver { rx })
}

/// Sends values to the [`Receiver`]. Clones are further senders; the channel ends when all are
/// dropped.
pub struct Sender<T> {
    pub(super) tx: Tx<T>,
}

/// A [`Sender`] that does not keep the channel open.
pub struct WeakSender<T> {
    tx: WeakTx<T>,
}

impl<T> Clone for Sender<T> {
    fn clone(&self) -> Self {
        Self {
            tx: self.tx.clone(),
        }
    }
}

impl<T> fmt::Debug for Sender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("chan", &self.tx).finish()
    }
}

impl<T> Clone for WeakSender<T> {
    fn clone(&self) -> Self {
        Self {
            tx: self.tx.clone(),
        }
    }
}

impl<T> fmt::Debug for WeakSender<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WeakSender").finish()
    }
}

impl<T> WeakSender<T> {
    /// Returns a sender, unless all are gone.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.tx.upgrade().map(|tx| Sender { tx })
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

/// The outcome of an attempt to send without waiting.
enum Attempt {
    Sent,
    Closed,
    Full,
}

impl<T> Sender<T> {
    /// Sends the value; waits for a slot if the channel is full.
    ///
    /// # Errors
    ///
    /// Returns the value if the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the value has not been sent, and is dropped; the call gives up its place in
    /// the queue. To keep the value, [`reserve`](Self::reserve) a slot first.
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        let chan = self.tx.chan();
        let mut value = Some(value);
        // Usually there is room, and taking the lock once is enough.
        let attempt = poll_fn(|cx| {
            // Without budget the reservation below still takes a place in the queue.
            let Poll::Ready(progress) = poll_proceed(cx) else {
                return Poll::Ready(Attempt::Full);
            };
            let Some(unsent) = value.take() else {
                return Poll::Ready(Attempt::Sent);
            };
            let attempt = match chan.try_send(unsent) {
                Ok(()) => Attempt::Sent,
                Err((unsent, refused)) => {
                    value = Some(unsent);
                    match refused {
                        Refused::Closed => Attempt::Closed,
                        // The reservation below spends the budget.
                        Refused::Full => return Poll::Ready(Attempt::Full),
                    }
                }
            };
            progress.made();
            Poll::Ready(attempt)
        })
        .await;
        let Some(value) = value else { return Ok(()) };
        if matches!(attempt, Attempt::Full) && Acquire::new(chan, 1).await.is_ok() {
            chan.send_reserved(value);
            return Ok(());
        }
        Err(SendError(value))
    }

    /// Waits until the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe.
    pub async fn closed(&self) {
        self.tx.chan().closed().await;
    }

    /// Sends the value if there is room.
    ///
    /// # Errors
    ///
    /// Returns the value if the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.tx
            .chan()
            .try_send(message)
            .map_err(|(message, refused)| match refused {
                Refused::Closed => TrySendError::Closed(message),
                Refused::Full => TrySendError::Full(message),
            })
    }

    /// Like [`send`](Self::send), for at most `timeout`.
    ///
    /// # Errors
    ///
    /// Returns the value if the channel stayed full or is closed.
    ///
    /// # Panics
    ///
    /// Panics outside a heist runtime, whose timer it needs.
    ///
    /// # Cancel safety
    ///
    /// The same as for [`send`](Self::send).
    pub async fn send_timeout(
        &self,
        value: T,
        timeout: Duration,
    ) -> Result<(), SendTimeoutError<T>> {
        match heist_runtime::time::timeout(timeout, self.reserve()).await {
            Err(_) => Err(SendTimeoutError::Timeout(value)),
            Ok(Err(_)) => Err(SendTimeoutError::Closed(value)),
            Ok(Ok(permit)) => {
                permit.send(value);
                Ok(())
            }
        }
    }

    /// Like [`send`](Self::send), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    ///
    /// # Errors
    ///
    /// Returns the value if the receiver is gone or has closed the channel.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        block_on(self.send(value))
    }

    /// Returns whether the receiver is gone or has closed the channel.
    pub fn is_closed(&self) -> bool {
        self.tx.chan().is_closed()
    }

    async fn reserve_slots(&self, n: usize) -> Result<(), SendError<()>> {
        if n > self.max_capacity() {
            return Err(SendError(()));
        }
        Acquire::new(self.tx.chan(), n)
            .await
            .map_err(|Closed| SendError(()))
    }

    fn try_reserve_slots(&self, n: usize) -> Result<(), TrySendError<()>> {
        if n > self.max_capacity() {
            return Err(TrySendError::Full(()));
        }
        self.tx
            .chan()
            .try_reserve(n)
            .map_err(|refused| match refused {
                Refused::Closed => TrySendError::Closed(()),
                Refused::Full => TrySendError::Full(()),
            })
    }

    /// Waits for a slot, to send a value later without waiting.
    ///
    /// # Errors
    ///
    /// Fails if the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::mpsc;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let (sender, mut receiver) = mpsc::channel(1);
    /// let slot = sender.reserve().await.unwrap();
    /// assert!(sender.try_send(1).is_err()); // the only slot is ours
    /// slot.send(2);
    /// assert_eq!(receiver.recv().await, Some(2));
    /// # }
    /// ```
    pub async fn reserve(&self) -> Result<Permit<'_, T>, SendError<()>> {
        self.reserve_slots(1).await?;
        Ok(Permit::new(self.tx.chan()))
    }

    /// Like [`reserve`](Self::reserve), for `n` slots at once.
    ///
    /// # Errors
    ///
    /// The same as those of [`reserve`](Self::reserve); also fails if `n` is more than the
    /// channel's capacity.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue.
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        self.reserve_slots(n).await?;
        Ok(PermitIterator::new(self.tx.chan(), n))
    }

    /// Like [`reserve`](Self::reserve), with a permit that owns the sender.
    ///
    /// # Errors
    ///
    /// The same as those of [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// If cancelled, the call gives up its place in the queue, and the sender is dropped.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.reserve_slots(1).await?;
        Ok(OwnedPermit::new(self))
    }

    /// Reserves a slot if one is free.
    ///
    /// # Errors
    ///
    /// Fails if the channel is full or closed.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.try_reserve_slots(1)?;
        Ok(Permit::new(self.tx.chan()))
    }

    /// Reserves `n` slots if they are free.
    ///
    /// # Errors
    ///
    /// Fails if the channel has fewer free slots, or is closed.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        self.try_reserve_slots(n)?;
        Ok(PermitIterator::new(self.tx.chan(), n))
    }

    /// Like [`try_reserve`](Self::try_reserve), with a permit that owns the sender.
    ///
    /// # Errors
    ///
    /// Returns the sender if the channel is full or closed.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.try_reserve_slots(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// Returns the number of free slots.
    pub fn capacity(&self) -> usize {
        self.tx.chan().free_slots()
    }

    /// Returns a sender that does not keep the channel open.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            tx: self.tx.downgrade(),
        }
    }

    /// Returns how many values the channel can hold.
    pub fn max_capacity(&self) -> usize {
        self.tx.chan().capacity()
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
