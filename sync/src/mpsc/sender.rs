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

/// Makes a channel that holds up to `buffer` values.
///
/// # Panics
///
/// If `buffer` is 0, or more than [`Semaphore::MAX_PERMITS`].
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

/// Sends values to the [`Receiver`]. Cloned, there are more; when all are gone the channel ends.
pub struct Sender<T> {
    pub(super) tx: Tx<T>,
}

/// A [`Sender`] that does not keep the channel from ending.
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
    /// A sender, unless all are gone.
    pub fn upgrade(&self) -> Option<Sender<T>> {
        self.tx.upgrade().map(|tx| Sender { tx })
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

/// How an attempt to send ended that did not have to wait.
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
    /// The value, if the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the value has not been sent, and is dropped; the place in the queue is given
    /// up. To keep the value, [`reserve`](Self::reserve) a slot first.
    pub async fn send(&self, value: T) -> Result<(), SendError<T>> {
        let chan = self.tx.chan();
        let mut value = Some(value);
        // As a rule there is room, and one visit to the lock is enough.
        let attempt = poll_fn(|cx| {
            // The reservation has a place in the queue also for who has no budget left.
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
                        // The reservation spends the unit.
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
    /// It can be cancelled.
    pub async fn closed(&self) {
        self.tx.chan().closed().await;
    }

    /// Sends the value if there is room.
    ///
    /// # Errors
    ///
    /// The value, if the channel is full or closed.
    pub fn try_send(&self, message: T) -> Result<(), TrySendError<T>> {
        self.tx
            .chan()
            .try_send(message)
            .map_err(|(message, refused)| match refused {
                Refused::Closed => TrySendError::Closed(message),
                Refused::Full => TrySendError::Full(message),
            })
    }

    /// Like [`send`](Self::send), for so long at most.
    ///
    /// # Errors
    ///
    /// The value, if the channel stayed full or is closed.
    ///
    /// # Panics
    ///
    /// Outside of a heist runtime, whose timer it needs.
    ///
    /// # Cancel safety
    ///
    /// As for [`send`](Self::send).
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
    /// In a task of heist's, the other tasks of its worker go on meanwhile.
    ///
    /// # Errors
    ///
    /// The value, if the receiver is gone or has closed the channel.
    #[track_caller]
    pub fn blocking_send(&self, value: T) -> Result<(), SendError<T>> {
        block_on(self.send(value))
    }

    /// Whether the receiver is gone or has closed the channel.
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
    /// If the receiver is gone or has closed the channel.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the call gives up its place in the queue.
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
    /// As for [`reserve`](Self::reserve); also if `n` is more than the channel's capacity.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the call gives up its place in the queue.
    pub async fn reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, SendError<()>> {
        self.reserve_slots(n).await?;
        Ok(PermitIterator::new(self.tx.chan(), n))
    }

    /// Like [`reserve`](Self::reserve), with a permit that takes the sender along.
    ///
    /// # Errors
    ///
    /// As for [`reserve`](Self::reserve).
    ///
    /// # Cancel safety
    ///
    /// Cancelled, the call gives up its place in the queue, and the sender is dropped.
    pub async fn reserve_owned(self) -> Result<OwnedPermit<T>, SendError<()>> {
        self.reserve_slots(1).await?;
        Ok(OwnedPermit::new(self))
    }

    /// Takes a slot if there is one.
    ///
    /// # Errors
    ///
    /// If the channel is full or closed.
    pub fn try_reserve(&self) -> Result<Permit<'_, T>, TrySendError<()>> {
        self.try_reserve_slots(1)?;
        Ok(Permit::new(self.tx.chan()))
    }

    /// Takes `n` slots if they are free.
    ///
    /// # Errors
    ///
    /// If the channel has fewer, or is closed.
    pub fn try_reserve_many(&self, n: usize) -> Result<PermitIterator<'_, T>, TrySendError<()>> {
        self.try_reserve_slots(n)?;
        Ok(PermitIterator::new(self.tx.chan(), n))
    }

    /// Like [`try_reserve`](Self::try_reserve), with a permit that takes the sender along.
    ///
    /// # Errors
    ///
    /// The sender, if the channel is full or closed.
    pub fn try_reserve_owned(self) -> Result<OwnedPermit<T>, TrySendError<Self>> {
        match self.try_reserve_slots(1) {
            Ok(()) => Ok(OwnedPermit::new(self)),
            Err(TrySendError::Full(())) => Err(TrySendError::Full(self)),
            Err(TrySendError::Closed(())) => Err(TrySendError::Closed(self)),
        }
    }

    /// Whether both are of the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        self.tx.same_channel(&other.tx)
    }

    /// How many slots are free now.
    pub fn capacity(&self) -> usize {
        self.tx.chan().free_slots()
    }

    /// A sender that does not keep the channel from ending.
    #[must_use = "Downgrade creates a WeakSender without destroying the original non-weak sender."]
    pub fn downgrade(&self) -> WeakSender<T> {
        WeakSender {
            tx: self.tx.downgrade(),
        }
    }

    /// How many values the channel can hold.
    pub fn max_capacity(&self) -> usize {
        self.tx.chan().capacity()
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
