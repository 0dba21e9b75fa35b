//! A hierarchical timing wheel whose entries are linked in place.
//!
//! Level 0 has slots of 16 µs, and the slots of each further level are 64 times as long. An entry
//! is on the lowest level where its deadline and the wheel's own time fall into different slots.
//! When a slot of a higher level is reached, its entries are moved to lower levels. A slot only
//! says when to check; the entry's own deadline says when to fire, so nothing is rounded.
//!
//! Protected by the shard's lock. Invariant: on each level, only slots from the wheel's time on are
//! in use (above level 0, only later ones), so the first slot in use on the lowest level in use is
//! the earliest of all.

use super::clock::NEVER;
use super::entry::Entry;
use crate::waking::GuardedWaker;
use std::ptr;

/// A slot of level 0 lasts 2^14 ns = 16 µs. Compared with 1 µs, this needs fewer levels for the
/// same range, and therefore fewer moves of an entry on its way down, and still leaves few entries
/// to go through within a slot.
const SLOT_BITS: u32 = 14;

/// 64 slots per level, so that one word records which are in use.
const LEVEL_BITS: u32 = 6;

const SLOTS: usize = 1 << LEVEL_BITS;

/// The number that 64 bits of nanoseconds need.
const LEVELS: usize = (u64::BITS - SLOT_BITS).div_ceil(LEVEL_BITS) as usize;

/// How many entries of a future slot are searched for the earliest deadline; for a longer list the
/// slot's start is used.
const SCAN_LIMIT: usize = 16;

pub(super) struct Wheel {
    /// The wheel's own time: everything due by then has been fired.
    elapsed: u64,
    /// A bit per slot that is not empty.
    in_use: [u64; LEVELS],
    /// A bit per level that has such slots.
    levels_in_use: u16,
    /// The first entry of each slot's circular list.
    slots: [[*const Entry; SLOTS]; LEVELS],
}

// SAFETY: the entries that it points to may be accessed by any thread that holds the lock.
unsafe impl Send for Wheel {}

/// A slot, and the range of time that it covers.
struct Slot {
    level: usize,
    index: usize,
    start: u64,
    last: u64,
}

