//! Which members of a `JoinSet` are over: told by the threads that complete them, asked by the set.
//!
//! A member's handle has a waker that puts the member's key into the list. The invariant: the key
//! of a member that is over, and that the set has not taken out, is in the list. Keys of others may
//! be there too (a member's key is used again after it), and do no harm.

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
    /// The task that waits for the next one.
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

    /// As `pop`. If there is none, the task is woken when there is.
    pub(super) fn pop_or_wait(&self, cx: &Context<'_>) -> Option<usize> {
        if let Some(key) = self.pop() {
            return Some(key);
        }
        // Not under the lock, which each task takes at its end: that may run anything.
        let waiter = cx.waker().into();
        let mut state = self.0.lock();
        if let Some(key) = state.keys.pop_front() {
            return Some(key);
        }
        let replaced = state.waiter.replace(waiter);
        drop(state);
        // Not under the lock: it may be the last reference to a task.
        drop(replaced);
        None
    }
}

/// What wakes a member's handle.
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
