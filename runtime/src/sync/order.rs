//! The order in which a thread may take the runtime's locks. Debug builds check it.

/// A lock's place: a thread that holds one may take those of a later rank, and none of the same or
/// of an earlier one. Such threads cannot wait for each other in a circle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Rank {
    /// Who waits for the last task's end.
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
    /// Those who wait for a source.
    SourceWaiters,
    /// The blocking pool.
    BlockingPool,
    /// The paused clock.
    TestClock,
    /// A shard of the registry or of timers, a queue of local tasks, the injector, the stray
    /// halves, a worker's parker: no other is taken under them.
    Last,
}

#[cfg(debug_assertions)]
mod imp {
    use super::Rank;
    use std::cell::Cell;
    use std::marker::PhantomData;

    std::thread_local! {
        /// How many locks of each rank this thread holds: four bits for each.
        static HELD: Cell<u64> = const { Cell::new(0) };
    }

    /// One lock of that rank, in [`HELD`]. Those without a rank are not counted.
    fn one(rank: Option<Rank>) -> u64 {
        rank.map_or(0, |rank| 1 << (4 * rank as u64))
    }

    /// While the current thread holds a lock.
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
                "a lock of rank {rank:?} is taken by a thread that holds others of that or a later rank \
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

        /// Runs `f`, which has the lock released and then taken again.
        pub(in crate::sync) fn released<R>(&mut self, f: impl FnOnce() -> R) -> R {
            HELD.set(HELD.get() - one(self.rank));
            let again = TakeAgain(self.rank);
            let result = f();
            drop(again);
            result
        }
    }

    /// Counts the lock as held again, also after a panic.
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

    /// Nothing: only debug builds check the order.
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
