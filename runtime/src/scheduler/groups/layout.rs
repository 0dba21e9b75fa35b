//! Which workers form a group, which group's injector gets a task from outside, and in which order
//! a worker checks the injectors. Pure values.

use std::iter;
use std::ops::Range;

/// The largest size of a group: about the number of cores that share a cache on many machines. In
/// the models, which have two workers, each worker is a group.
const MOST: usize = if cfg!(loom) { 1 } else { 8 };

/// At one look of this many, a worker checks another group's injector first. Otherwise an injector
/// that never runs empty would starve the tasks of a group whose workers make no progress.
const LOOKS_TO_OTHERS: usize = 4;

#[derive(Clone, Copy)]
pub(in crate::scheduler) struct Layout {
    /// The number of regular workers.
    workers: usize,
    groups: usize,
}

impl Layout {
    pub(in crate::scheduler) fn new(workers: usize) -> Self {
        Self {
            workers,
            groups: workers.div_ceil(MOST),
        }
    }

    pub(in crate::scheduler) fn groups(self) -> usize {
        self.groups
    }

    /// Returns the group of a worker. Spare workers, whose numbers follow those of the regular
    /// ones, are assigned to the groups in turn.
    pub(in crate::scheduler) fn of(self, worker: usize) -> usize {
        match worker.checked_sub(self.workers) {
            None => worker * self.groups / self.workers,
            Some(spare) => spare % self.groups,
        }
    }

    /// Returns the regular workers of a group.
    pub(in crate::scheduler) fn workers(self, group: usize) -> Range<usize> {
        let first = |group: usize| (group * self.workers).div_ceil(self.groups);
        first(group)..first(group + 1)
    }

    /// Returns the order in which a worker of the group `own` checks the groups' injectors at its
    /// look number `look`: all of them, and at some looks one of them twice.
    pub(in crate::scheduler) fn order(
        self,
        own: usize,
        look: usize,
    ) -> impl Iterator<Item = usize> {
        let (rounds, others) = (look / LOOKS_TO_OTHERS, self.groups - 1);
        let start = rounds % others.max(1);
        let others = (0..others).map(move |n| {
            let place = 1 + wrapped(start + n, others);
            wrapped(own + place, self.groups)
        });
        let is_others_turn = look % LOOKS_TO_OTHERS == LOOKS_TO_OTHERS - 1;
        let first = others.clone().take(usize::from(is_others_turn));
        first.chain(iter::once(own)).chain(others)
    }

    /// Returns the group for a task from a thread that is not a worker: the thread's home group, or
    /// else the next group that has a worker present. If no group has one, returns the first group,
    /// because the lowest sleeping worker is the one that will be woken.
    pub(in crate::scheduler) fn for_outside(
        self,
        home: usize,
        has_one_present: impl Fn(Range<usize>) -> bool,
    ) -> usize {
        let mut groups = (0..self.groups).map(|n| (home + n) % self.groups);
        let found = groups.find(|&group| has_one_present(self.workers(group)));
        found.unwrap_or(0)
    }
}

/// Returns `n % len`, for `n` less than twice `len`.
fn wrapped(n: usize, len: usize) -> usize {
    if n < len { n } else { n - len }
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn up_to_eight_workers_are_one_group() {
        for workers in 1..=8 {
            let layout = Layout::new(workers);
            assert_eq!(layout.groups(), 1);
            assert_eq!(layout.workers(0), 0..workers);
            assert!((0..20).all(|worker| layout.of(worker) == 0));
            assert!((0..20).all(|look| layout.order(0, look).eq([0]) || look % 4 == 3));
            assert_eq!(layout.for_outside(0, |_| false), 0);
        }
    }

    #[test]
    fn groups_are_as_large_as_each_other_and_in_order() {
        for (workers, expected) in [
            (9, &[5, 4][..]),
            (16, &[8, 8]),
            (17, &[6, 6, 5]),
            (64, &[8; 8]),
            (100, &[8, 8, 8, 7, 8, 8, 7, 8, 8, 7, 8, 8, 7]),
        ] {
            let layout = Layout::new(workers);
            let groups = (0..layout.groups()).map(|group| layout.workers(group));
            let sizes: Vec<_> = groups.clone().map(|workers| workers.len()).collect();
            assert_eq!(sizes, expected, "{workers}");
            assert!(groups.flatten().eq(0..workers));
            for group in 0..layout.groups() {
                assert!(
                    layout
                        .workers(group)
                        .all(|worker| layout.of(worker) == group)
                );
                let spare = workers + layout.groups() + group;
                assert_eq!(layout.of(spare), group);
            }
        }
    }

    #[test]
    fn looks_visit_all_groups_and_prefer_their_own_three_of_four_times() {
        let layout = Layout::new(32);
        for (look, expected) in [
            (0, &[2, 3, 0, 1][..]),
            (1, &[2, 3, 0, 1]),
            (2, &[2, 3, 0, 1]),
            (3, &[3, 2, 3, 0, 1]),
            (4, &[2, 0, 1, 3]),
            (7, &[0, 2, 0, 1, 3]),
            (11, &[1, 2, 1, 3, 0]),
            (12, &[2, 3, 0, 1]),
        ] {
            let order: Vec<_> = layout.order(2, look).collect();
            assert_eq!(order, expected, "{look}");
        }
    }

    #[test]
    fn a_task_from_outside_goes_where_somebody_is_awake() {
        let layout = Layout::new(32);
        for (awake, home, expected) in [
            (&[][..], 2, 0),
            (&[0], 2, 0),
            (&[17], 2, 2),
            (&[1, 17, 31], 2, 2),
            (&[1, 31], 2, 3),
            (&[1, 8], 2, 0),
            (&[8], 3, 1),
        ] {
            let is_present = |workers: Range<usize>| awake.iter().any(|one| workers.contains(one));
            let group = layout.for_outside(home, is_present);
            assert_eq!(group, expected, "{awake:?} {home}");
        }
    }
}
