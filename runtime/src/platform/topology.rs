//! How near cores are to each other: a pure value, built from lists of the cores that share a core,
//! a cache or a package.
//!
//! An unknown core is equally far from all others.

use std::fmt;

/// The innermost part of a machine that two cores share, from near to far. As in the kernel's
/// lists, each hardware thread counts as a core.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(crate) enum Nearness {
    /// They are hardware threads of one physical core, or the same thread.
    Core,
    /// They share the last cache.
    Cache,
    Package,
    Machine,
}

impl Nearness {
    pub(crate) const ALL: [Self; 4] = [Self::Core, Self::Cache, Self::Package, Self::Machine];
}

/// The place of each core, by its number.
#[derive(Clone, PartialEq, Eq, Default)]
pub(crate) struct Topology(Box<[Option<Place>]>);

/// The parts of the machine that a core belongs to. Each part is identified by the lowest core in
/// it.
#[derive(Clone, Copy, PartialEq, Eq)]
struct Place {
    core: usize,
    cache: usize,
    package: usize,
}

/// Limit on the numbers of cores. No system has more; a list with a higher number is rejected.
const MOST: usize = 1 << 16;

/// Limit on the levels of caches that are read.
const MOST_CACHES: usize = 10;

impl Topology {
    /// Reads the topology from files in Linux's `/sys/devices/system/cpu`. `read` returns the
    /// contents of one.
    pub(crate) fn of_files(read: impl Fn(&str) -> Option<String>) -> Self {
        let list = |file: &str| read(file).and_then(|text| parse(&text));
        let online = list("online").unwrap_or_default();
        let Some(last) = online.iter().copied().max() else {
            return Self::default();
        };
        let of_cpu = |cpu: usize, file: &str| list(&format!("cpu{cpu}/{file}"));
        let core = |cpu| of_cpu(cpu, "topology/thread_siblings_list");
        let cache = |cpu| {
            let caches = (0..MOST_CACHES).map(|n| format!("cache/index{n}/shared_cpu_list"));
            caches.map_while(|file| of_cpu(cpu, &file)).last()
        };
        let package = |cpu| of_cpu(cpu, "topology/core_siblings_list");
        let sharers = [
            groups(&online, last, core),
            groups(&online, last, cache),
            groups(&online, last, package),
        ];
        let [cores, caches, packages] = sharers;
        let place = |cpu: usize| {
            Some(Place {
                core: cores[cpu]?,
                cache: caches[cpu]?,
                package: packages[cpu]?,
            })
        };
        Self((0..=last).map(place).collect())
    }

    /// Returns whether all known cores are in the same place, or none are known.
    pub(crate) fn is_alike(&self) -> bool {
        let mut known = self.0.iter().flatten();
        let first = known.next();
        known.all(|place| Some(place) == first)
    }

    pub(crate) fn nearness(&self, one: usize, other: usize) -> Nearness {
        let place = |core: usize| self.0.get(core).copied().flatten();
        match (place(one), place(other)) {
            (Some(a), Some(b)) if a.core == b.core => Nearness::Core,
            (Some(a), Some(b)) if a.cache == b.cache => Nearness::Cache,
            (Some(a), Some(b)) if a.package == b.package => Nearness::Package,
            _ => Nearness::Machine,
        }
    }
}

impl fmt::Debug for Topology {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.0.iter().flatten().count();
        write!(f, "Topology({known} cores)")
    }
}

/// Returns for each core the lowest core of its group, if it is in one. `list` returns the group of
/// a core, and is called once for each group.
fn groups(
    online: &[usize],
    last: usize,
    list: impl Fn(usize) -> Option<Vec<usize>>,
) -> Vec<Option<usize>> {
    let mut groups = vec![None; last + 1];
    for &cpu in online {
        if groups[cpu].is_none() {
            for member in list(cpu).unwrap_or_default() {
                if let Some(group) = groups.get_mut(member) {
                    *group = Some(cpu);
                }
            }
        }
    }
    groups
}

/// Parses a list of cores as the kernel writes it, such as `0-3,8,10-11`.
fn parse(list: &str) -> Option<Vec<usize>> {
    let mut cores = Vec::new();
    for range in list.trim().split(',') {
        let (first, last) = range.split_once('-').unwrap_or((range, range));
        let (first, last): (usize, usize) = (first.parse().ok()?, last.parse().ok()?);
        if first > last || last >= MOST {
            return None;
        }
        cores.extend(first..=last);
    }
    Some(cores)
}

