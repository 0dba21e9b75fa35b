//! The receivers of a broadcast channel.

use super::error::{RecvError, TryRecvError};
use super::recv::Recv;
use super::shared::Shared;
use crate::blocking::block_on;
use crate::primitives::Arc;
use crate::waiters::Waiter;
use std::fmt;
use std::pin::Pin;
use std::task::Waker;

/// Receives each value sent since its creation.
///
/// [`Sender::subscribe`](super::Sender::subscribe) creates more.
pub struct Receiver<T> {
    pub(super) shared: Arc<Shared<T>>,
    /// The position of the next value.
    next: u64,
    /// It has received all values, and the senders are gone: it need not be counted off when
    /// dropped.
    has_ended: bool,
}

impl<T> fmt::Debug for Receiver<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("broadcast::Receiver")
    }
}

impl<T> Receiver<T> {
    #[track_caller]
    pub(super) fn new(shared: Arc<Shared<T>>) -> Self {
        let next = shared.add_receiver();
        Self {
            shared,
            next,
            has_ended: false,
        }
    }

    /// Returns the number of values that were sent and not received: more than the channel holds if
    /// the receiver has lagged.
    pub fn len(&self) -> usize {
        self.shared.end_position().wrapping_sub(self.next) as usize
    }

    /// Returns whether all values were received.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// Returns the number of senders.
    pub fn sender_strong_count(&self) -> usize {
        self.shared.strong_count()
    }

    /// Returns the number of weak senders.
    pub fn sender_weak_count(&self) -> usize {
        self.shared.weak_count()
    }

    /// Returns whether all senders are gone. Values may still be left.
    pub fn is_closed(&self) -> bool {
        self.sender_strong_count() == 0
    }
}

impl<T: Clone> Receiver<T> {
    /// Creates another receiver, for values sent from now on.
    pub fn resubscribe(&self) -> Self {
        Self::new(self.shared.clone())
    }

    pub(super) fn receive(
        &mut self,
        waiter: Option<(Pin<&Waiter>, &Waker)>,
    ) -> Result<T, TryRecvError> {
        let slot = self.shared.next_slot(&mut self.next, waiter);
        let slot = slot.inspect_err(|error| self.has_ended |= *error == TryRecvError::Closed);
        let (value, old) = slot?.receive();
        drop(old);
        value.ok_or(TryRecvError::Closed)
    }

    /// Receives the next value.
    ///
    /// # Errors
    ///
    /// [`RecvError::Lagged`] if values have been lost since the last call, and
    /// [`RecvError::Closed`] once all senders are gone and all values received.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: no value is lost.
    pub async fn recv(&mut self) -> Result<T, RecvError> {
        Recv::new(self).await
    }

    /// Receives the next value if it is available.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv`](Self::recv), and [`TryRecvError::Empty`] if there is none yet.
    pub fn try_recv(&mut self) -> Result<T, TryRecvError> {
        self.receive(None)
    }

    /// Like [`recv`](Self::recv), blocking the thread.
    ///
    /// In a heist task, the other tasks of its worker continue to run meanwhile.
    ///
    /// # Errors
    ///
    /// The same as those of [`recv`](Self::recv).
    #[track_caller]
    pub fn blocking_recv(&mut self) -> Result<T, RecvError> {
        block_on(self.recv())
    }
}

impl<T> Receiver<T> {
    /// Counts off the values sent before `until`, so that each is dropped once all other receivers
    /// have it.
    fn skip(&mut self, until: u64) {
        while self.next != until {
            let unseen = match self.shared.next_slot(&mut self.next, None) {
                Ok(mut slot) => slot.skip(),
                Err(TryRecvError::Lagged(_)) => {
                    // Values sent since do not count this receiver.
                    if self.next.wrapping_sub(until) < u64::MAX / 2 {
                        break;
                    }
                    None
                }
                Err(_) => break,
            };
            // Outside the lock.
            drop(unseen);
        }
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        /// What is left to do, even if the drop of a value panics.
        struct Rest<'a, T> {
            receiver: &'a mut Receiver<T>,
            until: u64,
            is_last: bool,
        }

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.receiver.skip(self.until);
                if self.is_last {
                    self.receiver.shared.on_close.notify_waiters();
                }
            }
        }

        if self.has_ended {
            return;
        }
        let (until, is_last) = self.shared.remove_receiver();
        let rest = Rest {
            receiver: self,
            until,
            is_last,
        };
        rest.receiver.skip(until);
    }
}
