//! Every task spawns ten more and awaits their sum, down to a million leaves.

use crate::runtimes::Runtime;

const LEAVES: u64 = 1_000_000;
const CHILDREN: u64 = 10;

/// Operations of a batch: tasks, at all seven levels of the tree.
pub(super) const COUNT: u64 = 1_111_111;

pub(super) async fn batch<R: Runtime>() {
    assert_eq!(node::<R>(0, LEAVES).await, LEAVES * (LEAVES - 1) / 2);
}

/// The node above the leaves `first..first + leaves`.
fn node<R: Runtime>(first: u64, leaves: u64) -> R::JoinHandle<u64> {
    R::spawn(async move {
        if leaves == 1 {
            return first;
        }
        let leaves = leaves / CHILDREN;
        let children: Vec<_> = (0..CHILDREN)
            .map(|i| node::<R>(first + i * leaves, leaves))
            .collect();
        let mut sum = 0;
        for child in children {
            sum += child.await;
        }
        sum
    })
}
