//! A timer, shared by the `Sleep` that contains it and the shard it is linked in.
//!
//! The owner is the `Sleep`. The links, and the waker while the entry is linked, are protected by
//! the shard's lock; the thread that takes the entry out of its list also takes the waker.
//!
//! Invariant: `place` becomes [`FIRED`] or [`NOWHERE`] under the lock, as the shard's last access
//! to the entry. An owner that sees either value has exclusive access to the entry, without the
//! lock.

use crate::sync::UnsafeCell;
use crate::sync::atomic::{
    AtomicU64, AtomicUsize,
    Ordering::{Acquire, Relaxed, Release},
};
use crate::waking::GuardedWaker;
use std::marker::PhantomPinned;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::ptr;
use std::task::Waker;

/// The place of an entry that is in no list.
const NOWHERE: usize = usize::MAX;

/// The place of an entry that is in no list because it has been fired.
const FIRED: usize = usize::MAX - 1;

pub(crate) struct Entry {
    /// When to fire, on the scale of `clock`. While the entry is linked, its owner may move the
    /// deadline later without the lock; the entry may then be in the list of an earlier slot.
    deadline: AtomicU64,
    /// The slot of the wheel that the entry is linked in, or one of the constants above.
    place: AtomicUsize,
    pub(super) links: UnsafeCell<Links>,
    /// Initialised while the entry is linked. Its bits stay when it is moved out.
    waker: UnsafeCell<MaybeUninit<GuardedWaker>>,
    _pinned: PhantomPinned,
}

/// The neighbours in a circular list.
pub(super) struct Links {
    pub(super) prev: *const Entry,
    pub(super) next: *const Entry,
}

// SAFETY: the fields that are not atomic are accessed under the shard's lock, or by the owner
// alone; see the invariant. A waker may be used on any thread.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

impl Entry {
    #[inline]
    pub(crate) fn new() -> Self {
        Self {
            deadline: AtomicU64::new(0),
            place: AtomicUsize::new(NOWHERE),
            links: UnsafeCell::new(Links {
                prev: ptr::null(),
                next: ptr::null(),
            }),
            waker: UnsafeCell::new(MaybeUninit::uninit()),
            _pinned: PhantomPinned,
        }
    }

    /// Returns whether the entry is linked. The owner may call this without the lock: if the entry
    /// is not linked, the owner has exclusive access; if it is, the entry may be fired at any
    /// moment.
    #[inline]
    pub(crate) fn is_linked(&self) -> bool {
        // Acquire: synchronises with the shard's last access to the entry.
        self.place.load(Acquire) < FIRED
    }

    /// Returns whether the entry was fired when it was last linked.
    pub(crate) fn has_fired(&self) -> bool {
        // Acquire: as above.
        self.place.load(Acquire) == FIRED
    }

    /// Returns whether the entry is linked and will wake this waker. Only for the owner; needs no
    /// lock.
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        if !self.is_linked() {
            return false;
        }
        self.waker.with(|known| {
            // SAFETY: only the owner writes the waker, and it has done so before the entry was
            // linked. If the waker is moved out concurrently, its bits stay, and only those are
            // compared.
            unsafe { (*known).assume_init_ref() }.will_wake(waker)
        })
    }

    pub(super) fn deadline(&self) -> u64 {
        // Relaxed: nothing is lost if the shard still sees the deadline from before the owner moved
        // it later. The owner is woken too early and arms the timer again.
        self.deadline.load(Relaxed)
    }

    /// Sets the deadline. While the entry is linked, it may only be moved later.
    pub(crate) fn set_deadline(&self, deadline: u64) {
        self.deadline.store(deadline, Relaxed);
    }

    /// Stores the waker of an entry that is about to be linked.
    ///
    /// # Safety
    ///
    /// The entry must not be linked, and the caller must be its owner.
    pub(super) unsafe fn put_waker(&self, waker: GuardedWaker) {
        // SAFETY: the owner has exclusive access, by the contract. The previous waker has been
        // moved out.
        self.waker
            .with_mut(|place| unsafe { (*place).write(waker) });
    }

    /// Returns the slot that the entry is in. To be called under the lock.
    pub(super) fn place(&self) -> usize {
        self.place.load(Relaxed)
    }

    /// Records the slot that the entry has been linked into. To be called under the lock.
    pub(super) fn set_place(&self, place: usize) {
        // Relaxed: a thread that sees the entry linked takes the lock before it accesses anything
        // else.
        self.place.store(place, Relaxed);
    }

    /// Ends the shard's use of the entry and returns its waker. The shard must not access the entry
    /// afterwards.
    ///
    /// # Safety
    ///
    /// The caller must hold the shard's lock, and must have just removed the entry from its list.
    pub(super) unsafe fn release(&self, fired: bool) -> GuardedWaker {
        // SAFETY: the entry was linked, so the waker is initialised, and the store below keeps
        // others from taking it again. It is read, not written, as the owner may be comparing it.
        let waker = self
            .waker
            .with(|waker| unsafe { (*waker).assume_init_read() });
        // Release: an owner that sees this may free the entry.
        self.place
            .store(if fired { FIRED } else { NOWHERE }, Release);
        waker
    }

    /// Makes a model fail in which another thread may still access the entry.
    #[cfg(all(test, loom))]
    pub(super) fn assert_owned(self: Pin<&Self>) {
        self.links.with_mut(|_| ());
        self.waker.with_mut(|_| ());
    }

    /// Returns the address under which the entry is linked.
    pub(super) fn address(self: Pin<&Self>) -> *const Self {
        ptr::from_ref(self.get_ref())
    }
}
