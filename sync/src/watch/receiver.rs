//! The receivers of a watch channel.

use super::error::RecvError;
use super::shared::{Ref, Shared, Version};
use crate::coop::cooperative;
use crate::primitives::Arc;
use crate::primitives::atomic::Ordering;

/// Watches the value. Each clone keeps track of what it has seen itself.
#[derive(Debug)]
pub struct Receiver<T> {
    shared: Arc<Shared<T>>,
    seen: Version,
}

impl<T> Receiver<T> {
    pub(super) fn new(shared: Arc<Shared<T>>, seen: Version) -> Self {
        // Relaxed: the count orders nothing.
        shared.receivers.fetch_add(1, Ordering::Relaxed);
        Self { shared, seen }
    }

    /// Borrows the value, without marking it as seen.
    ///
    /// Blocks the thread while the value is being changed. A thread that holds a [`Ref`] and
    /// borrows again may deadlock with a sender that waits for the first.
    pub fn borrow(&self) -> Ref<'_, T> {
        self.shared.borrow(self.seen).0
    }

    /// Borrows the value and marks it as seen: [`changed`](Self::changed) then waits for another.
    ///
    /// It may block like [`borrow`](Self::borrow).
    pub fn borrow_and_update(&mut self) -> Ref<'_, T> {
        let (value, version) = self.shared.borrow(self.seen);
        self.seen = version;
        value
    }

    /// Returns whether there is a value not marked as seen.
    ///
    /// # Errors
    ///
    /// Fails if all senders are gone.
    pub fn has_changed(&self) -> Result<bool, RecvError> {
        let state = self.shared.state();
        if state.is_closed() {
            Err(RecvError(()))
        } else {
            Ok(state.version() != self.seen)
        }
    }

    /// Returns whether all senders are gone.
    pub fn is_closed(&self) -> bool {
        self.shared.state().is_closed()
    }

    /// Marks the value as not seen: [`changed`](Self::changed) then returns at once.
    pub fn mark_changed(&mut self) {
        self.seen = self.seen.before();
    }

    /// Marks the value as seen: [`changed`](Self::changed) then waits for another.
    pub fn mark_unchanged(&mut self) {
        self.seen = self.shared.state().version();
    }

    /// Waits for a value not marked as seen, and marks it.
    ///
    /// # Errors
    ///
    /// Fails if there is none, and all senders are gone.
    ///
    /// # Cancel safety
    ///
    /// Cancel safe: if cancelled, it has marked nothing.
    pub async fn changed(&mut self) -> Result<(), RecvError> {
        cooperative(changed(&self.shared, &mut self.seen)).await
    }

    /// Waits until `f` returns true for the value, and marks that as seen. It checks the present
    /// value first, seen or not.
    ///
    /// `f` runs with the value locked; it may panic.
    ///
    /// # Errors
    ///
    /// Fails if `f` returned false for the last value, and all senders are gone.
    ///
    /// # Cancel safety
    ///
    /// If cancelled, it has marked the values as seen that `f` returned false for.
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

    /// Returns whether both belong to the same channel.
    pub fn same_channel(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }
}

async fn changed<T>(shared: &Shared<T>, seen: &mut Version) -> Result<(), RecvError> {
    loop {
        // Created before the check, so that it is notified of any later change.
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
            // If the channel is closed and the value unchanged, `f` has already returned false for
            // it.
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
        // AcqRel: a thread that sees that no receiver is left sees what they did.
        if self.shared.receivers.fetch_sub(1, Ordering::AcqRel) == 1 {
            self.shared.on_close.notify_waiters();
        }
    }
}
