//! The order in which a thief visits other workers: those whose cores share a cache with its own
//! come first.
//!
//! Worker threads are not pinned by default, so each worker records its core when it looks beyond
//! its queue, and thieves use that record. Any thread may read it. All accesses are relaxed,
//! because the order is a hint. Nothing is recorded if there is only one group of workers, or if
//! all cores are alike.
//!
//! Invariant: every victim whose record does not change meanwhile is visited once, the nearest
//! first.

use crate::platform::{Nearness, Topology};
// Not loom's: no protocol depends on it.
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

pub(super) struct Near {
    topology: Topology,
    /// The core of each worker, by the worker's number. These lines are seldom written.
    cores: Box<[AtomicU32]>,
}

/// Stands for an unknown core.
const NOWHERE: u32 = u32::MAX;

impl Near {
    /// Returns `None` if all cores are alike.
    pub(super) fn new(topology: Topology, workers: usize) -> Option<Self> {
        let cores = || (0..workers).map(|_| AtomicU32::new(NOWHERE)).collect();
        (!topology.is_alike()).then(|| Self {
            cores: cores(),
            topology,
        })
    }

    /// Records that the worker runs on this core.
    pub(super) fn note(&self, worker: usize, core: Option<usize>) {
        let core = core.and_then(|core| u32::try_from(core).ok());
        let core = core.unwrap_or(NOWHERE);
        // Stored only if it has changed, since all thieves read the line.
        if self.cores[worker].load(Relaxed) != core {
            self.cores[worker].store(core, Relaxed);
        }
    }

    /// Returns the victims in the order in which this worker visits them: the nearest first, and
    /// equally near ones in the given order.
    pub(super) fn nearest_first(
        &self,
        thief: usize,
        victims: impl Iterator<Item = usize> + Clone,
    ) -> impl Iterator<Item = usize> {
        Nearness::ALL.into_iter().flat_map(move |near| {
            let is_so = move |&victim: &usize| self.nearness(thief, victim) == near;
            victims.clone().filter(is_so)
        })
    }

    pub(super) fn nearness(&self, one: usize, other: usize) -> Nearness {
        let core = |worker: usize| self.cores[worker].load(Relaxed) as usize;
        self.topology.nearness(core(one), core(other))
    }
}

#[cfg(all(test, not(loom)))]
pub(super) mod tests {
    use super::*;
    use crate::platform::machine;

    /// Returns a machine with two sockets, two caches in each, and two cores to a cache.
    pub(in crate::scheduler) fn two_sockets() -> Topology {
        let cores = ["0", "1", "2", "3", "4", "5", "6", "7"];
        let caches = ["0-1", "2-3", "4-5", "6-7"];
        machine("0-7", &cores, &caches, &["0-3", "4-7"])
    }

    fn on_cores(cores: &[Option<usize>]) -> Near {
        let near = Near::new(two_sockets(), cores.len()).unwrap();
        for (worker, &core) in cores.iter().enumerate() {
            near.note(worker, core);
        }
        near
    }

    #[test]
    fn the_nearest_come_first_and_all_are_visited() {
        let near = on_cores(&[7, 0, 2, 1, 0, 5, 3].map(Some));
        let order = |thief: usize, from: usize| {
            let victims = (from..from + 7).map(|n| n % 7);
            let victims = victims.filter(move |&victim| victim != thief);
            near.nearest_first(thief, victims).collect::<Vec<_>>()
        };
        // From core 0: the same core, core 1, cores 2 and 3, the other socket.
        assert_eq!(order(1, 0), [4, 3, 2, 6, 0, 5]);
        // With another start, others come first among equally near ones.
        assert_eq!(order(1, 5), [4, 3, 6, 2, 5, 0]);
        assert_eq!(order(0, 0), [5, 1, 2, 3, 4, 6]);
        // Worker 4 has moved.
        near.note(4, Some(6));
        assert_eq!(order(1, 0), [3, 2, 6, 0, 4, 5]);
    }

    #[test]
    fn workers_at_unknown_places_come_last() {
        let near = on_cores(&[Some(0), None, Some(7), Some(1)]);
        assert!(near.nearest_first(0, 1..4).eq([3, 1, 2]));
        assert!(near.nearest_first(1, [0, 2, 3].into_iter()).eq([0, 2, 3]));
    }

    #[test]
    fn equal_cores_are_not_distinguished() {
        assert!(Near::new(Topology::default(), 64).is_none());
        assert!(Near::new(machine("0-1", &["0-1"], &["0-1"], &["0-1"]), 64).is_none());
    }
}
