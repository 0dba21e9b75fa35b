//! Models of the tokens' tree: a cancellation against concurrent waiters and children.
//!
//! A waiter that is missed waits forever, which loom reports as a deadlock. Each of these changes
//! makes a model fail: reading or writing `is_cancelled` with Relaxed; cancelling a node outside
//! its lock; adding a waiter or child to a cancelled node.

use super::{Node, Wait};
use loom::future::block_on;
use loom::sync::Arc as LoomArc;
use loom::sync::atomic::{AtomicBool, Ordering::Relaxed};
use loom::thread;
use std::future::poll_fn;
use std::sync::Arc;

/// Waits as the tokens' futures do.
fn wait_for(node: &Node) {
    let mut wait = Wait::default();
    block_on(poll_fn(|cx| node.poll_cancelled(&mut wait, cx)));
    node.stop_waiting(&mut wait);
}

/// A waiter is woken, and sees what the cancelling thread did before.
#[test]
fn a_waiter_is_not_missed() {
    loom::model(|| {
        let node = Node::root();
        let done = LoomArc::new(AtomicBool::new(false));
        let waiter = {
            let (node, done) = (node.clone(), done.clone());
            thread::spawn(move || {
                wait_for(&node);
                assert!(
                    done.load(Relaxed),
                    "a write before the cancellation is not seen"
                );
            })
        };
        done.store(true, Relaxed);
        node.cancel();
        waiter.join().unwrap();
    });
}

/// A child created concurrently is cancelled as well, and its waiter is woken.
#[test]
fn a_child_is_not_missed() {
    loom::model(|| {
        let root = Node::root();
        let maker = {
            let root = root.clone();
            thread::spawn(move || wait_for(&Node::child_of(&root)))
        };
        root.cancel();
        assert!(root.is_cancelled());
        maker.join().unwrap();
        assert_eq!(Arc::strong_count(&root), 1);
    });
}

/// A waiter that gives up and a child that is dropped concurrently are neither woken nor kept.
#[test]
fn waiters_and_children_that_leave_are_not_kept() {
    loom::model(|| {
        let root = Node::root();
        let leaver = {
            let child = Node::child_of(&root);
            thread::spawn(move || {
                let mut wait = Wait::default();
                block_on(poll_fn(|cx| {
                    let _ = child.poll_cancelled(&mut wait, cx);
                    std::task::Poll::Ready(())
                }));
                child.stop_waiting(&mut wait);
            })
        };
        root.cancel();
        leaver.join().unwrap();
        assert_eq!(Arc::strong_count(&root), 1);
    });
}
