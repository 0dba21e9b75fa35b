//! Models of the tokens' tree: cancelling against those who come at the same time.
//!
//! Whoever is forgotten waits for good, which loom reports as a deadlock. Each of these changes
//! makes one fail: `is_cancelled` read or written Relaxed; a node cancelled outside of its lock, or
//! a waiter or child added to a node that is cancelled.

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

/// Whoever waits is woken, and sees what the canceller did before.
#[test]
fn a_waiter_is_not_forgotten() {
    loom::model(|| {
        let node = Node::root();
        let done = LoomArc::new(AtomicBool::new(false));
        let waiter = {
            let (node, done) = (node.clone(), done.clone());
            thread::spawn(move || {
                wait_for(&node);
                assert!(done.load(Relaxed), "what was done before is not seen");
            })
        };
        done.store(true, Relaxed);
        node.cancel();
        waiter.join().unwrap();
    });
}

/// A child that is made meanwhile is cancelled as well, and whoever waits for it woken.
#[test]
fn a_child_is_not_forgotten() {
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

/// A waiter that gives up and a child that goes meanwhile are neither woken nor kept.
#[test]
fn those_who_leave_meanwhile_are_let_go() {
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
