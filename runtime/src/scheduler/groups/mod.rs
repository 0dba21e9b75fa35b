//! Groups of workers: each group has its own injector and its own measurement of how long polls
//! take. On a large machine, neither a spawn from outside nor a worker's look then writes a cache
//! line that all cores share. Up to eight workers form one group.
//!
//! Used by any thread. A group decides where a worker searches first, never where it searches at
//! all: a worker that is about to sleep, and a thread that checks whether there is any work, checks
//! all groups. The choice of the group for a task is only a hint.
//!
//! Invariant: every worker that searches for a task finds one that is in any group's injector.

mod layout;

use super::pace::Pace;
use super::queue::Injector;
// Not loom's: no protocol depends on it.
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

pub(super) use layout::Layout;

/// The data that a group's workers, and threads that make work for them, write all the time.
pub(crate) struct Group {
    pub(crate) injector: Injector,
    pub(crate) pace: Pace,
    /// Number of regular workers in the group.
    pub(super) workers: usize,
}

pub(crate) struct Groups {
    all: Box<[Group]>,
    layout: Layout,
}

impl Groups {
    pub(super) fn new(workers: usize, is_watched: bool) -> Self {
        let layout = Layout::new(workers);
        let group = |number| Group {
            injector: Injector::new(),
            pace: Pace::new(workers, is_watched),
            workers: layout.workers(number).len(),
        };
        Self {
            all: (0..layout.groups()).map(group).collect(),
            layout,
        }
    }

    #[inline]
    pub(super) fn is_one(&self) -> bool {
        self.all.len() == 1
    }

    pub(super) fn layout(&self) -> Layout {
        self.layout
    }

    pub(super) fn get(&self, group: usize) -> &Group {
        &self.all[group]
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &Group> {
        self.all.iter()
    }

    /// Returns the group of a worker.
    pub(crate) fn of(&self, worker: usize) -> &Group {
        &self.all[self.layout.of(worker)]
    }

    /// Returns the number of tasks in all injectors.
    pub(super) fn injected(&self) -> usize {
        self.iter().map(|group| group.injector.len()).sum()
    }

    /// Returns the home group of the calling thread, which is not a worker. The threads are spread
    /// evenly over the groups.
    pub(super) fn home_group(&self) -> usize {
        match self.is_one() {
            true => 0,
            false => thread_number() % self.all.len(),
        }
    }
}

/// Returns the number of a thread that is not a worker. Threads are numbered on first use.
fn thread_number() -> usize {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    thread_local! {
        static NUMBER: usize = NEXT.fetch_add(1, Relaxed);
    }
    // The thread-local is gone while the thread's destructors run.
    NUMBER.try_with(|&number| number).unwrap_or(0)
}
