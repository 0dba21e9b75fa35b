//! A hierarchical timing wheel whose entries are linked in place.
//!
//! Level 0 has slots of 16 µs, each further level slots 64 times as long; an entry
//! is in the level where its deadline's slot and the wheel's own time part. Reached
//! slots of higher levels are handed down. A slot says when to look, the entry's own
//! deadline when to fire: nothing is rounded.
//!
//! Under the shard's lock throughout. Invariant: on each level only slots from the
//! wheel's time on are in use (above level 0: later ones only), so that the first
//! slot in use on the lowest level in use comes first of all.

use super::clock::NEVER;
use super::entry::Entry;
use crate::waking::GuardedWaker;
use std::ptr;

/// A slot of level 0 lasts 2^14 ns = 16 µs. Fewer levels for the same reach than
/// with 1 µs, and so fewer moves of an entry on its way down; and few entries to go
/// through within a slot.
const SLOT_BITS: u32 = 14;

/// 64 slots per level: their use fits into one word.
const LEVEL_BITS: u32 = 6;

const SLOTS: usize = 1 << LEVEL_BITS;

/// As many as 64 bits of nanoseconds need.
const LEVELS: usize = (u64::BITS - SLOT_BITS).div_ceil(LEVEL_BITS) as usize;

/// How many entries of a slot that is yet to come are looked at for the earliest; of a longer list
/// the slot's start is taken.
const LOOK_AT: usize = 16;

pub(super) struct Wheel {
    /// All that was due by then has been fired.
    elapsed: u64,
    /// A bit per slot that is not empty.
    in_use: [u64; LEVELS],
    /// A bit per level that has such slots.
    levels_in_use: u16,
    /// The first entry of each slot's circular list.
    slots: [[*const Entry; SLOTS]; LEVELS],
}

// SAFETY: the entries it points to may be used by any thread that holds the lock.
unsafe impl Send for Wheel {}

/// A slot, and the time it stands for.
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

    /// Links an entry, according to its deadline.
    ///
    /// # Safety
    ///
    /// The entry is in no list, has its waker, and stays where it is until it is
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

    /// Takes an entry out, and gives its waker.
    ///
    /// # Safety
    ///
    /// The entry is linked in this wheel.
    pub(super) unsafe fn remove(&mut self, entry: *const Entry) -> GuardedWaker {
        // SAFETY: linked here, by the contract; under the lock, and just unlinked.
        unsafe {
            self.unlink(entry);
            (*entry).release(false)
        }
    }

    /// Links an entry anew, by a deadline that it is given now.
    ///
    /// # Safety
    ///
    /// The entry is linked in this wheel.
    pub(super) unsafe fn relink(&mut self, entry: *const Entry, deadline: u64) {
        // SAFETY: linked here, by the contract, so alive and with its waker.
        unsafe {
            self.unlink(entry);
            (*entry).set_deadline(deadline);
            self.insert(entry);
        }
    }

    /// # Safety
    ///
    /// The entry is linked in this wheel.
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

    /// Takes out what is due at `now`, in the order of the slots.
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

    /// Takes out all there is.
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

    /// When something may be due: no later than the earliest deadline, and mostly
    /// that itself.
    pub(super) fn next(&self) -> u64 {
        let Some(slot) = self.first() else {
            return NEVER;
        };
        // The current slot has just been gone through, and is gone in 16 µs.
        let look_at = if slot.start <= self.elapsed {
            usize::MAX
        } else {
            LOOK_AT
        };
        match self.earliest(&slot, look_at) {
            // Deadlines that were moved later may lie beyond those of later slots.
            Some(earliest) => earliest.min(slot.last),
            None => slot.start,
        }
    }

    /// The earliest deadline, however long it takes to find.
    #[cfg(feature = "test-util")]
    pub(super) fn earliest_of_all(&self) -> Option<u64> {
        // Deadlines that were moved later are where they were, so all slots count.
        (0..LEVELS * SLOTS)
            .filter_map(|place| {
                Self::earliest_in(self.slots[place / SLOTS][place % SLOTS], usize::MAX)
            })
            .min()
    }

    /// The earliest deadline in a slot, if it has no more entries than that.
    fn earliest(&self, slot: &Slot, look_at: usize) -> Option<u64> {
        Self::earliest_in(self.slots[slot.level][slot.index], look_at)
    }

    fn earliest_in(first: *const Entry, look_at: usize) -> Option<u64> {
        let mut earliest = None;
        let mut entry = first;
        if first.is_null() {
            return None;
        }
        for _ in 0..look_at {
            // SAFETY: linked entries are alive, and lead round to the first.
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

    /// The slot in use that comes first.
    fn first(&self) -> Option<Slot> {
        if self.is_empty() {
            return None;
        }
        let level = self.levels_in_use.trailing_zeros() as usize;
        let index = self.in_use[level].trailing_zeros() as usize;
        // The time down to the level above, the slot, and zeros.
        let above = u64::MAX.checked_shl(shift(level + 1)).unwrap_or(0);
        let start = (self.elapsed & above) | ((index as u64) << shift(level));
        Some(Slot {
            level,
            index,
            start,
            last: start + ((1 << shift(level)) - 1),
        })
    }

    /// Empties a slot, and gives its list.
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

/// The lowest level on which the two times are in different slots, but in the same
/// one of the level above.
fn level(at: u64, elapsed: u64) -> usize {
    let apart = (at ^ elapsed) >> SLOT_BITS;
    (apart | 1).ilog2() as usize / LEVEL_BITS as usize
}

/// By how much to shift a time to get its slot on that level.
fn shift(level: usize) -> u32 {
    SLOT_BITS + LEVEL_BITS * level as u32
}

/// # Safety
///
/// The list's entries are alive, `entry` is in none, and the lock is held.
unsafe fn push_back(first: &mut *const Entry, entry: &Entry) {
    let this = ptr::from_ref(entry);
    // SAFETY: by the contract nobody else accesses links now.
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
/// `entry` is in this list, and the lock is held.
unsafe fn unlink(first: &mut *const Entry, entry: *const Entry) {
    // SAFETY: by the contract the entry and its neighbours are alive, and nobody
    // else accesses links now.
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
