//! One timer, in place: what a `Sleep` and the shard it is linked in share.
//!
//! The owner is the `Sleep`. Links, and the waker while the entry is linked, are
//! guarded by the shard's lock; whoever takes the entry out of its list, takes the
//! waker too.
//!
//! Invariant: `place` becomes [`FIRED`] or [`NOWHERE`] under the lock, and as the
//! shard's last access: the owner who sees it has the entry to itself, without the lock.

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

/// The place of an entry that is in no list, as its deadline had come.
const FIRED: usize = usize::MAX - 1;

pub(crate) struct Entry {
    /// When to fire, on the scale of `clock`. While linked it may move later
    /// without the lock; the list it is in may then be an earlier one's.
    deadline: AtomicU64,
    /// The slot of the wheel whose list it is in.
    place: AtomicUsize,
    pub(super) links: UnsafeCell<Links>,
    /// Initialised while linked. The bits stay when it is moved out.
    waker: UnsafeCell<MaybeUninit<GuardedWaker>>,
    _pinned: PhantomPinned,
}

/// The neighbours in a circular list.
pub(super) struct Links {
    pub(super) prev: *const Entry,
    pub(super) next: *const Entry,
}

// SAFETY: what is not atomic is accessed under the shard's lock, or by the owner
// alone; see the invariant. A waker may be used by any thread.
unsafe impl Send for Entry {}
// SAFETY: as above.
unsafe impl Sync for Entry {}

impl Entry {
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

    /// Whether it is linked. The owner may ask without the lock: if not, the entry
    /// is its own; if so, it may be fired at any moment.
    pub(crate) fn is_linked(&self) -> bool {
        // Acquire: the shard is done with the entry.
        self.place.load(Acquire) < FIRED
    }

    /// Whether the last time it was linked ended by its being fired.
    pub(crate) fn has_fired(&self) -> bool {
        // Acquire: as above.
        self.place.load(Acquire) == FIRED
    }

    /// Whether it is linked, and will wake this waker. For the owner; needs no lock.
    pub(crate) fn will_wake(&self, waker: &Waker) -> bool {
        if !self.is_linked() {
            return false;
        }
        self.waker.with(|known| {
            // SAFETY: only the owner writes it, and has done so before it was linked.
            // When it is moved out meanwhile, its bits stay; only they are compared.
            unsafe { (*known).assume_init_ref() }.will_wake(waker)
        })
    }

    pub(super) fn deadline(&self) -> u64 {
        // Relaxed: an owner that moves it later loses nothing if the shard still
        // sees the old one: it is woken too early, and arms again.
        self.deadline.load(Relaxed)
    }

    /// Moves the deadline. Only later, while the entry is linked.
    pub(crate) fn set_deadline(&self, deadline: u64) {
        self.deadline.store(deadline, Relaxed);
    }

    /// Stores the waker of an entry that is about to be linked.
    ///
    /// # Safety
    ///
    /// The entry is not linked, and the caller is its owner.
    pub(super) unsafe fn put_waker(&self, waker: GuardedWaker) {
        // SAFETY: the owner's alone, by the contract. What was there has been moved out.
        self.waker
            .with_mut(|place| unsafe { (*place).write(waker) });
    }

    /// The slot it is in. Under the lock.
    pub(super) fn place(&self) -> usize {
        self.place.load(Relaxed)
    }

    /// It has been linked into a slot. Under the lock.
    pub(super) fn set_place(&self, place: usize) {
        // Relaxed: whoever sees it linked takes the lock before touching more.
        self.place.store(place, Relaxed);
    }

    /// Ends its life in the shard, which must not touch it any more: gives the waker.
    ///
    /// # Safety
    ///
    /// The shard's lock is held, and the entry has just left its list.
    pub(super) unsafe fn release(&self, fired: bool) -> GuardedWaker {
        // SAFETY: it was linked, so the waker is there; with the store below nobody
        // else takes it. Read, not written, as the owner may be comparing it.
        let waker = self
            .waker
            .with(|waker| unsafe { (*waker).assume_init_read() });
        // Release: the owner may free the entry when it sees this.
        self.place
            .store(if fired { FIRED } else { NOWHERE }, Release);
        waker
    }

    /// Fails a model in which another thread may still access the entry.
    #[cfg(all(test, loom))]
    pub(super) fn assert_owned(self: Pin<&Self>) {
        self.links.with_mut(|_| ());
        self.waker.with_mut(|_| ());
    }

    /// The address under which it is linked.
    pub(super) fn address(self: Pin<&Self>) -> *const Self {
        ptr::from_ref(self.get_ref())
    }
}
