//! The order in which a thread may take the runtime's locks. Debug builds check it.

/// A lock's rank: a thread that holds a lock may take locks of later ranks, and none of the same or
/// of an earlier one. This rules out circular waits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// The wait for the last task's end.
    Draining,
    /// The timers that outlive their runtime.
    LateTimers,
    /// The roll of the workers' progress.
    Roll,
    /// The list of stalls.
    Stalls,
    /// A spare worker's place.
    SparePlace,
    /// The slab of sources.
    Sources,
    /// The tasks that wait for a source.
    SourceWaiters,
    /// The blocking pool.
    BlockingPool,
    /// The count of a runtime's threads.
    ThreadCount,
    /// The paused clock.
    TestClock,
    /// A shard of the registry or of timers, a queue of local tasks, an injector, the stray
    /// halves, a worker's parker. No other lock is taken while one of these is held.
    Last,
}

#[cfg(debug_assertions)]
mod imp {
    use super::Rank;
    use std::cell::Cell;
    use std::marker::PhantomData;

    std::thread_local! {
        /// Number of locks of each rank that this thread holds: four bits for each.
        static HELD: Cell<u64> = const { Cell::new(0) };
    }

    /// Returns the value of one lock of this rank in [`HELD`]. Locks without a rank are not
    /// counted.
    fn one(rank: Option<Rank>) -> u64 {
        rank.map_or(0, |rank| 1 << (4 * rank as u64))
    }

    /// Exists while the current thread holds a lock.
    #[derive(Debug)]
    pub(in crate::sync) struct Held {
        rank: Option<Rank>,
        _stays: PhantomData<*const ()>,
    }

    impl Held {
        #[track_caller]
        pub(in crate::sync) fn in_order(rank: Option<Rank>) -> Self {
            let held = HELD.get();
            assert!(
                rank.is_none() || held < one(rank),
                "a lock of rank {rank:?} is taken by a thread that holds others of this or a later rank \
                 (four bits for each: {held:#x})",
            );
            Self::in_any_order(rank)
        }

        pub(in crate::sync) fn in_any_order(rank: Option<Rank>) -> Self {
            HELD.set(HELD.get() + one(rank));
            Self {
                rank,
                _stays: PhantomData,
            }
        }

        /// Runs `f`, during which the lock is released and taken again.
        pub(in crate::sync) fn released<R>(&mut self, f: impl FnOnce() -> R) -> R {
            HELD.set(HELD.get() - one(self.rank));
            let again = TakeAgain(self.rank);
            let result = f();
            drop(again);
            result
        }
    }

    /// Counts the lock as held again, even after a panic.
    struct TakeAgain(Option<Rank>);

    impl Drop for TakeAgain {
        fn drop(&mut self) {
            HELD.set(HELD.get() + one(self.0));
        }
    }

    impl Drop for Held {
        fn drop(&mut self) {
            HELD.set(HELD.get() - one(self.rank));
        }
    }
}

#[cfg(not(debug_assertions))]
mod imp {
    use super::Rank;

    /// Empty, since only debug builds check the order.
    #[derive(Debug)]
    pub(in crate::sync) struct Held;

    impl Held {
        #[inline(always)]
        pub(in crate::sync) fn in_order(_: Option<Rank>) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::sync) fn in_any_order(_: Option<Rank>) -> Self {
            Self
        }

        #[inline(always)]
        pub(in crate::sync) fn released<R>(&mut self, f: impl FnOnce() -> R) -> R {
            f()
        }
    }
}

pub(super) use imp::Held;
