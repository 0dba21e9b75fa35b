//! Task ids, which are never reused in the life of the process.
//!
//! Each thread draws ids from a block of its own, so that spawning on many cores does not contend
//! for one cache line.

use std::cell::Cell;
use std::fmt;
use std::num::NonZeroU64;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

/// Number of ids that a thread takes at once. Large enough that only one spawn in hundreds accesses
/// the shared counter, small enough that ids stay readable.
const BLOCK: u64 = 256;

/// Identifies a task, uniquely among all past and present tasks of the process.
///
/// Ids say nothing about the order in which tasks were spawned.
///
/// # Examples
///
/// ```
/// # heist::runtime::Runtime::new()?.block_on(async {
/// let task = heist::spawn(async { heist::task::id() });
/// let id = task.id();
/// assert_eq!(task.await.unwrap(), id);
/// # });
/// # std::io::Result::Ok(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Debug)]
pub struct Id(NonZeroU64);

impl Id {
    pub(crate) fn next() -> Self {
        static NEXT_BLOCK: AtomicU64 = AtomicU64::new(1);
        thread_local! {
            static BLOCK_LEFT: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
        }
        BLOCK_LEFT.with(|left| {
            let (mut next, mut end) = left.get();
            if next == end {
                // Relaxed: only uniqueness matters.
                next = NEXT_BLOCK.fetch_add(BLOCK, Relaxed);
                end = next + BLOCK;
            }
            left.set((next + 1, end));
            Self(NonZeroU64::new(next).expect("2^64 tasks were never spawned"))
        })
    }

    /// Returns a number below `count` that is the same for all ids of a block and evenly
    /// distributed over blocks.
    #[inline]
    pub(crate) fn spread(self, count: usize) -> usize {
        (self.0.get() / BLOCK) as usize % count
    }
}

impl fmt::Display for Id {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
