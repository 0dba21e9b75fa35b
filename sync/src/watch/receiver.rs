//! The receivers of a watch channel.

use super::error::RecvError;
use super::shared::{Ref, Shared, Version};
use crate::coop::cooperative;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;

/// Watches the value. Cloned, there are more, each with what it has seen.
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    seen: Version,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, seen: Version) -> Self {
        // Relaxed: only counted.
        shared.receivers.fetch_add(1, Ordering::Relaxed);
        Self { shared, seen }
    }

    /// The value, without marking it as seen.
    ///
    /// Blocks the thread while it is changed. Who has a [`Ref`] and borrows again may wait for a
    /// sender that waits for him.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow(self.seen).0
    }

    /// The value, marked as seen: [`changed`](Self::changed) will wait for another.
    ///
    /// As for [`borrow`](Self::borrow).
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let (value, version) = self.shared.borrow(self.seen);
        self.seen = version;
        value
    }

    /// Whether there is a value not marked as seen.
    ///
    /// # Errors
    ///
    /// If all senders are gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        let state = self.shared.state();
        if state.is_closed() {
            Err(RecvError(()))
        } else {
            Ok(state.version() != self.seen)
        }
    }

    /// Whether all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.shared.state().is_closed()
    }

    /// Marks the value as not seen: [`changed`](Self::changed) will return at once.
    pub fn mark_changed(&mut self) {
        self.seen = self.seen.before();
    }

    /// Marks the value as seen: [`changed`](Self::changed) will wait for another.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.state().version();
    }

    /// Waits for a value not marked as seen, and marks it.
    ///
    /// # Errors
    ///
    /// If there is none, and all senders are gone.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, it has marked nothing.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        cooperative(changed(&self.shared, &mut self.seen)).await
    }

    /// Waits until `f` says true of the value, and marks that as seen. It looks at the present
    /// value first, seen or not.
    ///
    /// `f` runs with the value locked; it may panic.
    ///
    /// # Errors
    ///
    /// If `f` said false of the last value, and all senders are gone.
    ///
    /// # Cancel safety
    ///
    /// Cancelled, it has marked those as seen that `f` said false of.
    ///
    /// # Examples
    ///
    /// ```
    /// use heist::sync::watch;
    ///
    /// # #[heist::main]
    /// # async fn main() {
    /// let (sender, mut receiver) = watch::channel(1);
    /// heist::spawn(async move { sender.send(7) });
    /// assert_eq!(*receiver.wait_for(|n| *n > 5).await.unwrap(), 7);
    /// # }
    /// ```
    pub async fn wait_for(&mut self, f: impl FnMut(&T) -> bool) -> Result<Ref<'_, T>, RecvError> {
        cooperative(wait_for(&self.shared, &mut self.seen, f)).await
    }

    /// Whether both are of the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

async fn changed<T>(shared: &Shared<T>, seen: &mut Version) -> Result<(), RecvError> {
    loop {
        // Before looking, so that it hears of what comes after that.
        let changed = shared.on_change.notified();
        let state = shared.state();
        if state.version() != *seen {
            *seen = state.version();
            return Ok(());
        }
        if state.is_closed() {
            return Err(RecvError(()));
        }
        changed.await;
    }
}

async fn wait_for<'a, T>(
    shared: &'a Shared<T>,
    seen: &mut Version,
    mut f: impl FnMut(&T) -> bool,
) -> Result<Ref<'a, T>, RecvError> {
    let mut closed = false;
    loop {
        {
            let (value, version) = shared.borrow(*seen);
            *seen = version;
            // Of one that is closed and has not changed `f` has said false.
            if (!closed || value.has_changed()) && f(&value) {
                return Ok(value);
            }
        }
        if closed {
            return Err(RecvError(()));
        }
        closed = changed(shared, seen).await.is_err();
    }
}

impl<T> Clone for Receiver<T> {
    fn clone(&self) -> Self {
        Self::new(self.shared.clone(), self.seen)
    }
}

impl<T> Drop for Receiver<T> {
    fn drop(&mut self) {
        // AcqRel: who sees that none is left sees what they did.
        if self.shared.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.on_close.notify_waiters();
        }
    }
}
