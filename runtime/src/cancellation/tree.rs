//! The tree behind the tokens. A node is shared by the clones of one token, and kept alive by its
//! children.
//!
//! Any thread may cancel, wait or create children. No thread holds the locks of two nodes at once.
//! Invariant: under a node's lock, the node is either cancelled and lists nothing, or lists all of
//! its children and waiters, so none is missed, whenever it is added.

use crate::budget::poll_proceed;
use crate::sync::Mutex;
use crate::sync::atomic::{
    AtomicBool,
    Ordering::{Acquire, Release},
};
use crate::waking::{GuardedWaker, wake_all};
use slab::Slab;
use std::mem;
use std::sync::{Arc, Weak};
use std::task::{Context, Poll, ready};

pub(super) struct Node {
    parent: Option<Parent>,
    /// A copy of whether `known` is `None`, for reading without the lock.
    is_cancelled: AtomicBool,
    /// `None` once the node is cancelled.
    known: Mutex<Option<Known>>,
}

struct Parent {
    node: Arc<Node>,
    key: usize,
}

#[derive(Default)]
struct Known {
    children: Slab<Weak<Node>>,
    waiters: Slab<GuardedWaker>,
}

/// The entry of one future among the waiters.
#[derive(Default)]
pub(super) struct Wait {
    key: Option<usize>,
    was_polled: bool,
}

impl Node {
    pub(super) fn root() -> Arc<Self> {
        Arc::new(Self::new(None, Some(Known::default())))
    }

    fn new(parent: Option<Parent>, known: Option<Known>) -> Self {
        Self {
            parent,
            is_cancelled: AtomicBool::new(known.is_none()),
            known: Mutex::new(known),
        }
    }

    pub(super) fn child_of(parent: &Arc<Self>) -> Arc<Self> {
        let mut known = parent.known.lock();
        let Some(known) = &mut *known else {
            return Arc::new(Self::new(None, None));
        };
        let entry = known.children.vacant_entry();
        let as_parent = Parent {
            node: parent.clone(),
            key: entry.key(),
        };
        let child = Arc::new(Self::new(Some(as_parent), Some(Known::default())));
        entry.insert(Arc::downgrade(&child));
        child
    }

    pub(super) fn is_cancelled(&self) -> bool {
        // Acquire: sees what the cancelling thread did before.
        self.is_cancelled.load(Acquire)
    }

    pub(super) fn cancel(&self) {
        let mut waiters = Vec::new();
        let mut below = self.cancel_one(&mut waiters);
        // Not recursive, since a tree may be deep.
        while let Some(node) = below.pop() {
            below.append(&mut node.cancel_one(&mut waiters));
        }
        wake_all(waiters);
    }

    /// Cancels this node alone. Returns its children.
    fn cancel_one(&self, waiters: &mut Vec<GuardedWaker>) -> Vec<Arc<Node>> {
        let mut guard = self.known.lock();
        let Some(known) = guard.take() else {
            return Vec::new();
        };
        self.is_cancelled.store(true, Release);
        drop(guard);
        waiters.extend(known.waiters.into_iter().map(|(_, waker)| waker));
        let children = known.children.into_iter();
        children.filter_map(|(_, child)| child.upgrade()).collect()
    }

    pub(super) fn poll_cancelled(&self, wait: &mut Wait, cx: &mut Context<'_>) -> Poll<()> {
        if !mem::replace(&mut wait.was_polled, true) {
            // A loop over waits that are ready at once must yield. But a wait must not be delayed
            // again because of the futures that are polled beside it, so only its first poll spends
            // budget.
            let progress = ready!(poll_proceed(cx));
            if self.is_cancelled() {
                progress.made();
            }
        }
        if self.is_cancelled() {
            return Poll::Ready(());
        }
        // Outside the lock, since this may run arbitrary code.
        let waker = cx.waker().into();
        let mut guard = self.known.lock();
        let Some(known) = &mut *guard else {
            return Poll::Ready(());
        };
        let replaced = match wait.key {
            Some(key) => Some(mem::replace(&mut known.waiters[key], waker)),
            None => {
                wait.key = Some(known.waiters.insert(waker));
                None
            }
        };
        drop(guard);
        // Outside the lock, since this may drop the last reference to a task.
        drop(replaced);
        Poll::Pending
    }

    pub(super) fn stop_waiting(&self, wait: &mut Wait) {
        let Some(key) = wait.key.take() else { return };
        // The lists are gone. Checking this first keeps a crowd of woken tasks from contending for
        // the lock.
        if self.is_cancelled() {
            return;
        }
        let waker = self
            .known
            .lock()
            .as_mut()
            .map(|known| known.waiters.remove(key));
        // Outside the lock, since this may drop the last reference to a task.
        drop(waker);
    }

    /// Removes the node from its parent, and returns the parent, which this node has kept alive.
    fn leave(&mut self) -> Option<Arc<Node>> {
        let Parent { node, key } = self.parent.take()?;
        if let Some(known) = &mut *node.known.lock() {
            known.children.remove(key);
        }
        Some(node)
    }
}

impl Drop for Node {
    fn drop(&mut self) {
        // Not recursive, since a chain of ancestors kept alive only by their children may be long.
        let mut above = self.leave();
        while let Some(mut node) = above.and_then(Arc::into_inner) {
            above = node.leave();
            mem::drop(node);
        }
    }
}

#[cfg(all(test, loom))]
#[path = "tree_loom_tests.rs"]
mod loom_tests;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_parent_does_not_list_dropped_children() {
        let parent = Node::root();
        let children = || {
            parent
                .known
                .lock()
                .as_ref()
                .map(|known| known.children.len())
        };
        let kept = Node::child_of(&parent);
        for _ in 0..100 {
            drop(Node::child_of(&Node::child_of(&parent)));
        }
        assert_eq!(children(), Some(1));
        drop(kept);
        assert_eq!(children(), Some(0));
        assert_eq!(Arc::strong_count(&parent), 1);
    }
}
