//! Whether a worker's joins are worth another worker's help: a join that is shared must be long
//! enough to pay for waking a worker and for moving its data to another core.
//!
//! Each worker has its own. A join within a join is part of the outermost one, which decides: when
//! it begins, by how long the last ones took, and while it runs, by the clock, which is read now
//! and then. A wrong guess costs at most a check of the watchdog, which gets help for a worker that
//! makes no progress.

use std::cell::Cell;
use std::time::{Duration, Instant};

/// The least duration of a join for which it is worth waking a worker, which takes 5 to 50 µs until
/// its core runs.
const MIN_SHARED: Duration = Duration::from_micros(50);

/// Number of joins for each reading of the clock, which takes as long as one or two joins.
const JOINS_PER_CLOCK_READ: u32 = 16;

pub(in crate::scheduler) struct Worth {
    /// Number of this worker's joins that are in progress, one within the other.
    depth: Cell<u32>,
    joins: Cell<u32>,
    /// When the outermost join began. `None` if it is a part of another worker's join.
    start: Cell<Option<Instant>>,
    /// How long the outermost joins took lately, on average.
    usual: Cell<Duration>,
    is_shared: Cell<bool>,
}

impl Worth {
    pub(in crate::scheduler) fn new() -> Self {
        Self {
            depth: Cell::new(0),
            joins: Cell::new(0),
            start: Cell::new(None),
            // Code that splits its work intends it to be shared.
            usual: Cell::new(MIN_SHARED),
            is_shared: Cell::new(false),
        }
    }

    /// Records that a join begins; `is_part` says whether it is a part of a join that another
    /// worker has shared. Returns whether to wake a worker for it now.
    #[inline]
    pub(super) fn begin(&self, is_part: bool, now: impl FnOnce() -> Instant) -> bool {
        let depth = self.depth.replace(self.depth.get() + 1);
        if depth == 0 {
            return self.begin_outermost(is_part, now);
        }
        let joins = self.joins.get().wrapping_add(1);
        self.joins.set(joins);
        joins % JOINS_PER_CLOCK_READ == 0 && self.reassess(now)
    }

    #[cold]
    fn begin_outermost(&self, is_part: bool, now: impl FnOnce() -> Instant) -> bool {
        self.start.set((!is_part).then(now));
        self.is_shared
            .set(is_part || self.usual.get() >= MIN_SHARED);
        self.is_shared.get()
    }

    #[cold]
    fn reassess(&self, now: impl FnOnce() -> Instant) -> bool {
        if !self.is_shared.get() {
            let start = self
                .start
                .get()
                .expect("a join without a start is shared from its beginning");
            let elapsed = now().saturating_duration_since(start);
            self.is_shared.set(elapsed >= MIN_SHARED);
        }
        self.is_shared.get()
    }

    /// Records that a join ends. Returns whether it was the outermost, and shared.
    #[inline]
    pub(super) fn end(&self, now: impl FnOnce() -> Instant) -> bool {
        let depth = self.depth.get() - 1;
        self.depth.set(depth);
        depth == 0 && self.end_outermost(now)
    }

    #[cold]
    fn end_outermost(&self, now: impl FnOnce() -> Instant) -> bool {
        if let Some(start) = self.start.take() {
            let took = now().saturating_duration_since(start);
            // Clamped, so that a long one, for example of a thread that lost its core, has little
            // effect.
            let took = took.min(2 * MIN_SHARED);
            self.usual.set((self.usual.get() * 3 + took) / 4);
        }
        self.is_shared.take()
    }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    struct Clocked {
        worth: Worth,
        origin: Instant,
        micros: Cell<u64>,
    }

    impl Clocked {
        fn new() -> Self {
            Self {
                worth: Worth::new(),
                origin: Instant::now(),
                micros: Cell::new(0),
            }
        }

        fn now(&self) -> Instant {
            self.origin + Duration::from_micros(self.micros.get())
        }

        fn begin(&self, is_part: bool) -> bool {
            self.worth.begin(is_part, || self.now())
        }

        /// Ends the innermost join after this time.
        fn end(&self, micros: u64) -> bool {
            self.micros.set(self.micros.get() + micros);
            self.worth.end(|| self.now())
        }
    }

    #[test]
    fn joins_that_are_short_are_soon_left_alone() {
        let joins = Clocked::new();
        assert!(joins.begin(false), "the first is shared");
        assert!(joins.end(1));
        assert!(!joins.begin(false));
        assert!(!joins.end(1));
    }

    #[test]
    fn joins_that_are_long_are_soon_shared_again() {
        let joins = Clocked::new();
        for _ in 0..100 {
            joins.begin(false);
            joins.end(1);
        }
        let shared = (0..10).find(|_| {
            let is_shared = joins.begin(false);
            joins.end(10_000);
            is_shared
        });
        assert_eq!(shared, Some(3));
    }

    #[test]
    fn a_join_that_turns_out_to_be_long_is_shared_while_it_runs() {
        let joins = Clocked::new();
        joins.begin(false);
        joins.end(1);
        assert!(!joins.begin(false));
        // The joins within it are short, and many.
        let shared = (1..100).find(|_| {
            let is_shared = joins.begin(false);
            joins.end(2);
            is_shared
        });
        assert_eq!(shared, Some(32), "the first reading after 50 µs");
        assert!(joins.end(1), "the outermost is over");
    }

    #[test]
    fn parts_of_a_shared_join_are_shared() {
        let joins = Clocked::new();
        for _ in 0..10 {
            assert!(joins.begin(true) || joins.worth.usual.get() < MIN_SHARED);
            joins.end(1);
        }
        assert_eq!(
            joins.worth.usual.get(),
            MIN_SHARED,
            "shared joins do not change the usual worth"
        );
    }
}
