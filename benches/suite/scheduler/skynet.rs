//! Every task spawns ten more and awaits their sum, down to the leaves of the tree.

use crate::runtimes::Runtime;

const CHILDREN: u64 = 10;

/// Returns how many tasks a tree with that many leaves has, on all of its levels.
pub(super) fn tasks(leaves: u64) -> u64 {
    match leaves {
        1 => 1,
        leaves => leaves + tasks(leaves / CHILDREN),
    }
}

/// The number of leaves must be a power of `CHILDREN`.
pub(super) async fn batch<R: Runtime>(leaves: u64) {
    assert_eq!(node::<R>(0, leaves).await, leaves * (leaves - 1) / 2);
}

/// Spawns the node above the leaves `first..first + leaves`.
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