#[cfg(all(test, not(loom)))]
pub(super) mod tests {
    use super::*;
    use std::collections::HashMap;

    /// Returns the topology of a machine with the `online` cores, from lists of those that share a
    /// physical core, the last cache, and a package.
    pub(crate) fn machine(
        online: &str,
        threads: &[&str],
        caches: &[&str],
        packages: &[&str],
    ) -> Topology {
        let mut files = HashMap::from([("online".to_owned(), online.to_owned())]);
        let mut write = |lists: &[&str], names: &[&str]| {
            for list in lists {
                for cpu in parse(list).unwrap() {
                    for name in names {
                        files.insert(format!("cpu{cpu}/{name}"), format!("{list}\n"));
                    }
                }
            }
        };
        let small = [
            "cache/index0/shared_cpu_list",
            "cache/index1/shared_cpu_list",
        ];
        write(threads, &small);
        write(threads, &["topology/thread_siblings_list"]);
        write(caches, &["cache/index2/shared_cpu_list"]);
        write(packages, &["topology/core_siblings_list"]);
        Topology::of_files(|file| files.get(file).cloned())
    }

    #[test]
    fn lists_are_what_the_kernel_writes() {
        for (list, cores) in [
            ("0\n", Some(vec![0])),
            ("0-3", Some(vec![0, 1, 2, 3])),
            ("0-1,4,6-7\n", Some(vec![0, 1, 4, 6, 7])),
            ("", None),
            ("a", None),
            ("3-1", None),
            ("0-", None),
            ("0-99999999999", None),
        ] {
            assert_eq!(parse(list), cores, "{list:?}");
        }
    }

    #[test]
    fn nearness_follows_from_what_is_shared() {
        use Nearness::{Cache, Core, Machine, Package};
        let one_socket = machine("0-7", &["0", "1", "2", "3"], &["0-3"], &["0-7"]);
        assert_eq!(one_socket.nearness(0, 3), Cache);
        // Nothing is known of core 4.
        assert_eq!(one_socket.nearness(0, 4), Machine);
        // Two sockets; the hardware threads of a core have adjacent numbers.
        let two_sockets = machine(
            "0-7",
            &["0-1", "2-3", "4-5", "6-7"],
            &["0-1", "2-3", "4-7"],
            &["0-3", "4-7"],
        );
        // One socket with two caches; the second hardware threads are numbered after the first.
        let threads = machine(
            "0-7",
            &["0,4", "1,5", "2,6", "3,7"],
            &["0-1,4-5", "2-3,6-7"],
            &["0-7"],
        );
        // Core 2 is offline, and the second socket begins at 8.
        let hole = machine(
            "0-1,3,8-9",
            &["0", "1", "3", "8", "9"],
            &["0-1", "3", "8-9"],
            &["0-1,3", "8-9"],
        );
        for (topology, pairs) in [
            (
                &two_sockets,
                &[
                    (0, 0, Core),
                    (0, 1, Core),
                    (0, 2, Package),
                    (4, 6, Cache),
                    (3, 4, Machine),
                ][..],
            ),
            (
                &threads,
                &[
                    (0, 4, Core),
                    (0, 5, Cache),
                    (0, 1, Cache),
                    (1, 2, Package),
                    (3, 7, Core),
                ],
            ),
            (
                &hole,
                &[
                    (0, 1, Cache),
                    (0, 3, Package),
                    (8, 9, Cache),
                    (3, 8, Machine),
                    (0, 2, Machine),
                ],
            ),
        ] {
            assert!(!topology.is_alike());
            for &(one, other, nearness) in pairs {
                assert_eq!(topology.nearness(one, other), nearness, "{one} {other}");
                assert_eq!(topology.nearness(other, one), nearness, "{other} {one}");
            }
        }
    }

    #[test]
    fn a_uniform_or_unknown_machine_has_alike_cores() {
        let threads_of_one_core = machine("0-1", &["0-1"], &["0-1"], &["0-1"]);
        assert!(threads_of_one_core.is_alike());
        let nothing = Topology::of_files(|_| None);
        assert!(nothing.is_alike());
        assert_eq!(nothing.nearness(0, 1), nothing.nearness(0, 100));
        let only_online = Topology::of_files(|file| (file == "online").then(|| "0-63".to_owned()));
        assert!(only_online.is_alike());
        let nonsense = Topology::of_files(|_| Some("7-2".to_owned()));
        assert!(nonsense.is_alike());
    }
}
