//! Counted handles of a channel, for bounded and unbounded channels alike: the strong and the weak
//! sender, and the receiver.

use super::chan::{Batch, Chan};
use super::error::TryRecvError;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;
use heist_runtime::task::poll_proceed;
use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::task::{Context, Poll, ready};

/// A strong sender: keeps the channel open.
pub(super) struct Tx<T>(Arc<Chan<T>>);

/// A weak sender: keeps only the channel's memory.
pub(super) struct WeakTx<T>(Arc<Chan<T>>);

/// The receiver.
pub(super) struct Rx<T> {
    chan: Arc<Chan<T>>,
    batch: Batch<T>,
}

// SAFETY: a `&Rx<T>` gives no access to a value, so `T` need not be `Sync`.
unsafe impl<T: Send> Sync for Rx<T> {}

// As in tokio: no panic leaves anything half done.
impl<T> UnwindSafe for Chan<T> {}
impl<T> RefUnwindSafe for Chan<T> {}
impl<T> UnwindSafe for Rx<T> {}
impl<T> RefUnwindSafe for Rx<T> {}

pub(super) fn channel<T>(capacity: usize) -> (Tx<T>, Rx<T>) {
    let chan = Arc::new(Chan::new(capacity));
    (
        Tx(chan.clone()),
        Rx {
            chan,
            batch: Batch::new(),
        },
    )
}

impl<T> Tx<T> {
    #[inline]
    pub(super) fn chan(&self) -> &Chan<T> {
        &self.0
    }

    pub(super) fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }

    pub(super) fn downgrade(&self) -> WeakTx<T> {
        // Relaxed: the count orders nothing.
        self.0.weak_senders.fetch_add(1, Ordering::Relaxed);
        WeakTx(self.0.clone())
    }

    pub(super) fn strong_count(&self) -> usize {
        self.0.senders.load(Ordering::Acquire)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.0.weak_senders.load(Ordering::Relaxed)
    }
}

impl<T> Clone for Tx<T> {
    fn clone(&self) -> Self {
        // Relaxed: this sender keeps the count above zero.
        self.0.senders.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl<T> Drop for Tx<T> {
    fn drop(&mut self) {
        // AcqRel: a thread that sees that no sender is left also sees everything they sent.
        if self.0.senders.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.0.wake_receiver();
        }
    }
}

impl<T> WeakTx<T> {
    pub(super) fn upgrade(&self) -> Option<Tx<T>> {
        let senders = &self.0.senders;
        let add = |count: usize| (count > 0).then(|| count + 1);
        senders
            .fetch_update(Ordering::AcqRel, Ordering::Acquire, add)
            .ok()?;
        Some(Tx(self.0.clone()))
    }

    pub(super) fn strong_count(&self) -> usize {
        self.0.senders.load(Ordering::Acquire)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.0.weak_senders.load(Ordering::Relaxed)
    }
}

impl<T> Clone for WeakTx<T> {
    fn clone(&self) -> Self {
        self.0.weak_senders.fetch_add(1, Ordering::Relaxed);
        Self(self.0.clone())
    }
}

impl<T> Drop for WeakTx<T> {
    fn drop(&mut self) {
        self.0.weak_senders.fetch_sub(1, Ordering::Relaxed);
    }
}

impl<T> Rx<T> {
    pub(super) fn chan(&self) -> &Chan<T> {
        &self.chan
    }

    #[inline]
    pub(super) fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<T>> {
        let progress = ready!(poll_proceed(cx));
        if self.batch.len() == 0 && ready!(self.chan.poll_fill(&mut self.batch, cx)).is_err() {
            progress.made();
            return Poll::Ready(None);
        }
        progress.made();
        let value = self.batch.pop();
        self.chan.count_received(1);
        Poll::Ready(value)
    }

    pub(super) fn poll_recv_many(
        &mut self,
        cx: &mut Context<'_>,
        buffer: &mut Vec<T>,
        limit: usize,
    ) -> Poll<usize> {
        if limit == 0 {
            return Poll::Ready(0);
        }
        let progress = ready!(poll_proceed(cx));
        if self.batch.len() == 0 && ready!(self.chan.poll_fill(&mut self.batch, cx)).is_err() {
            progress.made();
            return Poll::Ready(0);
        }
        progress.made();
        let mut received = self.batch.pop_many(buffer, limit);
        // The rest of an old batch may be less than the queue has.
        if received < limit && self.chan.try_fill(&mut self.batch).is_ok() {
            received += self.batch.pop_many(buffer, limit - received);
        }
        self.chan.count_received(received);
        Poll::Ready(received)
    }

    pub(super) fn try_recv(&mut self) -> Result<T, TryRecvError> {
        if self.batch.len() == 0 {
            self.chan.try_fill(&mut self.batch)?;
        }
        let value = self.batch.pop();
        self.chan.count_received(1);
        value.ok_or(TryRecvError::Empty)
    }

    pub(super) fn is_closed(&self) -> bool {
        self.chan.is_closed() || self.chan.senders.load(Ordering::Acquire) == 0
    }

    pub(super) fn len(&self) -> usize {
        self.batch.len() + self.chan.queued()
    }

    pub(super) fn strong_count(&self) -> usize {
        self.chan.senders.load(Ordering::Acquire)
    }

    pub(super) fn weak_count(&self) -> usize {
        self.chan.weak_senders.load(Ordering::Relaxed)
    }
}

impl<T> Rx<T> {
    /// Drops the values left, outside the lock.
    fn drop_values(&mut self) {
        loop {
            let values = self.batch.len();
            self.batch = Batch::new();
            self.chan.count_received(values);
            if self.chan.try_fill(&mut self.batch).is_err() {
                break;
            }
        }
    }
}

impl<T> Drop for Rx<T> {
    fn drop(&mut self) {
        /// Drops the others, too, if the drop of one panics.
        struct Rest<'a, T>(&'a mut Rx<T>);

        impl<T> Drop for Rest<'_, T> {
            fn drop(&mut self) {
                self.0.drop_values();
            }
        }

        self.chan.close();
        self.chan.forget_receiver();
        // Now, not when the senders go.
        Rest(self).0.drop_values();
    }
}

impl<T> fmt::Debug for Tx<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl<T> fmt::Debug for Rx<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.chan.fmt(f)
    }
}

impl<T> fmt::Debug for Chan<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Chan")
            .field("senders", &self.senders)
            .field("closed", &self.is_closed())
            .finish_non_exhaustive()
    }
}
