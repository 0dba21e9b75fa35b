//! The members of a `JoinSet` that have ended: recorded by the threads that complete them, and
//! taken by the set.
//!
//! A member's handle has a waker that appends the member's key to the list. Invariant: the key of a
//! member that has ended and that the set has not taken out is in the list. Other keys may be in it
//! too (a key is reused after its member), and do no harm.

use crate::sync::lock::Mutex;
use crate::waking::GuardedWaker;
use std::collections::VecDeque;
use std::sync::Arc;
use std::task::{Context, Wake};

#[derive(Default)]
pub(super) struct Done(Mutex<State>);

#[derive(Default)]
struct State {
    keys: VecDeque<usize>,
    /// The task that waits for the next key.
    waiter: Option<GuardedWaker>,
}

impl Done {
    pub(super) fn push(&self, key: usize) {
        let mut state = self.0.lock();
        state.keys.push_back(key);
        let waiter = state.waiter.take();
        drop(state);
        if let Some(waiter) = waiter {
            waiter.wake();
        }
    }

    pub(super) fn pop(&self) -> Option<usize> {
        self.0.lock().keys.pop_front()
    }

    /// Like `pop`. If there is no key, the task is woken when there is one.
    pub(super) fn pop_or_wait(&self, cx: &Context<'_>) -> Option<usize> {
        if let Some(key) = self.pop() {
            return Some(key);
        }
        // Outside the lock, which each member takes when it ends, since this may run arbitrary
        // code.
        let waiter = cx.waker().into();
        let mut state = self.0.lock();
        if let Some(key) = state.keys.pop_front() {
            return Some(key);
        }
        let replaced = state.waiter.replace(waiter);
        drop(state);
        // Outside the lock, since this may drop the last reference to a task.
        drop(replaced);
        None
    }
}

/// The waker of a member's handle.
pub(super) struct Member {
    pub(super) key: usize,
    pub(super) done: Arc<Done>,
}

impl Wake for Member {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.done.push(self.key);
    }
}