impl Wheel {
    pub(super) fn new() -> Self {
        Self {
            elapsed: 0,
            in_use: [0; LEVELS],
            levels_in_use: 0,
            slots: [[ptr::null(); SLOTS]; LEVELS],
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.levels_in_use == 0
    }

    /// Links an entry into the slot of its deadline.
    ///
    /// # Safety
    ///
    /// The entry must be in no list, must have its waker, and must stay at its address until it is
    /// unlinked or fired.
    pub(super) unsafe fn insert(&mut self, entry: *const Entry) {
        // SAFETY: alive, by the contract.
        let entry = unsafe { &*entry };
        let at = entry.deadline().max(self.elapsed);
        let level = level(at, self.elapsed);
        let index = (at >> shift(level)) as usize % SLOTS;
        self.in_use[level] |= 1 << index;
        self.levels_in_use |= 1 << level;
        let first = &mut self.slots[level][index];
        // SAFETY: the first entry, and so its neighbours, are linked and alive.
        unsafe { push_back(first, entry) };
        entry.set_place(level * SLOTS + index);
    }

    /// Takes an entry out and returns its waker.
    ///
    /// # Safety
    ///
    /// The entry must be linked in this wheel.
    pub(super) unsafe fn remove(&mut self, entry: *const Entry) -> GuardedWaker {
        // SAFETY: linked here, by the contract; under the lock, and just unlinked.
        unsafe {
            self.unlink(entry);
            (*entry).release(false)
        }
    }

    /// Moves an entry to a new deadline.
    ///
    /// # Safety
    ///
    /// The entry must be linked in this wheel.
    pub(super) unsafe fn relink(&mut self, entry: *const Entry, deadline: u64) {
        // SAFETY: linked here, by the contract, so it is alive and has its waker.
        unsafe {
            self.unlink(entry);
            (*entry).set_deadline(deadline);
            self.insert(entry);
        }
    }

    /// # Safety
    ///
    /// The entry must be linked in this wheel.
    unsafe fn unlink(&mut self, entry: *const Entry) {
        // SAFETY: linked entries are alive.
        let entry = unsafe { &*entry };
        let (level, index) = (entry.place() / SLOTS, entry.place() % SLOTS);
        let first = &mut self.slots[level][index];
        // SAFETY: it is in this list.
        unsafe { unlink(first, entry) };
        if first.is_null() {
            self.mark_empty(level, index);
        }
    }

    /// Takes out the entries that are due at `now`, in the order of the slots.
    pub(super) fn expire(&mut self, now: u64, due: &mut Vec<GuardedWaker>) {
        while let Some(slot) = self.first() {
            if slot.start > now {
                break;
            }
            // All lower levels are empty, so the time may move within the slot.
            self.elapsed = self.elapsed.max(slot.last.min(now));
            let mut list = self.take(&slot);
            while !list.is_null() {
                let entry = list;
                // SAFETY: entries of a list are alive until they are released.
                unsafe {
                    unlink(&mut list, entry);
                    if (*entry).deadline() <= now {
                        due.push((*entry).release(true));
                    } else {
                        self.insert(entry);
                    }
                }
            }
            if now <= slot.last {
                break;
            }
        }
        self.elapsed = self.elapsed.max(now);
    }

    /// Takes out all entries.
    pub(super) fn clear(&mut self, due: &mut Vec<GuardedWaker>) {
        while let Some(slot) = self.first() {
            let mut list = self.take(&slot);
            while !list.is_null() {
                let entry = list;
                // SAFETY: as in `expire`.
                unsafe {
                    unlink(&mut list, entry);
                    due.push((*entry).release(false));
                }
            }
        }
    }

    /// Returns when an entry may be due: never later than the earliest deadline, and usually
    /// exactly then.
    pub(super) fn next(&self) -> u64 {
        let Some(slot) = self.first() else {
            return NEVER;
        };
        // The current slot has just been gone through, and lasts only 16 µs.
        let limit = if slot.start <= self.elapsed {
            usize::MAX
        } else {
            SCAN_LIMIT
        };
        match Self::earliest_in(self.slots[slot.level][slot.index], limit) {
            // Deadlines that were moved later may lie beyond those of later slots.
            Some(earliest) => earliest.min(slot.last),
            None => slot.start,
        }
    }

    /// Returns the exact earliest deadline, which may take long to find.
    #[cfg(feature = "test-util")]
    pub(super) fn earliest_of_all(&self) -> Option<u64> {
        // Entries whose deadlines were moved later are still in their old slots, so all slots
        // count.
        (0..LEVELS * SLOTS)
            .filter_map(|place| {
                Self::earliest_in(self.slots[place / SLOTS][place % SLOTS], usize::MAX)
            })
            .min()
    }

    /// Returns the earliest deadline in a list, unless it has more than `limit` entries.
    fn earliest_in(first: *const Entry, limit: usize) -> Option<u64> {
        let mut earliest = None;
        let mut entry = first;
        if first.is_null() {
            return None;
        }
        for _ in 0..limit {
            // SAFETY: linked entries are alive, and their links lead back to the first.
            let (deadline, next) = unsafe {
                (
                    (*entry).deadline(),
                    (*entry).links.with(|links| (*links).next),
                )
            };
            earliest = Some(earliest.map_or(deadline, |earliest: u64| earliest.min(deadline)));
            entry = next;
            if ptr::eq(entry, first) {
                return earliest;
            }
        }
        None
    }

    /// Returns the earliest slot in use.
    fn first(&self) -> Option<Slot> {
        if self.is_empty() {
            return None;
        }
        let level = self.levels_in_use.trailing_zeros() as usize;
        let index = self.in_use[level].trailing_zeros() as usize;
        // The bits of the time above this level, the slot, and zeros.
        let above = u64::MAX.checked_shl(shift(level + 1)).unwrap_or(0);
        let start = (self.elapsed & above) | ((index as u64) << shift(level));
        Some(Slot {
            level,
            index,
            start,
            last: start + ((1 << shift(level)) - 1),
        })
    }

    /// Empties a slot and returns its list.
    fn take(&mut self, slot: &Slot) -> *const Entry {
        self.mark_empty(slot.level, slot.index);
        std::mem::replace(&mut self.slots[slot.level][slot.index], ptr::null())
    }

    fn mark_empty(&mut self, level: usize, index: usize) {
        self.in_use[level] &= !(1 << index);
        if self.in_use[level] == 0 {
            self.levels_in_use &= !(1 << level);
        }
    }
}

/// Returns the lowest level on which the two times are in different slots, but in the same slot of
/// the level above.
fn level(at: u64, elapsed: u64) -> usize {
    let apart = (at ^ elapsed) >> SLOT_BITS;
    (apart | 1).ilog2() as usize / LEVEL_BITS as usize
}

/// Returns the shift that turns a time into its slot on that level.
fn shift(level: usize) -> u32 {
    SLOT_BITS + LEVEL_BITS * level as u32
}

/// # Safety
///
/// The list's entries must be alive, `entry` must be in no list, and the caller must hold the lock.
unsafe fn push_back(first: &mut *const Entry, entry: &Entry) {
    let this = ptr::from_ref(entry);
    // SAFETY: by the contract no other thread accesses the links now.
    unsafe {
        let (prev, next) = if first.is_null() {
            *first = this;
            (this, this)
        } else {
            let next = *first;
            let prev = (*next).links.with(|links| (*links).prev);
            (*prev).links.with_mut(|links| (*links).next = this);
            (*next).links.with_mut(|links| (*links).prev = this);
            (prev, next)
        };
        entry.links.with_mut(|links| {
            (*links).prev = prev;
            (*links).next = next;
        });
    }
}

/// # Safety
///
/// `entry` must be in this list, and the caller must hold the lock.
unsafe fn unlink(first: &mut *const Entry, entry: *const Entry) {
    // SAFETY: by the contract the entry and its neighbours are alive, and no other thread accesses
    // the links now.
    unsafe {
        let (prev, next) = (*entry).links.with(|links| ((*links).prev, (*links).next));
        if ptr::eq(next, entry) {
            *first = ptr::null();
            return;
        }
        (*prev).links.with_mut(|links| (*links).next = next);
        (*next).links.with_mut(|links| (*links).prev = prev);
        if ptr::eq(*first, entry) {
            *first = next;
        }
    }
}
