//! The state that senders and receivers of a watch channel share.
//!
//! The state is one word: the number of changes of the value, and a bit that says whether the
//! senders are gone. The count changes under the write lock of the value, so the lock's holder
//! knows which value it sees. A waiting task first registers for a notification, and then reads the
//! state; a sender changes the state first, and then notifies.

use crate::Notify;
use crate::primitives::atomic::{AtomicUsize, Ordering};
use crate::primitives::{ReadGuard, RwLock};
use std::fmt;
use std::ops::Deref;

const CLOSED: usize = 1;
const STEP: usize = 2;

/// Identifies a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Version(usize);

impl Version {
    /// The version of the first value.
    pub(super) const FIRST: Self = Self(0);

    /// A version other than this one, which no value has in practice.
    pub(super) fn before(self) -> Self {
        Self(self.0.wrapping_sub(STEP))
    }
}

pub(super) struct State(usize);

impl State {
    pub(super) fn version(&self) -> Version {
        Version(self.0 & !CLOSED)
    }

    /// Returns whether all senders are gone.
    pub(super) fn is_closed(&self) -> bool {
        self.0 & CLOSED != 0
    }
}

pub(super) struct Shared<T> {
    pub(super) value: RwLock<T>,
    state: AtomicUsize,
    pub(super) senders: AtomicUsize,
    pub(super) receivers: AtomicUsize,
    /// Notified when the value has changed, or the senders are gone.
    pub(super) on_change: Notify,
    /// Notified when the receivers are gone.
    pub(super) on_close: Notify,
}

impl<T> Shared<T> {
    /// Creates the state for one sender.
    pub(super) fn new(value: T) -> Self {
        Self {
            value: RwLock::new(value),
            state: AtomicUsize::new(Version::FIRST.0),
            senders: AtomicUsize::new(1),
            receivers: AtomicUsize::new(0),
            on_change: Notify::new(),
            on_close: Notify::new(),
        }
    }

    pub(super) fn state(&self) -> State {
        // Acquire: a thread that sees a version sees what happened before it was sent.
        State(self.state.load(Ordering::Acquire))
    }

    /// Records a change of the value. The caller holds the write lock, and notifies after releasing
    /// it.
    pub(super) fn count_change(&self) {
        // Release: see `state`.
        self.state.fetch_add(STEP, Ordering::Release);
    }

    /// Closes the channel: all senders are gone.
    pub(super) fn close(&self) {
        self.state.fetch_or(CLOSED, Ordering::Release);
        self.on_change.notify_waiters();
    }

    /// Borrows the value, with whether it differs from that of `seen`, and returns its version.
    pub(super) fn borrow(&self, seen: Version) -> (Ref<'_, T>, Version) {
        let value = self.value.read();
        let version = self.state().version();
        (Ref::new(value, version != seen), version)
    }
}

impl<T: fmt::Debug> fmt::Debug for Shared<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let state = self.state();
        f.debug_struct("Shared")
            .field("value", &self.value)
            .field("version", &state.version().0)
            .field("is_closed", &state.is_closed())
            .field("receivers", &self.receivers)
            .finish()
    }
}

/// A borrow of the value. Senders wait until it is dropped.
#[derive(Debug)]
pub struct Ref<'a, T> {
    value: ReadGuard<'a, T>,
    has_changed: bool,
}

impl<'a, T> Ref<'a, T> {
    pub(super) fn new(value: ReadGuard<'a, T>, has_changed: bool) -> Self {
        Self { value, has_changed }
    }

    /// Returns whether the receiver had not marked this value as seen before it borrowed it; false
    /// for a sender.
    pub fn has_changed(&self) -> bool {
        self.has_changed
    }
}

impl<T> Deref for Ref<'_, T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}
